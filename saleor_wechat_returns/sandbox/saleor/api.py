"""Executes GraphQL documents against a shop and shapes errors and HTTP status as Saleor does."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
)

from . import (  # noqa: F401  (imported for what they register)
    account_fields,
    action_requests,
    apps,
    catalog_fields,
    channel_fields,
    checkout_fields,
    checkouts,
    completion,
    fulfillment,
    gateways,
    grants,
    line_fields,
    logins,
    order_fields,
    orders,
    payment_fields,
    queries,
    reports,
    returns,
    sessions,
    stocks,
    transactions,
)
from .call import Call
from .documents import problems_of, read_document
from .errors import TopLevelError
from .registry import resolve
from .schema import schema_for, type_name_of

MAX_MUTATIONS = 4
_COST = {"cost": {"requestedQueryCost": 0, "maximumAvailable": 50000}}


@dataclass(frozen=True)
class Answer:
    """HTTP status and JSON body."""

    status: int
    body: dict[str, Any]

    def encoded(self) -> bytes:
        return json.dumps(self.body, ensure_ascii=False).encode()


def answer(call: Call, request_body: bytes) -> Answer:
    """Answer one POST to the API.

    GraphQL errors come with 200; a malformed document or body, or too many mutations, with 400.
    """
    try:
        request = json.loads(request_body, parse_float=Decimal)
        query, variables = request["query"], request.get("variables") or {}
        read_document(query)
    except GraphQLError as error:
        return _malformed([error])
    except (ValueError, TypeError, KeyError):
        return _malformed([GraphQLError("Must provide a query string.")])
    return run(call, query, variables)


def run(call: Call, query: str, variables: Mapping[str, Any]) -> Answer:
    """Validate and execute a document that can be read."""
    schema, document = schema_for(call.world.schema_version), read_document(query)
    problems = problems_of(query, call.world.schema_version) or _too_many_mutations(document)
    if problems:
        return _malformed(problems)
    result = execute_sync(
        schema,
        document,
        context_value=call,
        variable_values=dict(variables),
        field_resolver=resolve,
        type_resolver=type_name_of,
    )
    errors = result.errors or []
    if result.data is None and errors and not any(error.path for error in errors):
        return _malformed(errors)  # variables of a wrong type
    body: dict[str, Any] = {"errors": [_shaped(error) for error in errors]} if errors else {}
    return Answer(200, {**body, "data": result.data, "extensions": _COST})


def payload_of(call: Call, query: str, event: Any) -> dict[str, Any] | None:
    """Run a subscription query on one event; the result is the body of its webhook.

    Errors go into that body under `errors`, beside what could be read. [131]
    """
    result = execute_sync(
        schema_for(call.world.schema_version),
        read_document(query),
        root_value={"event": event},
        context_value=call,
        field_resolver=resolve,
        type_resolver=type_name_of,
    )
    payload: dict[str, Any] | None = (result.data or {}).get("event")
    if payload is not None and result.errors:
        payload["errors"] = [_shaped(error) for error in result.errors]
    return payload


def asked_for(request_body: bytes) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Root fields and variables of a request, empty when it cannot be read."""
    try:
        request = json.loads(request_body)
        return root_fields(read_document(request["query"])), request.get("variables") or {}
    except (GraphQLError, ValueError, TypeError, KeyError):
        return (), {}


def root_fields(document: DocumentNode) -> tuple[str, ...]:
    return tuple(
        selection.name.value
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        for selection in definition.selection_set.selections
        if isinstance(selection, FieldNode)
    )


def _too_many_mutations(document: DocumentNode) -> list[GraphQLError]:
    for definition in document.definitions:
        if (
            isinstance(definition, OperationDefinitionNode)
            and definition.operation == OperationType.MUTATION
            and len(definition.selection_set.selections) > MAX_MUTATIONS
        ):
            return [GraphQLError(f"Number of mutations exceed the limit of {MAX_MUTATIONS}")]
    return []


def _malformed(errors: Sequence[GraphQLError]) -> Answer:
    shaped = [_shaped(error) for error in errors]
    return Answer(400, {"errors": shaped, "extensions": _COST})


def _shaped(error: GraphQLError) -> dict[str, Any]:
    original = error.original_error
    message, code = error.message, "GraphQLError"
    if isinstance(original, TopLevelError):
        code = original.code
    elif message.startswith("Cannot return null for non-nullable field"):
        pass  # the engine's own complaint, shown as it is
    elif original is not None and not isinstance(original, GraphQLError):
        # As in production: the message of a bug is masked, its class is shown.
        message, code = "Internal Server Error", type(original).__name__
    shaped: dict[str, Any] = {"message": message}
    if error.locations:
        shaped["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        shaped["path"] = error.path
    return {**shaped, "extensions": {"exception": {"code": code}}}
