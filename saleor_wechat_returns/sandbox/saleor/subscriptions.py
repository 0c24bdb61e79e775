"""Checking webhooks: their query must fit the schema and name at least one known event."""

from graphql import GraphQLError, InlineFragmentNode, Visitor, parse, validate, visit

from .schema import schema_for
from .webhook_events import PERMISSION_FOR, event_for_type


class BadSubscription(Exception):
    """The query or the events of a webhook cannot be used; the text says why."""


def events_of(query: str, given: list[str], schema_version: str) -> frozenset[str]:
    """The events a webhook listens to: those given, else those its query names.

    Raises BadSubscription; one unknown field is enough. Such a field may exist in the real Saleor
    but not in the sandbox's `schema.graphql`: add it there.
    """
    try:
        document = parse(query)
    except GraphQLError as error:
        raise BadSubscription(f"Unable to parse a query. {error.message}") from None
    problems = validate(schema_for(schema_version), document)
    if problems:
        raise BadSubscription(f"Subscription query is not valid: {problems[0].message}")
    named: set[str] = set()

    class CollectEvents(Visitor):
        def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
            event = event_for_type(node.type_condition.name.value) if node.type_condition else None
            if event:
                named.add(event)

    visit(document, CollectEvents())
    events = frozenset(given) or frozenset(named)
    if not events or not events <= PERMISSION_FOR.keys():
        raise BadSubscription(f"Missing or unknown event: {sorted(events)}")
    return events
