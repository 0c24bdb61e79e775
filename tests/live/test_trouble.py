"""Trouble between us and a real Saleor ends in one return and one payment, or with staff."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns import clock
from saleor_wechat_returns.models import ReturnableOrder
from saleor_wechat_returns.usecases.orders import read_open_orders
from tests import make
from tests.live import walk
from tests.live.ending import ONE_BACK_ONE_KEPT, one_piece_was_refunded
from tests.live.live_shop import LiveOrder, LiveShop
from tests.live.orders import OrderSeen
from tests.live.real_saleor import wait_until

REFUND_WEBHOOK = "/saleor/refund-requested/"


@pytest.mark.parametrize(
    "operation", ["ReturnProducts", "GrantRefund", "RequestRefund", "ReportRefund"]
)
def test_when_saleors_answer_is_lost(shop: LiveShop, operation: str) -> None:
    order = shop.order([2])
    shop.way.lose_answer_to(operation)

    request = walk.inspected(shop, order, {0: 1})
    shop.work_until_counted(request)

    assert shop.way.lost == [operation]
    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT)


def test_when_our_web_is_away_as_saleor_asks_for_the_refund(shop: LiveShop) -> None:
    order = shop.order([2])
    request = walk.inspected(shop, order, {0: 1})
    with shop.web.away():
        wait_until(
            lambda: [status for status, _ in shop.orders.see(order.id).grants] == ["FAILURE"],
            seconds=30,
            meanwhile=shop.work,
        )
    assert shop.wechat.refunds == []

    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT, failures=1)


def test_when_our_answer_to_the_refund_webhook_is_lost(shop: LiveShop) -> None:
    """WeChat Pay is paying while Saleor believes that the refund has failed."""
    order = shop.order([2])
    shop.web.lose_next_answer(REFUND_WEBHOOK)

    request = walk.inspected(shop, order, {0: 1})
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT, failures=1)


def test_when_we_cannot_check_the_signature_of_the_refund_webhook(shop: LiveShop) -> None:
    """Saleor repeats after our 5xx, but has lost the body by then (3.23.28, seen 2026-11)."""
    order = shop.order([2])
    request = walk.inspected(shop, order, {0: 1})
    with shop.way.without_keys():
        wait_until(
            lambda: (REFUND_WEBHOOK, "503") in shop.web.answered, seconds=30, meanwhile=shop.work
        )

    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT, failures=1)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(2, "RETURNED", id="everything was sent"),
        pytest.param(1, "PARTIALLY_RETURNED", id="one was never sent"),
    ],
)
def test_when_staff_return_the_pieces_in_the_dashboard(
    shop: LiveShop, sent: int, status: str
) -> None:
    order = shop.order([2], sent=sent)

    request = _staff_are_first(shop, order, sent)

    assert walk.read(shop, request)["status"] == "REFUND_FAILED"
    assert shop.wechat.refunds == []
    assert shop.orders.see(order.id) == OrderSeen(
        status=status,
        pieces={"RETURNED": sent},
        returns=[{order.lines[0].id: sent}],
        grants=[],
        refund_events=[],
        charged_fen=order.total_fen,
        refunded_fen=0,
    )


def test_when_staff_were_first_stays_on_their_list_until_they_settle_it(shop: LiveShop) -> None:
    order = shop.order([2])
    request = _staff_are_first(shop, order, 2)

    read_open_orders(now=clock.now())
    shop.work()

    assert _tasks(shop, request) == ["FACTS_CONTRADICT_HOLDS", "RETURN_NOT_RECORDED"]
    assert ReturnableOrder.objects.get().conflict


def _staff_are_first(shop: LiveShop, order: LiveOrder, pieces: int) -> dict[str, Any]:
    """Staff return them in the Dashboard while a return of one is open, then accept that too."""
    line = order.lines[0]
    request = walk.received(shop, order, {0: 1})
    shop.orders.return_in_dashboard(order.id, {line.id: pieces})
    _work_until_staff_have(shop, request, "FACTS_CONTRADICT_HOLDS")
    version = walk.read(shop, request)["version"]
    accepted = [{"orderLineId": line.id, "acceptedQuantity": 1}]
    answer = shop.as_clerk(make.INSPECT, id=request["id"], version=version, lines=accepted)
    assert answer.request["status"] == "REFUNDING"
    _work_until_staff_have(shop, request, "RETURN_NOT_RECORDED")
    return request


def _work_until_staff_have(shop: LiveShop, request: dict[str, Any], task: str) -> None:
    wait_until(lambda: task in _tasks(shop, request), seconds=15, meanwhile=shop.work)


def _tasks(shop: LiveShop, request: dict[str, Any]) -> list[str]:
    return [task["kind"] for task in walk.read(shop, request)["tasks"]]
