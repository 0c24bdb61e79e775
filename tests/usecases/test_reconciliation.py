"""A day's reconciliation …"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.models import (
    Difference,
    OutboxMessage,
    Reconciliation,
    StaffTask,
    WechatPayment,
    WechatRefund,
)
from saleor_wechat_returns.usecases.reconciliation import begin
from saleor_wechat_returns.usecases.standing import ask_refusing_shops
from tests import make
from tests.usecases import cashier, payer
from tests.usecases.reconciling import (
    DAY,
    amounts,
    bought,
    compared,
    compared_only,
    differences,
    next_morning,
    number_of,
)
from tests.usecases.wires import Once, Refusing, wired
from tests.world import MCHID, SHIRT, World


class Forbidding:
    """WeChat Pay lacks a permission for one kind of call."""

    def __init__(self, call: str) -> None:
        self._call = call

    def __call__(self, call: str) -> httpx.Response | None:
        return httpx.Response(403, json={"code": "NO_AUTH"}) if call == self._call else None


def test_finds_nothing_where_all_agree(world: World) -> None:
    order = bought(world.shop)
    make.inspected(world.shop, order, {0: 1})
    next_morning(world)

    run = compared(world.shop)

    assert differences(run) == []
    assert (run.payments, run.payments_fen) == (1, 41000)
    assert (run.refunds, run.refunds_fen) == (1, 19900)
    assert (run.others, run.latest_error) == (0, "")
    assert run.finished_at == world.clock()


def test_leaves_another_shops_rows_of_the_same_merchant_alone(world: World) -> None:
    order = bought(world.shop)
    make.inspected(world.shop, order, {0: 1})
    bought(world.other_shop, [SHIRT])
    next_morning(world)

    first, second = compared(world.shop), compared(world.other_shop)

    assert differences(first) == differences(second) == []
    assert (first.payments, first.refunds, first.others) == (1, 1, 1)
    assert (second.payments, second.refunds, second.others) == (1, 0, 2)


def test_leaves_the_merchants_other_systems_alone(world: World) -> None:
    world.wechat.add_payment(MCHID, "42TILL", "TILL-0001", 500, "o", world.clock())
    world.wechat.settle(world.wechat.refund_in_console("42TILL", 500).out_refund_no)
    next_morning(world)

    run = compared(world.shop)

    assert (differences(run), run.others) == ([], 2)


def test_shows_a_payment_under_a_number_of_ours_that_nobody_knows(world: World) -> None:
    """As after a database was brought back from too old a copy."""
    order = bought(world.shop)
    number = number_of(order)
    WechatPayment.objects.all().delete()
    next_morning(world)

    run = compared(world.shop)

    assert differences(run) == [("payment_unknown", number, "open")]
    assert amounts(run) == [(None, 41000)]


def test_shows_a_payment_that_is_not_in_the_bill(world: World) -> None:
    number = number_of(bought(world.shop))
    next_morning(world)
    world.wechat.faults.add("trade_bill_lacks_a_row")

    run = compared(world.shop)

    assert differences(run) == [
        ("payment_not_in_bill", number, "open"),
        ("funds_have_more", MCHID, "open"),
    ]
    assert amounts(run) == [(41000, None), (None, None)]


def test_compares_also_a_day_that_has_no_bill(world: World) -> None:
    number = number_of(bought(world.shop))
    next_morning(world)
    WechatPayment.objects.update(success_at=world.clock() - timedelta(days=2))

    run = compared(world.shop, DAY - timedelta(days=1))

    assert differences(run) == [("payment_not_in_bill", number, "open")]


def test_shows_a_payment_of_another_amount(world: World) -> None:
    number = number_of(bought(world.shop))
    WechatPayment.objects.update(amount_fen=40000)
    next_morning(world)

    run = compared(world.shop)

    assert differences(run) == [("payment_amount_differs", number, "open")]
    assert amounts(run) == [(40000, 41000)]


def test_takes_a_payment_that_was_thought_closed(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.wechat.faults.add("notice_lost")
    payer.pay(world.shop, payment)
    WechatPayment.objects.update(status="closed")
    next_morning(world)

    run = compared(world.shop)

    number = payer.row_of(payment).out_trade_no
    assert differences(run) == [("payment_status_differs", number, "taken")]
    assert payer.row_of(payment).status == "paid"
    assert payer.booked(world.shop, payment)[1:] == (
        "410.00",
        ["CHARGE_ACTION_REQUIRED", "CHARGE_SUCCESS"],
    )
    (task,) = StaffTask.objects.all()
    assert task.kind == "payment_differs"


@pytest.mark.parametrize("fault", ["connect_refused", "http_500", "timeout_before_accept"])
def test_takes_that_payment_once_wechat_pay_is_back(world: World, fault: str) -> None:
    payment, run = thought_closed(world)
    world.wechat.faults.add(fault, 2)

    world.run(minutes=30)

    number = payer.row_of(payment).out_trade_no
    assert differences(run) == [("payment_status_differs", number, "taken")]
    assert payer.row_of(payment).status == "paid"


def test_keeps_a_payment_on_the_list_that_wechat_pay_will_not_tell_of(world: World) -> None:
    payment, run = thought_closed(world)

    with wired(world, before=Forbidding("GET payments")):
        world.wait(minutes=30)

    number = payer.row_of(payment).out_trade_no
    assert differences(run) == [("payment_status_differs", number, "open")]
    assert Difference.objects.get().detail == "NO_AUTH: "
    assert payer.row_of(payment).status == "closed"


def thought_closed(world: World) -> tuple[Any, Reconciliation]:
    """Paid, closed in our row, and the day compared up to asking about it."""
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.wechat.faults.add("notice_lost")
    payer.pay(world.shop, payment)
    WechatPayment.objects.update(status="closed")
    next_morning(world)
    return payment, compared_only(world.shop)


def test_shows_a_refund_that_is_not_in_the_bill(world: World) -> None:
    order = bought(world.shop)
    request = make.inspected(world.shop, order, {0: 1})
    next_morning(world)
    WechatRefund.objects.update(success_at=world.clock() - timedelta(days=2), sent_at=None)

    run = compared(world.shop, DAY - timedelta(days=1))

    assert differences(run) == [("refund_not_in_bill", f"{request['number']}-1-1", "open")]
    assert amounts(run) == [(19900, None)]


def test_expects_a_refund_in_the_bill_of_the_day_it_was_sent(world: World) -> None:
    """Sent on one day, at the payer's bank on the next."""
    order = bought(world.shop)
    make.inspected(world.shop, order, {0: 1})
    world.run(minutes=1, wechat_pays=False)
    world.clock.forward(hours=20)
    world.run()
    world.clock.forward(days=1, hours=6)

    second = compared(world.shop, DAY + timedelta(days=1))
    first = compared(world.shop)
    second_again = compared(world.shop, DAY + timedelta(days=1))

    assert (first.refunds, second.refunds) == (1, 0)
    assert differences(first) == differences(second) == differences(second_again) == []


