"""How the simulated Saleor delivers: time limits, repeats, and what a repeat carries."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import httpx
import jwt
import pytest

from saleor_wechat_returns.sandbox.saleor import Delivery, PayBy
from saleor_wechat_returns.sandbox.saleor.shopper import OrderRefused
from saleor_wechat_returns.sandbox.saleor.world import Order
from tests.contracts.payment_shop import SHIRTS, Shop
from tests.contracts.recordings import load, require, shared_saleor

UPDATED = "ORDER_UPDATED"
ACTIONS = {
    "REFUND": "TRANSACTION_REFUND_REQUESTED",
    "CHARGE": "TRANSACTION_CHARGE_REQUESTED",
    "CANCEL": "TRANSACTION_CANCELATION_REQUESTED",
}
ASK = """mutation($id: ID!, $action: TransactionActionEnum!) {
  transactionRequestAction(id: $id, actionType: $action) { errors { code } } }"""
NOTE = """mutation($id: ID!) { orderNoteAdd(order: $id, input: {message: "x"}) {
  errors { code } } }"""
WAITS = (10, 20, 40, 80, 160)


def test_an_event_is_repeated_five_times_after_a_5xx_with_the_same_bytes() -> None:
    """Recordings 350 and 351."""
    shop, heard = noted(httpx.Response(503))

    assert repeats(shop) == list(WAITS)

    assert [attempt.status_code for attempt in heard.attempts] == [503] * 6
    assert heard.status == "FAILED"
    assert len({(r.content, r.headers["saleor-signature"]) for r in shop.heard}) == 1


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 429])
def test_an_event_is_not_repeated_after_a_3xx_or_4xx(status: int) -> None:
    """Recording 352."""
    shop, heard = noted(httpx.Response(status))

    assert repeats(shop) == []

    assert ([attempt.status_code for attempt in heard.attempts], heard.status) == (
        [status],
        "FAILED",
    )


def test_an_event_is_repeated_when_nobody_answers() -> None:
    shop, heard = noted(refuse)

    assert repeats(shop) == list(WAITS)
    assert [attempt.status_code for attempt in heard.attempts] == [None] * 6


@pytest.mark.parametrize("action", ACTIONS)
def test_a_requested_action_is_repeated_after_a_5xx_without_its_body(action: str) -> None:
    """Seen for refunds on 3.21, 3.22 and 3.23.28: no byte, and a good signature of none."""
    shop, heard = asked(action, httpx.Response(500))

    assert repeats(shop) == list(WAITS)

    first, *others = shop.heard
    assert json.loads(first.content)["action"]["amount"] == 211.8
    assert [request.content for request in others] == [b""] * 5
    assert [attempt.status_code for attempt in heard.attempts] == [500] * 6
    for request in shop.heard:
        verify(request.headers["saleor-signature"], request.content, shop.keys.jwks())


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("late", [True, False], ids=["too late", "refused"])
def test_a_requested_action_fails_at_once_without_an_answer(action: str, late: bool) -> None:
    """Recordings 70 and 77."""
    shop = Shop()
    answer = after_seconds(shop, 18.1) if late else refuse

    shop, heard = asked(action, answer, shop)

    assert repeats(shop) == []
    failure = shop.world.orders[-1].transactions[0].events[-1]
    assert (failure.type, failure.message) == (f"{action}_FAILURE", "Failed to delivery request.")
    assert [attempt.status_code for attempt in heard.attempts] == [None]


def test_an_answer_within_18_seconds_is_heard() -> None:
    shop = Shop()

    shop, heard = asked("REFUND", after_seconds(shop, 17.9, "wx-2"), shop)

    assert [attempt.status_code for attempt in heard.attempts] == [200]
    assert shop.world.orders[-1].transactions[0].refund_pending == Decimal("211.8")


def test_a_session_is_never_repeated() -> None:
    shop = Shop()
    shop.answers["TRANSACTION_INITIALIZE_SESSION"] = httpx.Response(500)

    with pytest.raises(OrderRefused):
        shop.place_order(lines=SHIRTS, payments=[PayBy("pay.test")])

    assert repeats(shop) == []
    assert len(shop.delivered("TRANSACTION_INITIALIZE_SESSION")[0].attempts) == 1


def test_every_wait_and_limit_is_scaled() -> None:
    shop = Shop(time_scale=0.01)

    shop, _ = asked("REFUND", after_seconds(shop, 0.19), shop)
    late = shop.world.orders[-1].transactions[0].events[-1].type
    shop.answers[UPDATED] = httpx.Response(500)
    note(shop, shop.world.orders[-1])

    assert late == "REFUND_FAILURE"
    assert repeats(shop) == [wait / 100 for wait in WAITS]


@pytest.mark.parametrize("version", ["3.21", "3.22"])
def test_a_repeat_without_a_body_looks_as_recorded(version: str) -> None:
    name = "43-webhook-transaction-refund-requested.json"
    path = shared_saleor() / "recordings" / version / name
    not_shown = f"a repeated refund webhook of {version} comes without a body"
    recorded = json.loads(require(path, not_shown).read_text())["request"]
    shop, _ = asked("REFUND", httpx.Response(500), Shop(version))

    repeats(shop)

    here = shop.heard[1]
    assert (recorded["raw_body"].encode(), recorded["headers"]["Content-Length"]) == (b"", "0")
    assert (here.content, here.headers["content-length"]) == (b"", "0")
    assert here.headers["user-agent"] == recorded["headers"]["User-Agent"]
    assert saleor_headers(here.headers) == saleor_headers(recorded["headers"])
    # All the recorded Saleors shared one key.
    verify(recorded["headers"]["Saleor-Signature"], b"", load("200-jwks").answer)


def noted(answer: httpx.Response | Callable[[], httpx.Response]) -> tuple[Shop, Delivery]:
    """A shop whose app gives this answer to every ORDER_UPDATED, and one of those, sent once."""
    shop = Shop()
    order = paid(shop)
    shop.answers[UPDATED] = answer
    return shop, note(shop, order)


def note(shop: Shop, order: Order) -> Delivery:
    shop.heard.clear()
    shop.as_app(NOTE, id=order.id)
    assert shop.deliver_due() == 1
    return shop.delivered(UPDATED)[-1]


def asked(action: str, answer: object, shop: Shop | None = None) -> tuple[Shop, Delivery]:
    """The same for an action requested on a transaction."""
    shop = shop or Shop()
    if action != "REFUND":
        authorized = {"result": "AUTHORIZATION_SUCCESS", "pspReference": "wx-1"}
        shop.answers["TRANSACTION_INITIALIZE_SESSION"] = authorized
    order = paid(shop)
    shop.answers[ACTIONS[action]] = answer
    shop.as_app(ASK, id=order.transactions[0].id, action=action)
    shop.heard.clear()
    assert shop.deliver_due() == 1
    return shop, shop.delivered(ACTIONS[action])[-1]


def paid(shop: Shop) -> Order:
    order = shop.place_order(lines=SHIRTS, payments=[PayBy("pay.test")])
    shop.deliver_all()
    return order


def repeats(shop: Shop) -> list[float]:
    """The waits between the attempts from now on, until nothing waits any more."""
    waits = []
    while waiting := shop.deliveries.pending():
        (delivery,) = waiting
        assert shop.deliver_due() == 0
        waits.append(round((delivery.due_at - delivery.attempts[-1].at).total_seconds(), 1))
        shop.clock.reach(delivery.due_at)
        assert shop.deliver_due() == 1
    return waits


def after_seconds(
    shop: Shop, seconds: float, psp: str | None = None
) -> Callable[[], httpx.Response]:
    def answer() -> httpx.Response:
        shop.clock.advance(seconds)
        return httpx.Response(200, json={"pspReference": psp} if psp else {})

    return answer


def refuse() -> httpx.Response:
    raise httpx.ConnectError("connection refused")


def verify(signature: str, body: bytes, key_set: dict[str, Any]) -> None:
    (key,) = jwt.PyJWKSet.from_dict(key_set).keys
    jwt.api_jws.decode_complete(signature, key=key.key, algorithms=["RS256"], detached_payload=body)


def saleor_headers(headers: Mapping[str, str]) -> set[str]:
    return {name.lower() for name in headers if "saleor" in name.lower()}
