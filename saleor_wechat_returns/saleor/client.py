"""Calls to one shop's Saleor as our app. Knows operations by name, no rows.

Every call ends in an answer or in one of the three provider errors of domain/errors.py.
Source: Saleor 3.21-3.23 as measured, 2026-11: GraphQL errors come with HTTP 200, malformed
documents with 400; a wrong or deactivated app token is treated as anonymous, without a 401.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import httpx

from ..bounds import AnswerTooLarge, fetch
from ..domain.errors import OutcomeUnknown, ProviderRejected, ProviderUnavailable, Rejection

LARGEST_ANSWER = 4 * 1024 * 1024
DENIED = frozenset(
    {
        "PermissionDenied",
        "InvalidTokenError",
        "ExpiredSignatureError",
        # Only apps and staff may ask there (3.23, a shop's setting; read in its code, not seen).
        "STOREFRONT_TRAFFIC_NOT_ALLOWED",
    }
)


@dataclass(frozen=True, slots=True)
class Saleor:
    """One shop's API and our token for it.

    `on_denied` is called when the token may not do what we ask. It returns, and the caller gets
    ProviderRejected (CONFIGURATION), or it raises what says more.
    """

    api_url: str
    token: str
    http: httpx.Client
    on_denied: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"Saleor({self.api_url})"

    def read(
        self,
        operation: str,
        variables: dict[str, Any] | None = None,
        *,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """Run a query and return `data`; `seconds` is less patience than usual.

        Raises ProviderRejected, or ProviderUnavailable: asking again does no harm.
        """
        try:
            return self._run(operation, variables or {}, seconds)
        except OutcomeUnknown as lost:
            raise ProviderUnavailable(str(lost)) from lost

    def change(self, operation: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Run a mutation and return its payload.

        Raises ProviderRejected (with Saleor's code and field: nothing happened),
        ProviderUnavailable (nothing happened) or OutcomeUnknown (it may have).
        """
        (payload,) = self._run(operation, variables).values()
        for error in payload["errors"]:
            lines = [line["code"] for line in error.get("lines") or ()]
            raise ProviderRejected(
                Rejection.REQUEST,
                lines[0] if lines else error["code"],
                error["message"] or "",
                error["field"] or "",
            )
        return dict(payload)

    def _run(
        self, operation: str, variables: dict[str, Any], seconds: float | None = None
    ) -> dict[str, Any]:
        timeout = (
            self.http.timeout if seconds is None else httpx.Timeout(seconds, connect=seconds / 2)
        )
        body = {"operationName": operation, "query": document(operation), "variables": variables}
        request = self.http.build_request(
            "POST",
            self.api_url,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=timeout,
        )
        try:
            response, content = fetch(self.http, request, largest=LARGEST_ANSWER)
        except AnswerTooLarge as large:
            raise OutcomeUnknown(f"answer too large: {operation}") from large
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as unreached:
            raise ProviderUnavailable(f"Saleor not reached: {operation}") from unreached
        except httpx.HTTPError as lost:
            raise OutcomeUnknown(f"no answer from Saleor: {operation}") from lost
        try:
            return _data_of(response.status_code, content, operation)
        except ProviderRejected as no:
            if no.kind is Rejection.CONFIGURATION:
                self.on_denied()
            raise


@cache
def document(operation: str) -> str:
    """The text of `operations/<operation>.graphql`."""
    return (files(__package__) / "operations" / f"{operation}.graphql").read_text("utf-8")


def _data_of(status: int, content: bytes, operation: str) -> dict[str, Any]:
    if status >= 500:
        raise OutcomeUnknown(f"Saleor answered {status}: {operation}")
    try:
        answer = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as garbled:
        raise OutcomeUnknown(f"no JSON from Saleor: {operation}") from garbled
    if not isinstance(answer, dict):
        raise OutcomeUnknown(f"unexpected answer from Saleor: {operation}")
    if answer.get("errors"):
        raise _rejection_of(answer["errors"][0])
    if not isinstance(answer.get("data"), dict):
        raise OutcomeUnknown(f"answer without data: {operation}")
    return dict(answer["data"])


def _rejection_of(error: dict[str, Any]) -> ProviderRejected | OutcomeUnknown:
    exception = (error.get("extensions") or {}).get("exception") or {}
    code = str(exception.get("code", "GraphQLError"))
    message = str(error.get("message", ""))
    if code in DENIED:
        return ProviderRejected(Rejection.CONFIGURATION, code, message)
    if code in {"GraphQLError", "GraphQLSyntaxError"}:
        return ProviderRejected(Rejection.REQUEST, code, message)
    # Any other class is Saleor breaking half-way: it may or may not have written.
    return OutcomeUnknown(f"Saleor broke: {code}")
