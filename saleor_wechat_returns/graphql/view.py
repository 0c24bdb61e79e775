"""POST /s/<shop key>/graphql/: JSON in, JSON out. Translates, limits and masks; decides nothing."""

from __future__ import annotations

import json
import secrets
from typing import Any

import structlog
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from graphql import (
    DocumentNode,
    GraphQLError,
    execute_sync,
    parse,
    specified_rules,
    validate,
)

from ..domain.errors import MEANINGS, ErrorCode, ProviderError
from ..models import Shop
from ..usecases.access import Viewer, identify
from .context import Context
from .errors import as_top_level
from .limits import LARGEST_DOCUMENT, RULES
from .schema import schema

log = structlog.get_logger(__name__)


class _BadRequest(Exception):
    """The request cannot be answered at all; the text is for the client's developer."""


@csrf_exempt  # authorised by a token in a header, never by a cookie
@require_POST
def graphql_view(request: HttpRequest, shop_key: str) -> JsonResponse:
    """One operation a request. 400 for what cannot be read, 404 for no such shop, else 200."""
    request_id = secrets.token_hex(8)
    structlog.contextvars.bind_contextvars(request_id=request_id)
    try:
        answer = _answer(request, shop_key, request_id)
    finally:
        structlog.contextvars.unbind_contextvars("request_id")
    answer["X-Request-Id"] = request_id
    return answer


def _answer(request: HttpRequest, shop_key: str, request_id: str) -> JsonResponse:
    shop = Shop.objects.filter(key=shop_key).first() if shop_key.isprintable() else None
    if shop is None:
        return _problem("No such shop.", 404)
    try:
        body = _read_body(request)
        document = _read_document(body["query"])
    except _BadRequest as wrong:
        return _problem(str(wrong), 400)
    try:
        viewer = _viewer(request, shop)
    except ProviderError as trouble:
        log.warning("viewer.unknowable", error=str(trouble))
        return _problem(MEANINGS[ErrorCode.SALEOR_UNAVAILABLE][0], 503)
    errors = validate(schema.graphql_schema, document, [*specified_rules, *RULES], max_errors=10)
    if errors:
        formatted = [dict(error.formatted) for error in errors]
        return JsonResponse({"errors": formatted}, status=400)
    result = execute_sync(
        schema.graphql_schema,
        document,
        context_value=Context(shop, viewer, request_id),
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
    )
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [as_top_level(error, request_id) for error in result.errors]
    return JsonResponse(answer)


def _read_body(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise _BadRequest("Send application/json.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_DOCUMENT * 2:
        raise _BadRequest("The request is too large.")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as wrong:
        raise _BadRequest("The body is not JSON.") from wrong
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise _BadRequest("Send an object with a text `query`; batches are not taken.")
    if not isinstance(body.get("variables") or {}, dict):
        raise _BadRequest("`variables` is an object.")
    if not isinstance(body.get("operationName") or "", str):
        raise _BadRequest("`operationName` is a text.")
    return body


def _read_document(query: str) -> DocumentNode:
    if len(query.encode("utf-8", "surrogatepass")) > LARGEST_DOCUMENT:
        raise _BadRequest("The document is larger than 64 KB.")
    try:
        return parse(query, max_tokens=LARGEST_DOCUMENT // 8)
    except (GraphQLError, RecursionError) as wrong:
        raise _BadRequest(f"The document cannot be read: {wrong}") from wrong


def _viewer(request: HttpRequest, shop: Shop) -> Viewer | None:
    """`Authorization-Bearer` is Saleor's second header, where the first cannot be sent."""
    token = request.headers.get("Authorization-Bearer", "")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "jwt"}:
        token = bearer
    return identify(shop, token.strip()) if token.strip() else None


def _problem(message: str, status: int) -> JsonResponse:
    return JsonResponse({"errors": [{"message": message}]}, status=status)
