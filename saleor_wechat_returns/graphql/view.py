"""POST /s/<shop key>/graphql/: JSON in, JSON out. Translates, limits and masks; decides nothing."""

from __future__ import annotations

import json
import secrets
from functools import lru_cache
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from graphql import DocumentNode, GraphQLError, execute_sync, parse, validate

from ..domain.error_words import MEANINGS
from ..domain.errors import ErrorCode, ProviderError
from ..models import Shop
from ..usecases.access import Viewer, identify
from . import graphiql
from .addresses import address_of
from .context import Context
from .errors import as_top_level, masked
from .limits import LARGEST_DOCUMENT, MOST_TOKENS, fault_of_size
from .schema import schema

log = structlog.get_logger(__name__)


class _BadRequest(Exception):
    """The request cannot be answered at all; the messages are for the client's developer."""

    def __init__(self, *errors: dict[str, Any]) -> None:
        super().__init__()
        self.errors = errors


def _bad(message: str) -> _BadRequest:
    return _BadRequest({"message": message})


@csrf_exempt  # authorised by a token in a header, never by a cookie
def graphql_view(request: HttpRequest, shop_key: str) -> HttpResponseBase:
    """The API; for a browser that comes by, the page to try it, where that is on."""
    return graphiql.page() if graphiql.is_wanted(request) else _api(request, shop_key)


@require_POST
def _api(request: HttpRequest, shop_key: str) -> JsonResponse:
    """One operation a request, answered with 200 and, where it is refused, `errors`.

    400: it cannot be read; 404: no such shop; 503: Saleor's keys are out of reach.
    """
    request_id = secrets.token_hex(8)
    structlog.contextvars.bind_contextvars(request_id=request_id)
    try:
        answer = _answer(request, shop_key, request_id)
    except Exception:
        log.exception("graphql.failed")
        answer = _problem(500, masked(request_id))
    finally:
        structlog.contextvars.unbind_contextvars("request_id")
    answer["X-Request-Id"] = request_id
    return answer


def _answer(request: HttpRequest, shop_key: str, request_id: str) -> JsonResponse:
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    if shop is None:
        return _problem(404, {"message": "No such shop."})
    try:
        body = _read_body(request)
        document = _read_document(body["query"])
    except _BadRequest as wrong:
        return _problem(400, *wrong.errors)
    try:
        viewer = _viewer(request, shop)
    except ProviderError as trouble:
        log.warning("viewer.unknowable", error=str(trouble))
        return _problem(503, {"message": MEANINGS[ErrorCode.SALEOR_UNAVAILABLE][0]})
    result = execute_sync(
        schema.graphql_schema,
        document,
        context_value=Context(shop, viewer, request_id, address_of(request)),
        variable_values=body.get("variables"),
        operation_name=body.get("operationName") or None,
    )
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [as_top_level(error, request_id) for error in result.errors]
    return JsonResponse(answer)


def _read_body(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise _bad("Send application/json.")
    try:
        body = json.loads(request.body)
    except RequestDataTooBig as wrong:
        raise _bad("The request is too large.") from wrong
    except (ValueError, RecursionError) as wrong:
        raise _bad("The body is not JSON.") from wrong
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise _bad("Send an object with a text `query`; batches are not taken.")
    if not isinstance(body.get("variables"), dict | None):
        raise _bad("`variables` is an object.")
    if not isinstance(body.get("operationName"), str | None):
        raise _bad("`operationName` is a text.")
    return body


@lru_cache(maxsize=256)  # mini-programs send the same few documents
def _read_document(query: str) -> DocumentNode:
    """A document of bearable size that fits the schema. Raises _BadRequest."""
    if len(query.encode("utf-8", "surrogatepass")) > LARGEST_DOCUMENT:
        raise _bad("The document is larger than 64 KB.")
    try:
        document = parse(query, max_tokens=MOST_TOKENS)
        if fault := fault_of_size(document):
            raise _bad(fault)
        errors = validate(schema.graphql_schema, document, max_errors=10)
    except GraphQLError as wrong:
        raise _bad(f"The document cannot be read: {wrong}") from wrong
    except RecursionError as wrong:
        raise _bad("The document is nested too deeply.") from wrong
    if errors:
        raise _BadRequest(*(dict(error.formatted) for error in errors))
    return document


def _viewer(request: HttpRequest, shop: Shop) -> Viewer | ErrorCode:
    """`Authorization-Bearer` is Saleor's second header, where the first cannot be sent."""
    token = request.headers.get("Authorization-Bearer", "")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "jwt"}:
        token = bearer
    token = token.strip()
    return identify(shop, token) if token else ErrorCode.UNAUTHENTICATED


def _problem(status: int, *errors: dict[str, Any]) -> JsonResponse:
    return JsonResponse({"errors": errors}, status=status)
