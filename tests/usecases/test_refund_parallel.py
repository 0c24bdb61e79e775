"""However many hands are at it at once …"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

from saleor_wechat_returns.models import SaleorRefundRequest, WechatRefund
from tests import make
from tests.usecases.paid_once import assert_paid_once, assert_settled
from tests.usecases.together import together
from tests.webhooks.saleor_posts import changed, latest_webhook, post
from tests.webhooks.wechat_posts import post_notice, refund_accepted
from tests.world import World


@pytest.mark.parametrize("round_", range(3))
def test_requested_noticed_and_polled_together_is_paid_once(world: World, round_: int) -> None:
    order, request, number = refund_accepted(world.shop)
    webhook = latest_webhook(world.shop)
    world.notices_get_lost = True
    world.wechat.settle(number)
    notices = [world.wechat.make_notification(number) for _ in range(2)]
    world.clock.forward(minutes=2)  # the poll is due
    fresh = [(world.wechat.sign(body), body) for _, body in notices]

    hands: list[Callable[[], object]] = [
        *(partial(post_notice, world.shop, notice) for notice in fresh),
        *(partial(post, world.shop, changed(webhook, "version", str(n))) for n in range(2)),
        *[world.work] * 3,
    ]
    together(hands)
    world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)
    assert SaleorRefundRequest.objects.count() == WechatRefund.objects.count() == 1


@pytest.mark.parametrize("seed", range(10))
def test_requested_noticed_and_polled_in_any_order_is_paid_once(world: World, seed: int) -> None:
    order, request, number = refund_accepted(world.shop)
    webhook = latest_webhook(world.shop)
    world.notices_get_lost = True

    def settle() -> None:
        world.wechat.advance()

    def notice() -> None:
        post_notice(world.shop, world.wechat.make_notification(number))

    def request_again() -> None:
        post(world.shop, changed(webhook, "version", str(world.clock.now)))

    def wait() -> None:
        world.clock.forward(seconds=70)

    events = [settle, *[notice, request_again, wait, world.work, world.deliver] * 3]
    random.Random(seed).shuffle(events)
    for event in events:
        event()
    world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)
    assert SaleorRefundRequest.objects.count() == WechatRefund.objects.count() == 1


def test_many_workers_pay_two_returns_each_of_three_orders_once(world: World) -> None:
    orders = [world.shop.order() for _ in range(3)]
    requests = [make.inspected(world.shop, order, {at: 1}) for order in orders for at in (0, 1)]

    for _ in range(20):
        world.deliver()
        together([world.work] * 4)
        world.wechat.advance()
        world.clock.forward(seconds=10)

    for order in orders:
        assert world.wechat.refunded_fen(order.transactions[0].psp_reference) == 29890
        assert order.transactions[0].refunded == Decimal("298.90")
        assert len([f for f in order.fulfillments if f.status == "RETURNED"]) == 2
        assert [grant.status for grant in order.granted_refunds] == ["SUCCESS"] * 2
    for request in requests:
        assert_settled(world.shop, request)
    assert [c.method for c in world.wechat.calls].count("POST") == len(requests)


def test_two_shops_with_one_merchant_never_mix(world: World) -> None:
    shops = (world.shop, world.other_shop)
    orders = [shop.order() for shop in shops]
    assert orders[0].number == orders[1].number

    requests = [make.inspected(shop, order) for shop, order in zip(shops, orders, strict=True)]
    for _ in range(30):
        together([world.deliver, world.deliver, world.work, world.work])
        world.wechat.advance()
        world.clock.forward(seconds=10)

    assert orders[0].granted_refunds[0].id == orders[1].granted_refunds[0].id
    for shop, order, request in zip(shops, orders, requests, strict=True):
        assert_paid_once(shop, order, request, 19900)
    attempts = WechatRefund.objects.order_by("created_at").select_related("refund__request")
    assert {(a.shop_id, a.out_refund_no) for a in attempts} == {
        (shop.row.pk, f"{request['number']}-1-1")
        for shop, request in zip(shops, requests, strict=True)
    }
