"""Our web process while it answers Saleor's refund webhook: killed, or too slow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from django.db import connection

from saleor_wechat_returns.wsgi import application
from tests.usecases.wires import Killed
from tests.world import TestShop

Fate = Callable[[TestShop, Callable[[], httpx.Response]], httpx.Response]

# Saleor waits for 18 s.
TOO_LONG_SECONDS = 19


@contextmanager
def web_process(shop: TestShop, fate: Fate, *, times: int = 1) -> Iterator[None]:
    """Let `fate` strike the next `times` refund webhooks of this shop."""
    usual = shop.saleor.http
    shop.saleor.http = httpx.Client(transport=_Struck(shop, fate, times))
    try:
        yield
    finally:
        shop.saleor.http = usual


def dies_before_it_commits(_shop: TestShop, web: Callable[[], httpx.Response]) -> httpx.Response:
    def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "saleor_wechat_returns_inboxmessage"'):
            raise Killed("the last statement of the answer's transaction")
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(kill):
            answer = web()
    except Killed:
        raise httpx.ReadError("connection lost") from None
    raise AssertionError(f"survived with {answer.status_code}")


def dies_before_it_answers(_shop: TestShop, web: Callable[[], httpx.Response]) -> httpx.Response:
    web()
    raise httpx.ReadError("connection lost")


def outlives_saleors_worker(_shop: TestShop, web: Callable[[], httpx.Response]) -> httpx.Response:
    """The sandbox's worker dies of a list: nothing is booked, and nothing resumed."""
    web()
    return httpx.Response(200, json=[])


def takes_too_long(shop: TestShop, web: Callable[[], httpx.Response]) -> httpx.Response:
    answer = web()
    shop.world.clock.forward(seconds=TOO_LONG_SECONDS)
    return answer


class _Struck(httpx.BaseTransport):
    def __init__(self, shop: TestShop, fate: Fate, times: int) -> None:
        self._shop, self._fate, self._left = shop, fate, times
        self._web = httpx.WSGITransport(application)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/saleor/refund-requested/" or not self._left:
            return self._web.handle_request(request)
        self._left -= 1
        return self._fate(self._shop, lambda: self._web.handle_request(request))
