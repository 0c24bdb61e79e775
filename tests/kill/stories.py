"""Every way that money of a refund goes, and what goes beside it, told to processes that die.

A story brings its order to where it begins, lets staff or WeChat Pay do their part, and returns
what must be true in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from saleor_wechat_returns.models import OutboxMessage, StaffTask
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.kill import beside, couriers, trouble, unordered
from tests.kill.hands import HOODIE_FEN, Check, ends, inspected, paid_in_parts, status
from tests.kill.mortal import Mortal
from tests.usecases import dashboard, payer
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.test_refund_by_hand import by_hand
from tests.usecases.test_refund_by_hand_searched import assert_kept, bought, refund_in_portal
from tests.world import HOODIE, SHIRT

GIFT = replace(SHIRT, sku="GIFT", unit_price="0.00")
STRIPE = "saleor.app.payment.stripe"

Story = Callable[[Mortal], Check]


def return_of_a_hoodie(mortal: Mortal) -> Check:
    order = mortal.world.shop.order()
    request = inspected(mortal, order, {0: 1})
    return lambda: assert_paid_once(mortal.world.shop, order, request, HOODIE_FEN)


def notices_get_lost(mortal: Mortal) -> Check:
    mortal.world.notices_get_lost = True
    return return_of_a_hoodie(mortal)


def money_for_what_was_not_sent(mortal: Mortal) -> Check:
    shop = mortal.world.shop
    order = shop.order([HOODIE], fulfilled={HOODIE.sku: 1}, shipping="0.00")
    request = make.requested(shop, order, {0: 1}, kind="REFUND_ONLY")
    mortal.insist(
        lambda: shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"]),
        lambda: status(mortal, request) != "REQUESTED",
    )
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN])


def money_by_an_offer(mortal: Mortal) -> Check:
    """The customer keeps the hoodie, and taps until the answer comes: always the same tap."""
    shop = mortal.world.shop
    order = shop.order([HOODIE], shipping="0.00")
    request = make.offered(shop, order)
    mortal.insist(
        lambda: make.accept(shop, request, key="accepted"),
        lambda: status(mortal, request) != "AWAITING_CUSTOMER",
    )
    return lambda: ends(mortal, order, request, paid=[3000], returned=0)


def money_by_an_appeal(mortal: Mortal) -> Check:
    shop = mortal.world.shop
    order = shop.order([HOODIE], fulfilled={HOODIE.sku: 1}, shipping="0.00")
    rejected = make.rejected(shop, order, {0: 1}, kind="REFUND_ONLY")
    request = make.appeal(shop, rejected).request
    mortal.insist(
        lambda: make.resolve(shop, request, granted=True),
        lambda: status(mortal, request) != "APPEALED",
    )
    return lambda: ends(mortal, order, request, paid=[HOODIE_FEN])


def nothing_owed(mortal: Mortal) -> Check:
    """The piece was free: the return is recorded, and no money moves."""
    order = mortal.world.shop.order([HOODIE, GIFT])
    request = inspected(mortal, order, {1: 1})
    return lambda: ends(mortal, order, request, paid=[0])


def several_payments(mortal: Mortal) -> Check:
    order = paid_in_parts(mortal, IDENTIFIER, IDENTIFIER)
    request = inspected(mortal, order, {0: 2, 1: 1})
    return lambda: ends(mortal, order, request, paid=[8820, 40970])


def another_apps_payment(mortal: Mortal) -> Check:
    mortal.world.shop.saleor.add_payment_app(STRIPE)
    order = paid_in_parts(mortal, IDENTIFIER, STRIPE)
    request = inspected(mortal, order, {0: 2, 1: 1})
    return lambda: ends(mortal, order, request, paid=[8820, 40970], by_wechat=8820)


def refund_of_the_dashboard(mortal: Mortal) -> Check:
    """Nobody resumes a plain one that Saleor lost: staff click again when nothing is pending."""
    shop = mortal.world.shop
    order = shop.order()
    (payment,) = order.transactions
    while not payment.refunded:
        dashboard.refund_by_hand(shop, payment, "50.00")
        mortal.work()
    return lambda: ends(mortal, order, None, paid=[5000])


def refund_of_the_portal(mortal: Mortal) -> Check:
    shop = mortal.world.shop
    order = shop.order()
    shop.as_li(make.RETURNABLE, order=order.id)
    by_hand(shop, order, 5000)
    return lambda: ends(mortal, order, None, paid=[5000])


def refund_of_the_portal_of_an_unknown_order(mortal: Mortal) -> Check:
    shop = mortal.world.shop
    (payment,) = bought(shop).transactions
    refund_in_portal(shop, payment)
    return lambda: assert_kept(shop, payment)


def payment(mortal: Mortal) -> Check:
    """Not of a refund, but its effects stand beside those that are."""
    shop = mortal.world.shop
    checkout = payer.fill(shop)
    begun = mortal.begin(lambda: payer.begin(shop, checkout, payer.TOTAL, key="the same"))
    number = payer.pay(shop, begun)

    def check() -> None:
        events = ["CHARGE_ACTION_REQUIRED", "CHARGE_SUCCESS"]
        assert payer.booked(shop, begun) == (number, payer.TOTAL, events)
        assert payer.row_of(begun).reported_at is not None
        assert not StaffTask.objects.exists()
        assert not OutboxMessage.objects.filter(done_at=None).exists()

    return check


STORIES: dict[str, Story] = {
    "return of a hoodie": return_of_a_hoodie,
    "notices get lost": notices_get_lost,
    "money for what was not sent": money_for_what_was_not_sent,
    "money by an offer": money_by_an_offer,
    "money by an appeal": money_by_an_appeal,
    "nothing owed": nothing_owed,
    "several payments": several_payments,
    "another app's payment": another_apps_payment,
    "refund of the Dashboard": refund_of_the_dashboard,
    "refund of the portal": refund_of_the_portal,
    "refund of the portal, order unknown": refund_of_the_portal_of_an_unknown_order,
    "paid, and ordered for the customer": unordered.ordered_for_the_customer,
    "paid, and sold out": unordered.sold_out,
    "paid, and ordered in the last moment": unordered.ordered_in_the_last_moment,
    "paid, and refunded in the portal": unordered.refunded_in_the_portal,
    "paid, and refunded by Saleor": unordered.refunded_by_saleor,
    "paid, and settled by hand": unordered.settled_by_hand,
    "paid, given back, and sent back by the bank": unordered.sent_back_by_the_bank,
    "failure": trouble.failure,
    "retry": trouble.retry,
    "settled by hand": trouble.settled_by_hand,
    "settled while WeChat is asked": trouble.settled_while_wechat_is_asked,
    "settled with one of the portal": trouble.settled_with_one_of_the_portal,
    "settled without a payment": trouble.settled_without_a_payment,
    "sent back by the bank": trouble.sent_back_by_the_bank,
    "paid after all": trouble.paid_after_all,
    "paid when Saleor has just heard that it was not": (
        trouble.paid_when_saleor_has_just_heard_that_it_was_not
    ),
    "repair of a grant": trouble.repair_of_a_grant,
    "refused for good": trouble.refused_for_good,
    "too little balance": trouble.too_little_balance,
    "payment that staff recorded": trouble.payment_that_staff_recorded,
    "return that staff recorded": trouble.return_that_staff_recorded,
    "less left than was granted": trouble.less_left_than_was_granted,
    "payment": payment,
    "agreed to less": beside.agreed_to_less,
    "into stock, and sold meanwhile": beside.sold_meanwhile,
    "shown on the order": beside.shown_on_the_order,
    "a courier comes": couriers.comes,
    "a courier does not come": couriers.does_not_come,
}
