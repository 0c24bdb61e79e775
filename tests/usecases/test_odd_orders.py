"""An order to which something happened in Saleor since …"""

from __future__ import annotations

from decimal import Decimal

from saleor_wechat_returns.models import ReturnableOrder, WechatMerchant
from saleor_wechat_returns.sandbox.saleor import PaidWith
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.usecases import dashboard, payer
from tests.usecases.paid_once import assert_money_moved_once, assert_paid_once, assert_settled
from tests.world import HOODIE, World


def test_whose_variant_was_deleted_comes_back_as_ever(world: World) -> None:
    """EC15: the line keeps its names and its price."""
    order = world.shop.order()
    for line in order.lines:
        line.variant = None
        line.product_sku = None

    request = make.inspected(world.shop, order)
    world.run()

    assert request["lines"][0]["orderLineId"] == order.lines[0].id
    assert_paid_once(world.shop, order, request, 19900)


def test_whose_variant_is_deleted_midway_comes_back_as_ever(world: World) -> None:
    """EC15."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    for line in order.lines:
        line.variant = None

    world.run()

    assert_paid_once(world.shop, order, request, 19900)


def test_whose_channel_got_another_slug_is_paid_by_the_merchant_of_that_slug(world: World) -> None:
    """EC65: credentials are kept by slug, and the operator moves them with it."""
    order = world.shop.order()
    world.shop.as_li(make.RETURNABLE, order=order.id)
    order.channel_slug = "cn-2027"
    WechatMerchant.objects.filter(shop=world.shop.row).update(channel="cn-2027")

    request = make.inspected(world.shop, order)
    world.run()

    assert ReturnableOrder.objects.get().channel == "cn-2027"
    assert_paid_once(world.shop, order, request, 19900)


def test_whose_account_is_merged_into_another_stays_with_the_return(world: World) -> None:
    """EC57: the order is the other account's now; the return is whose it was."""
    order = world.shop.order()
    request = make.requested(world.shop, order)
    order.user = world.shop.wang

    seen = world.shop.as_li(make.READ, id=request["id"]).data["returnRequest"]
    again = world.shop.as_li(make.CREATE, input=make.wanted(order), key=make.key())
    by_wang = world.shop.as_wang(make.CREATE, input=make.wanted(order), key=make.key())

    assert seen["number"] == request["number"]
    assert again.refusals == [("NOT_FOUND", "orderId")]
    assert by_wang.request["status"] == "REQUESTED"


def test_that_was_canceled_is_refunded_without_a_return_in_saleor(world: World) -> None:
    """EC10: Saleor takes no return on it any more, but the money is owed."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    order.status = "CANCELED"

    world.run()

    assert [f for f in order.fulfillments if f.status == "RETURNED"] == []
    assert order.transactions[0].refunded == 199
    assert_settled(world.shop, request)


def test_that_replaces_a_piece_and_was_paid_for_comes_back_by_its_own_payment(
    world: World,
) -> None:
    """EC14: for a dearer piece, say; the first order's payment has nothing to do with it."""
    shop = world.shop
    first = shop.order([HOODIE])
    dashboard.return_pieces(shop, first, {0: 1}, replace=True)
    replacement = shop.saleor.world.orders[-1]
    replacement.status, replacement.shipping_price = "UNFULFILLED", Decimal(0)
    payer.pay(shop, payer.begin(shop, replacement.id))
    world.quiet()
    dashboard.ship(shop, replacement, {0: 1})

    request = make.inspected(shop, replacement)
    world.run(minutes=45)

    assert_paid_once(shop, replacement, request, 19900)
    assert shop.world.wechat.refunded_fen(first.transactions[0].psp_reference) == 0
    answer = shop.as_li(make.RETURNABLE, order=first.id).data["returnableLines"][0]
    assert answer["returnableQuantity"] == 1


def test_that_was_a_pre_order_gives_deposit_and_balance_back_before_it_is_sent(
    world: World,
) -> None:
    """EC17: months before it is there, for any reason and without a parcel."""
    shop = world.shop
    paid = [PaidWith(IDENTIFIER, "420000000020260001", "100.00"), PaidWith(IDENTIFIER, "4200002")]
    order = shop.order([HOODIE], shipping="0.00", fulfilled=None, paid_with=paid)
    deposit, balance = order.transactions
    world.clock.forward(days=90)

    request = make.requested(shop, order, {0: 2}, kind="REFUND_ONLY", reason="no_reason_seven_days")
    shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])
    world.run()

    assert_money_moved_once(shop, balance, 29800)
    assert_money_moved_once(shop, deposit, 10000)
    assert_settled(shop, request)
