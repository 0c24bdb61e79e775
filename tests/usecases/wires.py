"""The wire between the service and the world: look at a call, cut it, or die beside it.

Sandboxes have faults of their own; here are those that they cannot know: what happens to the
process that calls, and what happens elsewhere while it waits for the answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import httpx
from django.db import connection
from psycopg.pq import TransactionStatus

from saleor_wechat_returns import outgoing
from tests.world import NobodyThere, World

Hook = Callable[[str], httpx.Response | None]

BILLS = ("GET trade bill", "GET fund bill", "GET bill file")
SALEORS = ("JWKS", "OrderFacts", "OwnApp", "PaymentFacts", "TransactionTotals")
QUESTIONS = frozenset({*SALEORS, "GET refunds", "GET payments", *BILLS})
THINGS = {
    "/v3/refund/": "refunds",
    "/v3/bill/tradebill": "trade bill",
    "/v3/bill/fundflowbill": "fund bill",
    "/v3/billdownload/": "bill file",
}


class Killed(BaseException):
    """SIGKILL: no `except Exception` sees it, no lease is given back, nothing is committed."""


def nothing(_call: str) -> None:
    return None


class Wire(httpx.BaseTransport):
    """Passes calls on; `before` and `after` hear their names, may raise, and may answer instead."""

    def __init__(self, inner: httpx.BaseTransport, before: Hook, after: Hook) -> None:
        self._inner, self._before, self._after = inner, before, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call = name_of(request)
        instead = self._before(call)
        if instead is None:
            answer = self._inner.handle_request(request)
            instead = self._after(call)
        return instead or answer


def name_of(request: httpx.Request) -> str:
    """`GrantRefund` and so on for Saleor, `POST refunds`, `GET payments` … for WeChat Pay, `bOrder`
    and `poll` … for couriers.
    """
    if request.url.host == "api.weixin.qq.com":
        return "log in"
    if request.url.host == "api.mch.weixin.qq.com":
        path = request.url.path
        things = (name for beginning, name in THINGS.items() if path.startswith(beginning))
        return f"{request.method} {next(things, 'payments')}"
    if request.url.host == "poll.kuaidi100.com":
        form = dict(parse_qsl(request.read().decode()))
        return form.get("method") or request.url.path.rpartition("/")[2]
    if request.url.path.endswith("jwks.json"):
        return "JWKS"
    return str(json.loads(request.read())["operationName"])


class Refusing:
    """Saleor says no to one operation, as many times as told, and does nothing."""

    def __init__(self, operation: str, code: str = "INVALID", *, times: int = 1_000_000) -> None:
        self._operation, self._code, self.left = operation, code, times

    def __call__(self, call: str) -> httpx.Response | None:
        if call != self._operation or not self.left:
            return None
        self.left -= 1
        no = {"field": None, "code": self._code, "message": "not now"}
        return httpx.Response(200, json={"data": {"refused": {"errors": [no]}}})


class Forbidding:
    """WeChat Pay refuses one kind of call: the merchant lacks the permission."""

    def __init__(self, call: str) -> None:
        self._call = call

    def __call__(self, call: str) -> httpx.Response | None:
        return httpx.Response(403, json={"code": "NO_AUTH"}) if call == self._call else None


class Once:
    """Something happens the first time that a call of this name leaves."""

    def __init__(self, call: str, then: Callable[[], object]) -> None:
        self._call, self._then = call, then
        self.done = False

    def __call__(self, call: str) -> None:
        if call == self._call and not self.done:
            self.done = True
            self._then()


@contextmanager
def wired(world: World, *, before: Hook = nothing, after: Hook = nothing) -> Iterator[None]:
    """Put hooks on every outgoing call while the block runs."""
    to = {
        "shop-a.example": world.shop.saleor.transport,
        "shop-b.example": world.other_shop.saleor.transport,
        "api.mch.weixin.qq.com": world.wechat.transport,
        "api.weixin.qq.com": world.mini.transport,
    }
    mounts: dict[str, httpx.BaseTransport | None] = {
        f"all://{host}": Wire(transport, before, after) for host, transport in to.items()
    }
    with outgoing.mounted({**mounts, "all://": NobodyThere()}):
        yield


class Killer:
    """Ends what this process is at, at its n-th chance: after each commit, and after each call that
    changed something elsewhere, before its answer is seen. SIGKILL of real processes: tests/kill.

    At any other moment a kill leaves what the chance before it leaves: a transaction that was not
    committed never was, and a question changes nothing.
    """

    def __init__(self, at: int) -> None:
        self._at = at
        self._awake = False
        self._wrote = False
        self.chances: list[str] = []

    @contextmanager
    def around(self, world: World) -> Iterator[None]:
        """Stand on the wire while the block runs, asleep."""
        with wired(world, after=self._answered):
            yield

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Whoever works in this block may die."""
        self._awake, self._wrote = True, False
        try:
            with connection.execute_wrapper(self._sql):
                yield
        finally:
            self._awake = False

    def _answered(self, call: str) -> None:
        if call not in QUESTIONS:
            self._chance(call)

    def _sql(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        idle = connection.connection.info.transaction_status == TransactionStatus.IDLE
        if idle and self._wrote:
            self._wrote = False
            self._chance("commit")
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            self._wrote = True
        return execute(sql, params, many, context)

    def _chance(self, where: str) -> None:
        if not self._awake:
            return
        self.chances.append(where)
        if len(self.chances) == self._at:
            raise Killed(where)


def work_until_killed(world: World, killer: Killer) -> bool:
    """Ten minutes at most. Only the worker is near the killer: our web process is not."""
    for _ in range(60):
        world.deliver()
        try:
            with killer.awake():
                world.work()
        except Killed:
            return True
        world.wechat.advance()
        world.clock.forward(seconds=10)
    return False
