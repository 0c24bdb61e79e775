"""People at a GraphQL API: Li and staff, at Saleor's and at ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from .processes import StackFailed
from .stack import Stack


class Person:
    """Asks one API, with a token made for each question: they live five minutes."""

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self._url, self._token = url, token

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = httpx.post(
            self._url,
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self._token()}"},
            timeout=20,
        )
        body: dict[str, Any] = answer.json()
        if body.get("errors"):
            raise StackFailed(f"the API answered {body['errors']}")
        return dict(body["data"])

    def do(self, mutation: str, **variables: Any) -> dict[str, Any]:
        """The payload of a mutation that is called `answer` in its document."""
        payload = dict(self.ask(mutation, **variables)["answer"])
        if payload["errors"]:
            raise StackFailed(f"the API refused: {payload['errors']}")
        return payload


def li_at_saleor(stack: Stack) -> Person:
    """For the one question that needs Saleor's own token: who this WeChat user is."""
    return Person(stack.api_url, stack.token_of_li)


def li_by_wechat(stack: Stack, session: str) -> Person:
    return Person(stack.api_url, lambda: session)


def staff_in_the_dashboard(stack: Stack) -> Person:
    return Person(stack.api_url, stack.token_of_staff)


def second_staff_in_the_dashboard(stack: Stack) -> Person:
    return Person(stack.api_url, stack.token_of_lead)


def staff_at_saleor(stack: Stack) -> Person:
    providers = stack.providers
    return Person(providers.saleor_url, lambda: providers.saleor.user_token(stack.staff))
