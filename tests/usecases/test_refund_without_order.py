"""Money that no order came of goes back …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.models import OutboxMessage, Refund
from saleor_wechat_returns.sandbox.saleor import Payment
from tests import make
from tests.usecases import payer
from tests.usecases.test_refund_by_hand_searched import refund_in_portal
from tests.usecases.unordered import (
    GIVE_BACK,
    LOOK,
    after,
    assert_given_back,
    paid,
    sell_out,
    tasks,
    transaction_of,
)
from tests.usecases.wires import Killer, Refusing, wired, work_until_killed
from tests.world import World

TASKS = """{ returnTasks {
  id kind kindLabel detail number returnRequestId returnRefundId returnRefund { id version } } }"""
SETTLE_TASK = """mutation($id: ID!, $note: String = "rang 李") {
  returnTaskSettle(taskId: $id, note: $note) {
    returnTask { id closedAt } errors { field code } } }"""
STEPS = ["ReportRefund", "POST refunds", "ReportRefund"]
TOLD = "refunded_without_order"


def given_up(world: World) -> Payment:
    """Sold out, and looked at for the last time: the refund is planned, and nothing was done."""
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    world.clock.forward(minutes=GIVE_BACK - LOOK)
    return payment


def tell_staff_to(world: World, mutation: str, **variables: Any) -> dict[str, Any]:
    """Act on the refund, by what `returnTasks` shows of it."""
    shown = world.shop.as_clerk(TASKS).data["returnTasks"]
    refund = next(task["returnRefund"] for task in shown if task["kind"] == "REFUND_REJECTED")
    variables |= {"refund": refund["id"], "version": refund["version"]}
    return world.shop.as_clerk(mutation, **variables).payload


def test_and_staff_read_of_whom_and_why(world: World) -> None:
    payment = given_up(world)

    world.run()

    (task,) = world.shop.as_clerk(TASKS).data["returnTasks"]
    assert (task["kind"], task["returnRequestId"]) == ("REFUNDED_WITHOUT_ORDER", None)
    assert task["kindLabel"] == "已付款未生成订单,款项自动退回:请告知买家"
    number = payer.row_of(payment).out_trade_no
    assert task["detail"] == (
        f"41000 fen of payment {number} go back: "
        "INSUFFICIENT_STOCK: Insufficient product stock: 连帽卫衣 Hoodie (M)"
    )
    assert task["returnRefundId"] == task["returnRefund"]["id"]


def test_and_staff_take_it_off_their_list_once_they_have_read_it(world: World) -> None:
    given_up(world)
    world.run()
    (task,) = world.shop.as_clerk(TASKS).data["returnTasks"]

    elsewhere = world.other_shop.as_clerk(SETTLE_TASK, id=task["id"])
    closed_at = world.clock.now.isoformat()
    for _ in range(2):
        closed = world.shop.as_clerk(SETTLE_TASK, id=task["id"]).payload
        assert closed["returnTask"] == {"id": task["id"], "closedAt": closed_at}
        world.clock.forward(minutes=1)

    assert elsewhere.refusals == [("NOT_FOUND", "taskId")]
    assert world.shop.as_clerk(TASKS).data["returnTasks"] == []
    customer = world.shop.as_li(SETTLE_TASK, id=task["id"])
    assert customer.refusals == [("FORBIDDEN", None)]


def test_but_what_must_be_mended_stays_on_the_list(world: World) -> None:
    paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    (task,) = world.shop.as_clerk(TASKS).data["returnTasks"]

    answer = world.shop.as_clerk(SETTLE_TASK, id=task["id"])

    assert answer.refusals == [("TASK_CLOSES_BY_ITSELF", "taskId")]
    assert [kind for kind, _ in tasks()] == ["paid_without_order"]


@pytest.mark.parametrize(
    "fault", ["timeout_before", "timeout_after_accept", "http_500", "http_500_after_accept"]
)
@pytest.mark.parametrize("field", ["transactionEventReport", "transaction"])
def test_once_through_every_fault_of_saleor(world: World, fault: str, field: str) -> None:
    payment = given_up(world)
    world.shop.saleor.faults.add(fault, field, times=3)

    world.run(minutes=30)

    assert_given_back(world.shop, payment)


@pytest.mark.parametrize("fault", ["connect_refused", "timeout_after_accept", "http_500"])
def test_once_through_every_fault_of_wechat_pay(world: World, fault: str) -> None:
    payment = given_up(world)
    world.wechat.faults.add(fault, 2)

    world.run(minutes=30)

    assert_given_back(world.shop, payment)


def test_once_wherever_the_worker_is_killed(world: World) -> None:
    for at in range(1, 100):
        payment = given_up(world)
        killer = Killer(at)

        with killer.around(world):
            was_killed = work_until_killed(world, killer)
        world.clock.forward(minutes=5, seconds=1)
        world.run(minutes=60)

        assert_given_back(world.shop, payment)
        if not was_killed:
            break
    calls = [chance for chance in killer.chances if chance != "commit"]
    assert calls == ["CompleteCheckout", *STEPS]
    assert killer.chances.count("commit") >= len(calls) * 2


def test_only_once_saleor_lets_it_be_taken_off_the_charge(world: World) -> None:
    payment = given_up(world)

    with wired(world, before=Refusing("ReportRefund", times=2)):
        world.wait(minutes=12)
        assert world.wechat.refunds == []
        assert [kind for kind, _ in tasks()] == [TOLD, "refund_request_refused"]
        world.run(minutes=30)

    assert_given_back(world.shop, payment)
    assert [kind for kind, _ in tasks()] == [TOLD]


def test_not_while_saleor_shows_less_on_the_charge_than_is_owed(world: World) -> None:
    payment = given_up(world)
    transaction = transaction_of(world.shop, payment)

    def fall(call: str) -> httpx.Response | None:
        if call == "CompleteCheckout":
            transaction.charged = Decimal("10.00")
        return None

    with wired(world, after=fall):
        world.quiet()

    assert world.wechat.refunds == []
    assert tasks()[1] == ("refund_request_refused", "41000 fen owed, 1000 fen charged")


def test_not_while_saleor_does_not_show_the_payment(world: World) -> None:
    payment = given_up(world)
    shown = world.shop.saleor.world
    checkouts = shown.checkouts

    def hide(call: str) -> None:
        if call == "ReportRefund":
            shown.checkouts = []

    with wired(world, after=hide):
        world.wait(minutes=5)
    assert world.wechat.refunds == []

    shown.checkouts = checkouts
    world.run(minutes=15)
    assert_given_back(world.shop, payment)


def test_not_when_wechat_pay_refuses_until_staff_try_again(world: World) -> None:
    payment = given_up(world)
    world.quiet()
    world.clock.forward(minutes=1)
    world.quiet()
    (refund,) = world.wechat.refunds
    world.wechat.settle(refund.out_refund_no, "CLOSED")
    world.run()
    transaction = transaction_of(world.shop, payment)
    assert (transaction.charged, transaction.refunded) == (Decimal("410.00"), 0)
    assert [kind for kind, _ in tasks()] == [TOLD, "refund_rejected"]
    assert not OutboxMessage.objects.filter(done_at=None).exists()

    answer = tell_staff_to(world, make.RETRY)
    world.run()

    assert answer["errors"] == []
    states = [(r.status, r.refund_fen) for r in world.wechat.refunds]
    assert states == [("CLOSED", 41000), ("SUCCESS", 41000)]
    assert (transaction.charged, transaction.refunded) == (0, Decimal("410.00"))
    assert [kind for kind, _ in tasks()] == [TOLD]
    assert Refund.objects.get().counted_at is not None


def test_by_other_means_when_staff_say_so(world: World) -> None:
    payment = given_up(world)
    world.quiet()
    world.clock.forward(minutes=1)
    world.quiet()
    (refund,) = world.wechat.refunds
    world.wechat.settle(refund.out_refund_no, "CLOSED")
    world.run()

    answer = tell_staff_to(world, make.SETTLE, input={"reference": "bank transfer 42"})
    world.run()

    assert answer["returnRefund"]["status"] == "SETTLED"
    transaction = transaction_of(world.shop, payment)
    assert (transaction.charged, transaction.refunded) == (0, Decimal("410.00"))
    assert [kind for kind, _ in tasks()] == [TOLD]
    assert len(world.wechat.refunds) == 1


def test_and_saleor_is_told_when_the_bank_sends_it_back(world: World) -> None:
    payment = given_up(world)
    world.run()
    (refund,) = world.wechat.refunds

    world.wechat.settle(refund.out_refund_no, "CLOSED", reversed=True)
    world.run()

    transaction = transaction_of(world.shop, payment)
    assert (transaction.charged, transaction.refunded) == (Decimal("410.00"), 0)
    assert [kind for kind, _ in tasks()] == [TOLD, "refund_reversed"]
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_not_beside_a_refund_in_the_merchant_portal(world: World) -> None:
    payment = paid(world.shop)
    sell_out(world.shop)
    after(world, LOOK)
    transaction = transaction_of(world.shop, payment)
    refund_in_portal(world.shop, transaction, payer.TOTAL_FEN)
    world.quiet()

    world.wait(minutes=3 * 60)

    (refund,) = world.wechat.refunds
    assert (refund.refund_fen, refund.status) == (payer.TOTAL_FEN, "SUCCESS")
    assert (transaction.charged, transaction.refunded) == (0, Decimal("410.00"))
    assert tasks() == []
    assert Refund.objects.get().origin == "console"
    assert not OutboxMessage.objects.filter(done_at=None).exists()
