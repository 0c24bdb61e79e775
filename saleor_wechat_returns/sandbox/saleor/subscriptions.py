"""Checking webhooks: their query must fit the schema and name at least one known event."""

from graphql import (
    GraphQLError,
    InlineFragmentNode,
    OperationType,
    Visitor,
    get_operation_ast,
    visit,
)

from .documents import problems_of, read_document
from .webhook_events import PERMISSION_FOR, event_for_type


class BadSubscription(Exception):
    """The query or the events of a webhook cannot be used; the text says why, `code` in a word."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def events_of(query: str, given: list[str], schema_version: str) -> frozenset[str]:
    """The events a webhook listens to: those given, else those its query names.

    Raises BadSubscription; one unknown field is enough. Such a field may exist in the real Saleor
    but not in the sandbox's `schema.graphql`: add it there. A query must name an event even where
    events are given. Codes as of Saleor 3.23.28, seen 2026-11.
    """
    try:
        document = read_document(query)
    except GraphQLError as error:
        raise BadSubscription("SYNTAX", f"Unable to parse a query. {error.message}") from None
    problems = problems_of(query, schema_version)
    if problems:
        why = f"Subscription query is not valid: {problems[0].message}"
        raise BadSubscription("GRAPHQL_ERROR", why)
    operation = get_operation_ast(document)
    if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
        raise BadSubscription("MISSING_SUBSCRIPTION", "Subscription operation can't be found.")
    named: set[str] = set()

    class CollectEvents(Visitor):
        def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
            event = event_for_type(node.type_condition.name.value) if node.type_condition else None
            if event:
                named.add(event)

    visit(document, CollectEvents())
    if not named:
        raise BadSubscription("MISSING_EVENT", "Can't find a single event.")
    events = frozenset(given) or frozenset(named)
    if not events <= PERMISSION_FOR.keys():
        raise BadSubscription("INVALID", f"Unknown event: {sorted(events)}")
    return events
