"""An order to which something happened in Saleor since …"""

from __future__ import annotations

from saleor_wechat_returns.models import ReturnableOrder, WechatMerchant
from tests import make
from tests.usecases.paid_once import assert_paid_once, assert_settled
from tests.world import World


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
