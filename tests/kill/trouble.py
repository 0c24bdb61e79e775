"""Stories in which money does not find its way by itself, or comes back."""

from __future__ import annotations

from saleor_wechat_returns.sandbox.saleor import PaidWith
from tests import make
from tests.kill.hands import (
    HOODIE_FEN,
    Check,
    closed_at_wechat,
    ends,
    inspected,
    number_of,
    refunded,
    settle,
    try_again,
)
from tests.kill.mortal import Mortal
from tests.usecases import cashier, dashboard
from tests.usecases.test_refund_by_hand import by_hand


def failure(mortal: Mortal) -> Check:
    world = mortal.world
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "CLOSED")
    return lambda: ends(mortal, order, request, paid=[0], is_refunded=False)


def retry(mortal: Mortal) -> Check:
    order, request = closed_at_wechat(mortal)
    try_again(mortal, request)
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN])


def settled_by_hand(mortal: Mortal) -> Check:
    order, request = closed_at_wechat(mortal)
    settle(mortal, request)
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN], by_wechat=0)


def settled_while_wechat_is_asked(mortal: Mortal) -> Check:
    """The payer's account refuses; staff ended it in the portal and paid by bank transfer."""
    world = mortal.world
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "ABNORMAL")
    world.run(minutes=2, wechat_pays=False)
    settle(mortal, request, abnormalIsOver=True)
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN], by_wechat=0)


def settled_with_one_of_the_portal(mortal: Mortal) -> Check:
    """Instead of ours, which the payer's account refused; Saleor still holds ours as pending."""
    world = mortal.world
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "ABNORMAL")
    world.run(minutes=2, wechat_pays=False)
    made = by_hand(world.shop, order, HOODIE_FEN)
    world.quiet()
    settle(mortal, request, reference=made.out_refund_no, abnormalIsOver=True)
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN])


def settled_without_a_payment(mortal: Mortal) -> Check:
    shop = mortal.world.shop
    order = shop.order()
    received = make.received(shop, order)
    elsewhere = "elsewhere"
    cashier.book_refund_made_elsewhere(shop, order.transactions[0], "709.70", elsewhere)
    mortal.world.quiet()
    request = inspected(mortal, order, {0: 1}, received=make.read(shop, received))
    settle(mortal, request)
    return lambda: ends(mortal, order, request, paid=[70970], by_wechat=0)


def sent_back_by_the_bank(mortal: Mortal) -> Check:
    order, request = refunded(mortal)
    mortal.world.wechat.settle(number_of(request), "CLOSED", reversed=True)
    return lambda: ends(mortal, order, request, paid=[0], is_refunded=False)


def paid_after_all(mortal: Mortal) -> Check:
    order, request = refunded(mortal)
    world = mortal.world
    world.wechat.settle(number_of(request), "ABNORMAL", reversed=True)
    world.run()
    world.wechat.settle(number_of(request), "SUCCESS")
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN])


def paid_when_saleor_has_just_heard_that_it_was_not(mortal: Mortal) -> Check:
    order, request = refunded(mortal)
    world = mortal.world
    world.shop.saleor.faults.add("timeout_after_accept", "transactionEventReport")
    world.wechat.settle(number_of(request), "ABNORMAL", reversed=True)
    world.quiet()
    world.wechat.settle(number_of(request), "SUCCESS")
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN])


def repair_of_a_grant(mortal: Mortal) -> Check:
    """Saleor's worker calls us an hour after we paid and told it out of band."""
    world = mortal.world
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.work()
    late = [d for d in world.shop.saleor.deliveries.pending() if d.event.startswith("TRANS")]
    for delivery in late:
        delivery.due_at = delivery.due_at.replace(year=9999)
    world.run(minutes=60)
    for delivery in late:
        delivery.due_at = world.clock.now
    world.deliver()  # were it lost again, the grant would have failed for good

    def check() -> None:
        assert order.granted_refunds[0].status == "SUCCESS"
        ends(mortal, order, request, paid=[HOODIE_FEN])

    return check


def refused_for_good(mortal: Mortal) -> Check:
    world = mortal.world
    order = world.shop.order()
    world.wechat.payments[order.transactions[0].psp_reference].total_fen -= 1
    request = make.inspected(world.shop, order)
    return lambda: ends(mortal, order, request, paid=[0], is_refunded=False)


def too_little_balance(mortal: Mortal) -> Check:
    """The merchant's balance is topped up after an hour."""
    world = mortal.world
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.wechat.faults.add("not_enough", times=3)
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN])


def payment_that_staff_recorded(mortal: Mortal) -> Check:
    order = mortal.world.shop.order(paid_with=[PaidWith(None, "cash")])
    request = inspected(mortal, order, {0: 1})
    mortal.work()
    settle(mortal, request)
    return lambda: ends(mortal, order, request, paid=[0])


def return_that_staff_recorded(mortal: Mortal) -> Check:
    """They have recorded the pieces in Saleor themselves, and paid by bank transfer."""
    world = mortal.world
    order = world.shop.order()
    request = make.inspected(world.shop, order, {0: 2})
    dashboard.return_pieces(world.shop, order, {0: 2})
    world.run()
    settle(mortal, request)
    return lambda: ends(mortal, order, request, paid=[2 * HOODIE_FEN], by_wechat=0)


def less_left_than_was_granted(mortal: Mortal) -> Check:
    """Staff go on with what is left; the rest is theirs to pay."""
    world = mortal.world
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add("http_500", "transactionRequestRefundForGrantedRefund")
    world.work()
    cashier.book_refund_made_elsewhere(world.shop, order.transactions[0], "600.00", "by hand")
    world.wait(minutes=2)
    try_again(mortal, request)
    paid, by_wechat = [70970], 10970
    return lambda: ends(mortal, order, request, paid=paid, by_wechat=by_wechat, is_refunded=False)
