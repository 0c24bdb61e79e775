"""The merchant removes the app in the middle of a refund, and installs it again an hour later."""

from __future__ import annotations

import pytest

from saleor_wechat_returns.models import OutboxMessage, Refund, Shop, ShopApp
from saleor_wechat_returns.tasks import ask_shops
from tests import make
from tests.usecases.paid_once import assert_paid_once
from tests.webhooks.saleor_posts import REFUND_REQUESTED
from tests.world import World

STAGES = {
    "owed": None,
    "returned, and we did not hear it": "orderFulfillmentReturnProducts",
    "granted, and we did not hear it": "orderGrantRefundCreate",
    "requested, and we did not hear it": "transactionRequestRefundForGrantedRefund",
    "reported, and we did not hear it": "transactionEventReport",
}
# Saleor does not say who recorded a return once that app was removed: staff must.
NOBODYS = "returned, and we did not hear it"


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != NOBODYS])
def test_the_refund_still_completes_once(world: World, stage: str) -> None:
    """EC56."""
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    if field := STAGES[stage]:
        shop.saleor.faults.add("timeout_after_accept", field)
        while not shop.saleor.calls_of(field):
            world.quiet()
            world.wechat.advance()
    former = shop.app

    shop.saleor.uninstall_app(former)
    world.wait(minutes=60)
    shop.install()
    world.run(minutes=30)

    assert Shop.objects.filter(api_url=shop.saleor.world.api_url).count() == 1
    apps = ShopApp.objects.filter(shop=shop.row).order_by("created_at")
    assert [app.app_id for app in apps] == [former.id, shop.app.id]
    assert_paid_once(shop, order, request, 19900)


def test_a_return_that_became_nobodys_is_adopted_by_staff(world: World) -> None:
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    shop.saleor.faults.add("timeout_after_accept", "orderFulfillmentReturnProducts")
    world.quiet()

    shop.saleor.uninstall_app(shop.app)
    shop.install()
    world.wait(minutes=3)
    ((kind, detail),) = make.tasks(shop, request)
    make.retry(shop, request, adopt=True)
    world.run(minutes=30)

    assert kind == "RETURN_NOT_RECORDED"
    assert detail.startswith("RETURN_WITHOUT_MAKER: somebody has returned these pieces already")
    assert len(shop.saleor.calls_of("orderFulfillmentReturnProducts")) == 1
    assert_paid_once(shop, order, request, 19900)


def test_the_webhook_on_its_way_to_the_former_app_is_still_answered(world: World) -> None:
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    world.work()
    assert len(shop.saleor.delivered(REFUND_REQUESTED)) == 1

    shop.saleor.uninstall_app(shop.app)
    shop.install()
    world.run()

    assert len(shop.saleor.delivered(REFUND_REQUESTED)) == 1
    assert_paid_once(shop, order, request, 19900)


@pytest.mark.parametrize("stage", STAGES)
def test_days_later_it_completes_once_as_well(world: World, stage: str) -> None:
    """EC56: as above, but the app is deactivated for three days, and activated again."""
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    if field := STAGES[stage]:
        shop.saleor.faults.add("timeout_after_accept", field)
        while not shop.saleor.calls_of(field):
            world.quiet()
            world.wechat.advance()

    shop.app.is_active = False
    for _ in range(3):
        world.wait(minutes=5)
        world.clock.forward(days=1)
    shop.app.is_active = True
    ask_shops()
    world.run(minutes=30)

    assert_paid_once(shop, order, request, 19900)


def test_meanwhile_its_work_waits_and_alarms_nobody(world: World) -> None:
    shop = world.shop
    request = make.inspected(shop, shop.order())
    shop.saleor.uninstall_app(shop.app)

    world.wait(minutes=120)
    world.clock.forward(days=3)
    world.wait(minutes=30)

    assert make.tasks(shop, request) == []
    message = OutboxMessage.objects.get(done_at=None)
    assert (message.topic, message.attempts, message.lease) == ("refund.record_return", 0, None)
    assert message.latest_error == (
        "paused: Saleor no longer knows our app: it was deleted or deactivated there"
    )
    assert Refund.objects.get().running
