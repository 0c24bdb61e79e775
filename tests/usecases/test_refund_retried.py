"""Trying a refund again …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.models import Refund, WechatRefund
from saleor_wechat_returns.sandbox.saleor import PaidWith
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.usecases import cashier, dashboard
from tests.usecases.paid_once import assert_money_moved_once, assert_paid_once, assert_settled
from tests.usecases.unchanged import nothing_changes
from tests.usecases.wires import Refusing, wired
from tests.world import World


def closed_at_wechat(world: World, order: Any) -> dict[str, Any]:
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(f"{request['number']}-1-1", "CLOSED")
    world.run()
    return request


def test_pays_under_a_new_number_what_wechat_closed(world: World) -> None:
    order = world.shop.order()
    request = closed_at_wechat(world, order)

    answer = make.retry(world.shop, request)
    world.run()

    assert answer.request["status"] == "REFUNDING"
    numbers = [r.out_refund_no for r in WechatRefund.objects.order_by("attempt")]
    assert numbers == [f"{request['number']}-1-1", f"{request['number']}-1-2"]
    assert [r.status for r in world.wechat.refunds] == ["CLOSED", "SUCCESS"]
    (transaction,) = order.transactions
    assert world.wechat.refunded_fen(transaction.psp_reference) == 19900
    assert (transaction.refunded, transaction.refund_pending) == (199, 0)
    assert [(g.status, g.amount) for g in order.granted_refunds] == [("SUCCESS", 199)]
    assert_settled(world.shop, request)


@pytest.mark.parametrize(
    "fault", ["timeout_after_accept", "timeout_before_accept", "http_500_after_accept"]
)
def test_pays_once_although_the_answer_is_lost(world: World, fault: str) -> None:
    order = world.shop.order()
    request = closed_at_wechat(world, order)
    world.wechat.faults.add(fault)

    make.retry(world.shop, request)
    world.run(minutes=30)

    assert [r.status for r in world.wechat.refunds] == ["CLOSED", "SUCCESS"]
    assert_settled(world.shop, request)


def test_again_and_again_pays_once(world: World) -> None:
    order = world.shop.order()
    request = closed_at_wechat(world, order)
    make.retry(world.shop, request)
    world.quiet()
    world.wechat.settle(f"{request['number']}-1-2", "CLOSED")
    world.run()

    make.retry(world.shop, request)
    world.run()

    assert [r.status for r in world.wechat.refunds] == ["CLOSED", "CLOSED", "SUCCESS"]
    assert order.transactions[0].refunded == 199
    assert_settled(world.shop, request)


def test_is_refused_while_the_failure_is_not_reported_yet(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(f"{request['number']}-1-1", "CLOSED")
    world.deliver()
    world.shop.saleor.faults.add("http_500", "order", times=3)
    world.work()
    assert Refund.objects.get().status == "failed"
    world.shop.saleor.faults.clear()

    answer = make.retry(world.shop, request)

    assert answer.refusals == [("REFUND_UNDER_WAY", "refundId")]
    assert WechatRefund.objects.count() == 1


def test_asks_at_once_after_a_top_up(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.wechat.faults.add("not_enough")
    world.quiet()
    assert make.read(world.shop, request)["refunds"][0]["status"] == "WAITING_BALANCE"
    world.clock.forward(minutes=2)

    make.retry(world.shop, request)
    world.quiet()

    assert make.read(world.shop, request)["refunds"][0]["status"] == "PAYING"
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def test_adopts_the_return_that_staff_recorded(world: World) -> None:
    """EC8."""
    order = world.shop.order()
    request = make.inspected(world.shop, order, {0: 2})
    dashboard.return_pieces(world.shop, order, {0: 2})
    world.work()
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["RETURN_NOT_RECORDED"]

    make.retry(world.shop, request, adopt=True)
    world.run()

    assert_paid_once(world.shop, order, request, 39800, pieces=2)


@pytest.mark.parametrize("returned", [{}, {0: 1}, {1: 2}])
def test_adopts_no_other_return(world: World, returned: dict[int, int]) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order, {0: 2})
    if returned:
        dashboard.return_pieces(world.shop, order, returned)

    answer = make.retry(world.shop, request, adopt=True)

    assert answer.refusals == [("NO_RETURN_TO_ADOPT", "adoptReturn")]
    assert Refund.objects.get().version == 1


def test_adopts_each_return_once(world: World) -> None:
    order = world.shop.order()
    requests = [make.inspected(world.shop, order) for _ in range(2)]
    dashboard.return_pieces(world.shop, order, {0: 1})

    first = make.retry(world.shop, requests[0], adopt=True)
    second = make.retry(world.shop, requests[1], adopt=True)

    assert first.payload["errors"] == []
    assert second.refusals == [("NO_RETURN_TO_ADOPT", "adoptReturn")]


def test_takes_what_is_left_and_leaves_the_rest_to_staff(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    cashier.book_refund_made_elsewhere(world.shop, transaction, "600.00", "by hand")
    world.wait(minutes=2)
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["GRANT_REFUSED"]

    make.retry(world.shop, request)
    world.run()

    assert [g.amount for g in order.granted_refunds] == [Decimal("109.70")]
    assert transaction.refunded == Decimal("709.70")
    assert make.tasks(world.shop, request) == [("NO_PAYMENT_LEFT", "8930 fen are on no payment")]
    make.settle(world.shop, request, at=1)
    assert_closed(world, request)


def test_takes_the_rest_from_another_payment(world: World) -> None:
    """EC27."""
    order = world.shop.order(
        paid_with=[
            PaidWith(IDENTIFIER, "42000000002026000001", "300.00"),
            PaidWith(IDENTIFIER, "42000000002026000002"),
        ]
    )
    deposit, balance = order.transactions
    request = make.inspected(world.shop, order)
    cashier.book_refund_made_elsewhere(world.shop, balance, "300.00", "by hand")
    world.wait(minutes=2)

    make.retry(world.shop, request)
    world.run(minutes=30)

    assert_money_moved_once(world.shop, deposit, 8930)
    assert world.wechat.refunded_fen(balance.psp_reference) == 10970
    assert_settled(world.shop, request)


def granted_before_money_went(world: World, order: Any) -> dict[str, Any]:
    """The grant was made; then a part of the money went another way."""
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add("http_500", "transactionRequestRefundForGrantedRefund")
    world.work()
    cashier.book_refund_made_elsewhere(world.shop, order.transactions[0], "600.00", "by hand")
    world.wait(minutes=2)
    return request


def assert_granted_what_was_left(order: Any) -> None:
    (granted,) = order.granted_refunds
    assert (granted.status, granted.amount) == ("SUCCESS", Decimal("109.70"))
    assert order.transactions[0].refunded == Decimal("709.70")


def test_brings_the_grant_to_what_is_left(world: World) -> None:
    order = world.shop.order()
    request = granted_before_money_went(world, order)

    make.retry(world.shop, request)
    world.run()

    assert_granted_what_was_left(order)


@pytest.mark.parametrize(
    "fault", ["timeout_before", "http_500", "timeout_after_accept", "http_500_after_accept"]
)
def test_brings_the_grant_there_whatever_became_of_the_call(world: World, fault: str) -> None:
    order = world.shop.order()
    request = granted_before_money_went(world, order)
    world.shop.saleor.faults.add(fault, "orderGrantRefundUpdate")

    make.retry(world.shop, request)
    world.run(minutes=30)

    assert world.shop.saleor.faults.take(["orderGrantRefundUpdate"]) is None
    assert_granted_what_was_left(order)
    assert len(world.wechat.refunds) == 1


def test_waits_while_saleor_does_not_let_the_grant_be_changed(world: World) -> None:
    order = world.shop.order()
    request = granted_before_money_went(world, order)

    with wired(world, before=Refusing("UpdateGrant")):
        make.retry(world.shop, request)
        world.wait(minutes=15)

    assert ("REFUND_REQUEST_REFUSED", "INVALID: not now") in make.tasks(world.shop, request)
    assert world.wechat.calls == []
    world.run(minutes=30)
    assert_granted_what_was_left(order)


@pytest.mark.parametrize("fault", ["timeout_before", "http_500", "timeout_after_accept"])
def test_is_refused_while_saleor_cannot_be_asked(world: World, fault: str) -> None:
    request = closed_at_wechat(world, world.shop.order())
    world.shop.saleor.faults.add(fault, "order")

    with nothing_changes(world, reads=1 if fault == "timeout_after_accept" else 0):
        answer = make.retry(world.shop, request)

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]


def test_is_refused_while_saleor_does_not_know_our_app(world: World) -> None:
    request = closed_at_wechat(world, world.shop.order())
    world.shop.app.is_active = False

    answer = make.retry(world.shop, request)

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"


def test_is_refused_when_nothing_is_left(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    cashier.book_refund_made_elsewhere(world.shop, order.transactions[0], "709.70", "by hand")
    world.wait(minutes=2)

    answer = make.retry(world.shop, request)

    assert answer.refusals == [("NOTHING_LEFT_TO_REFUND", "refundId")]
    settled = make.settle(world.shop, request, reference="by hand")
    world.run()
    assert settled.request["status"] == "REFUNDED"
    assert order.transactions[0].refunded == Decimal("709.70")  # not counted a second time
    assert_closed(world, request)


def test_overrules_what_staff_changed_in_the_grant(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add("http_500", "transactionRequestRefundForGrantedRefund")
    world.work()
    (granted,) = order.granted_refunds
    cashier.change_grant(world.shop, granted, "150.00")
    world.wait(minutes=2)
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["GRANT_REFUSED"]

    make.retry(world.shop, request)
    world.run()

    assert_paid_once(world.shop, order, request, 19900)


def test_is_for_staff_of_the_shop_and_what_they_saw(world: World) -> None:
    request = closed_at_wechat(world, world.shop.order())
    refund = make.read(world.shop, request)["refunds"][0]
    wanted = {"refund": refund["id"], "version": refund["version"], "adopt": False}

    with nothing_changes(world):
        customer = world.shop.as_li(make.RETRY, **wanted)
        stranger = world.other_shop.as_clerk(make.RETRY, **wanted)
        late = world.shop.as_clerk(make.RETRY, **{**wanted, "version": refund["version"] - 1})

    assert customer.refusals == [("FORBIDDEN", None)]
    assert stranger.refusals == [("NOT_FOUND", "refundId")]
    assert late.refusals == [("VERSION_CONFLICT", "expectedVersion")]


def test_is_refused_once_the_money_is_there(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()

    answer = make.retry(world.shop, request)

    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]
    assert_paid_once(world.shop, order, request, 19900)


def assert_closed(world: World, request: dict[str, Any]) -> None:
    done = make.read(world.shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    assert not Refund.objects.filter(running=True).exists()
