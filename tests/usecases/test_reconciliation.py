"""A day's reconciliation (EC39, EC66) …"""

from __future__ import annotations

from datetime import timedelta

from saleor_wechat_returns.models import (
    Difference,
    OutboxMessage,
    ShippingInfo,
    WechatPayment,
    WechatRefund,
)
from tests import make
from tests.usecases import cashier, payer
from tests.usecases.reconciling import (
    DAY,
    amounts,
    bought,
    compared,
    differences,
    next_morning,
    number_of,
)
from tests.usecases.test_refund_by_hand import by_hand, failed
from tests.usecases.wires import Refusing, wired
from tests.world import MCHID, SHIRT, World


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
    ShippingInfo.objects.all().delete()
    WechatPayment.objects.all().delete()
    OutboxMessage.objects.all().delete()
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


def test_counts_once_what_was_settled_with_a_refund_made_by_hand(world: World) -> None:
    """Staff named the portal's refund before its notice came. More is booked in Saleor alone."""
    order = bought(world.shop)
    (transaction,) = order.transactions
    request = failed(world, order)
    made = by_hand(world.shop, order, 19900)
    make.settle(world.shop, request, reference=made.out_refund_no)
    world.run()
    cashier.book_refund_made_elsewhere(world.shop, transaction, "50.00", "cash")
    next_morning(world)

    run = compared(world.shop)

    assert ("saleor_refunded_more", transaction.id, "open") in differences(run)
    assert (19900, 24900) in amounts(run)


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


def test_reads_as_many_transactions_as_the_day_had(world: World) -> None:
    for _ in range(12):
        bought(world.shop)
    next_morning(world)
    asked: list[str] = []

    with wired(world, before=asked.append):
        run = compared(world.shop)

    assert (run.payments, differences(run)) == (12, [])
    assert asked.count("TransactionTotals") == 12