def test_shows_a_refund_of_another_amount(world: World) -> None:
    request = make.inspected(world.shop, bought(world.shop), {0: 1})
    next_morning(world)
    WechatRefund.objects.update(amount_fen=19800)

    run = compared(world.shop)

    number = f"{request['number']}-1-1"
    assert ("refund_amount_differs", number, "open") in differences(run)
    assert (19800, 19900) in amounts(run)


def test_takes_a_refund_that_was_thought_closed(world: World) -> None:
    request = make.inspected(world.shop, bought(world.shop), {0: 1})
    number = f"{request['number']}-1-1"
    world.run(minutes=1, wechat_pays=False)
    world.wechat.settle(number, "CLOSED")
    world.run()
    world.wechat.faults.add("notice_lost")
    world.wechat.settle(number, "SUCCESS", reversed=True)
    next_morning(world)

    run = compared(world.shop)

    assert differences(run) == [("refund_status_differs", number, "taken")]
    kinds = [kind for kind, _ in make.tasks(world.shop, request)]
    assert kinds == ["REFUND_REJECTED", "AMOUNT_DIFFERS"]


def test_takes_what_the_bank_sent_back_for_what_it_is(world: World) -> None:
    """Succeeded when the bill was made, returned by the bank before it was compared."""
    request = make.inspected(world.shop, bought(world.shop), {0: 1})
    number = f"{request['number']}-1-1"
    world.run()
    world.wechat.settle(number, "CLOSED", reversed=True)
    next_morning(world)
    (refund,) = world.wechat.refunds
    as_it_was = Once("GET trade bill", lambda: setattr(refund, "status", "SUCCESS"))
    as_it_is = Once("GET trade bill", lambda: setattr(refund, "status", "CLOSED"))

    with wired(world, before=as_it_was, after=as_it_is):
        run = compared(world.shop)

    assert ("refund_status_differs", number, "taken") in differences(run)
    taken = Difference.objects.get(kind="refund_status_differs")
    assert taken.detail == "WeChat Pay says CLOSED now, as we do"


def test_shows_what_the_account_lacks(world: World) -> None:
    order = bought(world.shop)
    next_morning(world)
    world.wechat.faults.add("fund_bill_lacks_a_row")

    run = compared(world.shop)

    assert differences(run) == [("funds_lack", MCHID, "open")]
    (difference,) = Difference.objects.all()
    assert difference.detail == f"1: {order.transactions[0].psp_reference}"


def test_shows_a_payment_that_saleor_was_never_told_of(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    with wired(world, before=Refusing("ReportPayment")):
        payer.pay(world.shop, payment)
        next_morning(world)
        run = compared(world.shop)

    assert differences(run) == [("saleor_lacks_payment", payment.transaction_id, "open")]
    assert amounts(run) == [(41000, 0)]


def test_shows_a_refund_that_saleors_total_lacks(world: World) -> None:
    order = bought(world.shop)
    (transaction,) = order.transactions
    with wired(world, before=Refusing("ReportRefund")):
        make.inspected(world.shop, order, {0: 1})
        next_morning(world)
        run = compared(world.shop)

    assert differences(run) == [("saleor_lacks_refund", transaction.id, "open")]
    assert amounts(run) == [(19900, 0)]

    world.run(minutes=30)
    run = compared(world.shop)
    assert differences(run) == [("saleor_lacks_refund", transaction.id, "gone")]


def test_shows_a_refund_that_only_saleor_has(world: World) -> None:
    order = bought(world.shop)
    (transaction,) = order.transactions
    cashier.book_refund_made_elsewhere(world.shop, transaction, "50.00", "cash")
    next_morning(world)

    run = compared(world.shop)

    assert differences(run) == [("saleor_refunded_more", transaction.id, "open")]
    assert amounts(run) == [(0, 5000)]


def test_lists_as_explained_what_was_settled_by_hand(world: World) -> None:
    """WeChat Pay closed it, staff paid by other means: Saleor was told, the bill has nothing."""
    order = bought(world.shop)
    request = make.inspected(world.shop, order, {0: 1})
    world.run(minutes=1, wechat_pays=False)
    world.wechat.settle(f"{request['number']}-1-1", "CLOSED")
    world.run()
    make.settle(world.shop, request, note="in the shop")
    next_morning(world)

    run = compared(world.shop)

    assert differences(run) == [("settled_by_hand", f"{request['number']}-1", "explained")]
    assert amounts(run) == [(19900, 0)]
    (difference,) = Difference.objects.all()
    assert difference.explanation == "bank transfer 42 in the shop"
    assert order.transactions[0].refunded == 199


def test_may_be_repeated_as_often_as_one_likes(world: World) -> None:
    number = number_of(bought(world.shop))
    WechatPayment.objects.update(amount_fen=40000)
    next_morning(world)
    first = compared(world.shop)
    before = list(Difference.objects.values())

    again = compared(world.shop)

    assert again.pk == first.pk
    assert (again.payments, again.payments_fen) == (1, 41000)
    assert differences(again) == [("payment_amount_differs", number, "open")]
    (row,) = Difference.objects.values()
    assert row | {"turn": 1} == before[0]


def test_lets_a_difference_go_that_is_over(world: World) -> None:
    number = number_of(bought(world.shop))
    WechatPayment.objects.update(amount_fen=40000)
    next_morning(world)
    run = compared(world.shop)
    WechatPayment.objects.update(amount_fen=41000)

    compared(world.shop)
    assert differences(run) == [("payment_amount_differs", number, "gone")]

    WechatPayment.objects.update(amount_fen=40000)
    compared(world.shop)
    assert differences(run) == [("payment_amount_differs", number, "open")]


@pytest.mark.parametrize(
    "fault",
    [
        *("bill_creating", "bill_hash_wrong", "bill_cut", "bill_wrong_content"),
        *("bill_download_5xx", "bill_elsewhere", "connect_refused", "http_500"),
        *("timeout_before_accept", "unsigned"),
    ],
)
def test_survives(world: World, fault: str) -> None:
    make.inspected(world.shop, bought(world.shop), {0: 1})
    next_morning(world)
    world.wechat.faults.add(fault, 3)

    run = compared(world.shop, minutes=120)

    assert (differences(run), run.payments) == ([], 1)
    assert not OutboxMessage.objects.filter(done_at=None).exists()
    assert world.wechat.faults.take("GET", "/v3/bill/tradebill") == ""


def test_goes_on_without_the_bill_of_the_account_where_that_is_not_allowed(world: World) -> None:
    bought(world.shop)
    next_morning(world)

    with wired(world, before=Forbidding("GET fund bill")):
        run = compared(world.shop)

    assert (differences(run), run.payments) == ([], 1)
    assert run.remark == "the fund-flow bill is refused: NO_AUTH: "


def test_says_what_holds_it_up(world: World) -> None:
    next_morning(world)
    bought(world.shop)
    world.clock.forward(days=1)

    with wired(world, before=Forbidding("GET trade bill")):
        run = begin(world.shop.row, MCHID, DAY + timedelta(days=1), now=world.clock())
        world.wait(minutes=60)
    run.refresh_from_db()
    assert (run.status, run.latest_error) == ("due", "NO_AUTH: ")

    world.wait(minutes=15)
    run.refresh_from_db()
    assert (run.status, run.latest_error, run.payments) == ("done", "", 1)


def test_reads_saleor_again_when_it_is_back(world: World) -> None:
    bought(world.shop)
    next_morning(world)
    world.shop.saleor.faults.add("http_500", "transaction", times=3)

    run = compared(world.shop, minutes=60)

    assert differences(run) == []
    assert world.shop.saleor.faults.take(["transaction"]) is None


def test_says_that_saleor_will_not_tell(world: World) -> None:
    bought(world.shop)
    next_morning(world)

    with wired(world, before=refuse_to_tell):
        run = begin(world.shop.row, MCHID, DAY, now=world.clock())
        world.wait(minutes=30)
    run.refresh_from_db()
    assert (run.status, run.latest_error) == ("comparing", "GraphQLError: not now")

    world.run(minutes=15)
    run.refresh_from_db()
    assert (run.status, run.latest_error) == ("done", "")


def refuse_to_tell(call: str) -> httpx.Response | None:
    if call != "TransactionTotals":
        return None
    return httpx.Response(200, json={"data": None, "errors": [{"message": "not now"}]})


def test_waits_for_saleor_to_know_the_app_again(world: World) -> None:
    bought(world.shop)
    next_morning(world)
    world.shop.app.is_active = False
    run = begin(world.shop.row, MCHID, DAY, now=world.clock())
    world.run(minutes=5)
    run.refresh_from_db()
    assert (run.status, run.payments, run.latest_error) == ("comparing", 1, "")

    world.shop.app.is_active = True
    ask_refusing_shops()
    world.run()

    run.refresh_from_db()
    assert run.status == "done"


def test_has_nothing_where_a_bill_is_being_made_for_ever(world: World) -> None:
    """The documents leave open which answer a day without trade has."""
    next_morning(world)
    world.clock.forward(days=2)
    world.wechat.faults.add("bill_creating", 2)

    run = compared(world.shop)

    assert (differences(run), run.payments) == ([], 0)


def test_waits_for_a_bill_that_is_being_made_for_ever_where_we_know_of_trade(
    world: World,
) -> None:
    bought(world.shop)
    next_morning(world)
    world.clock.forward(days=2)
    world.wechat.faults.add("bill_creating", 2)

    run = begin(world.shop.row, MCHID, DAY, now=world.clock())
    world.run(minutes=20)
    run.refresh_from_db()
    assert run.status == "due"

    world.run(minutes=50)
    run.refresh_from_db()
    assert (run.status, run.payments) == ("done", 1)


def test_reads_as_many_transactions_as_the_day_had(world: World) -> None:
    for _ in range(12):
        bought(world.shop)
    next_morning(world)
    asked: list[str] = []

    with wired(world, before=asked.append):
        run = compared(world.shop)

    assert (run.payments, differences(run)) == (12, [])
    assert asked.count("TransactionTotals") == 12
