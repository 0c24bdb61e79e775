"""While a shop's Saleor does not know our app (deleted, deactivated, its token taken away) …"""

from __future__ import annotations

from io import StringIO

import httpx
import pytest
from django.core.management import call_command

from saleor_wechat_returns.models import OutboxMessage, ShopApp
from saleor_wechat_returns.models.refunds import WechatRefundStatus
from saleor_wechat_returns.tasks import ask_shops, poll_orders
from tests import make
from tests.usecases.paid_once import assert_money_moved_once, assert_paid_once
from tests.usecases.transports import answering
from tests.usecases.unchanged import nothing_changes
from tests.world import TestShop, World


def app_of(shop: TestShop) -> ShopApp:
    return ShopApp.objects.get(shop=shop.row, is_current=True)


def deactivated(world: World) -> None:
    """… and one call has found out."""
    world.shop.app.is_active = False
    world.shop.as_li(make.RETURNABLE, order=world.shop.order().id)
    assert app_of(world.shop).refused_at == world.clock.now


def test_it_is_asked_once_and_then_left_alone(world: World) -> None:
    shop = world.shop
    make.inspected(shop, shop.order())
    shop.app.is_active = False
    before = [call.field for call in shop.saleor.calls]

    world.wait(minutes=60)

    assert [call.field for call in shop.saleor.calls][len(before) :] == ["order", "app", "shop"]
    assert app_of(shop).refused_at is not None


def test_customers_hear_that_orders_cannot_be_read(world: World) -> None:
    shop = world.shop
    order = shop.order()
    shop.app.is_active = False

    for _ in range(2):
        answer = shop.as_li(make.CREATE, input=make.wanted(order), key=make.key())
        assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]

    with nothing_changes(world):
        shop.as_li(make.CREATE, input=make.wanted(order), key=make.key())


def test_staff_go_on_with_what_needs_no_saleor(world: World) -> None:
    shop = world.shop
    order = shop.order()
    request = make.requested(shop, order)
    deactivated(world)

    answer = shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])

    assert answer.request["status"] == "APPROVED"


def test_another_shop_is_not_touched(world: World) -> None:
    deactivated(world)
    other = world.other_shop
    order = other.order()

    request = make.inspected(other, order)
    world.run()

    assert app_of(other).refused_at is None
    assert_paid_once(other, order, request, 19900)


def test_wechat_pay_pays_and_settles_all_the_same(world: World) -> None:
    """The webhook came, the app went: the customer gets the money, and Saleor hears of it later."""
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    world.work()
    shop.saleor.deliver_due()
    attempt = make.read(shop, request)["refunds"]
    assert [refund["status"] for refund in attempt] == ["PAYING"]

    shop.app.is_active = False
    world.run(minutes=60)

    done = make.read(shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    assert world.wechat.refunded_fen(order.transactions[0].psp_reference) == 19900
    waiting = OutboxMessage.objects.filter(done_at=None).order_by("topic")
    assert [message.topic for message in waiting] == ["order.read", "refund.report"]
    assert order.transactions[0].refunded == 0

    shop.app.is_active = True
    ask_shops()
    world.run()
    assert_money_moved_once(shop, order.transactions[0], 19900)


def test_lost_notices_are_made_up_for_by_queries(world: World) -> None:
    shop = world.shop
    world.notices_get_lost = True
    order = shop.order()
    request = make.inspected(shop, order)
    world.work()
    shop.saleor.deliver_due()
    shop.app.is_active = False

    world.run(minutes=60)

    assert make.read(shop, request)["status"] == "REFUNDED"
    assert [r.status for r in world.wechat.refunds] == [WechatRefundStatus.SUCCESS.upper()]


def test_the_clock_notices_when_it_is_active_again(world: World) -> None:
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    shop.app.is_active = False
    world.quiet()
    ask_shops()
    assert app_of(shop).refused_at is not None

    shop.app.is_active = True
    ask_shops()

    assert app_of(shop).refused_at is None
    due = OutboxMessage.objects.get(done_at=None).due_at
    assert due == world.clock.now
    world.run()
    assert_paid_once(shop, order, request, 19900)


def test_a_reinstallation_goes_on_at_once(world: World) -> None:
    """EC56."""
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    shop.saleor.uninstall_app(shop.app)
    world.quiet()

    shop.install()

    assert OutboxMessage.objects.get(done_at=None).due_at == world.clock.now
    world.run()
    assert_paid_once(shop, order, request, 19900)


def test_what_waits_for_something_else_is_not_brought_forward(world: World) -> None:
    shop = world.shop
    make.inspected(shop, shop.order())
    shop.saleor.faults.add("timeout_before", "order")
    world.quiet()
    waiting = OutboxMessage.objects.get(done_at=None)
    assert waiting.due_at > world.clock.now

    shop.saleor.uninstall_app(shop.app)
    shop.install()

    assert OutboxMessage.objects.get(done_at=None).due_at == waiting.due_at


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after_accept", "http_500"])
def test_it_is_not_believed_while_saleor_cannot_say_so(world: World, fault: str) -> None:
    """A denied call and no answer to "who am I?": that proves nothing yet."""
    shop = world.shop
    make.inspected(shop, shop.order())
    shop.app.is_active = False
    shop.saleor.faults.add(fault, "app")

    world.work()

    assert app_of(shop).refused_at is None
    message = OutboxMessage.objects.get(done_at=None)
    assert message.latest_error.startswith("PermissionDenied: ")
    world.wait(minutes=2)
    assert app_of(shop).refused_at is not None


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after_accept", "http_500"])
def test_it_stays_refused_while_saleor_is_away(world: World, fault: str) -> None:
    deactivated(world)
    world.shop.app.is_active = True
    world.shop.saleor.faults.add(fault, "app")

    ask_shops()
    assert app_of(world.shop).refused_at is not None

    ask_shops()
    assert app_of(world.shop).refused_at is None


def test_a_permission_taken_away_is_no_refusal_of_the_app(world: World) -> None:
    """EC56: only the call is denied: staff are told after some tries, and nothing is paused."""
    shop = world.shop
    request = make.inspected(shop, shop.order())
    shop.app.permissions = frozenset({"HANDLE_PAYMENTS"})

    world.wait(minutes=30)

    assert app_of(shop).refused_at is None
    ((kind, detail),) = make.tasks(shop, request)
    assert (kind, detail.split(":")[1]) == ("STUCK", " PermissionDenied")
    shop.app.permissions |= {"MANAGE_ORDERS"}
    world.run(minutes=20)
    assert make.read(shop, request)["status"] == "REFUNDED"


def test_an_order_that_is_shown_no_longer_is_a_reason_to_ask(world: World) -> None:
    shop = world.shop
    order = shop.order()
    make.requested(shop, order)
    shop.saleor.world.orders.remove(order)
    before = len(shop.saleor.calls_of("app"))

    poll_orders()
    world.quiet()

    assert len(shop.saleor.calls_of("app")) == before + 1
    assert app_of(shop).refused_at is None


def test_a_token_that_was_taken_away_is_refused_as_well(world: World) -> None:
    """EC56: staff made another token and removed ours; a reinstallation gives us one."""
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    shop.app.auth_token = "made-by-staff-and-unknown-to-us"
    world.quiet()
    assert app_of(shop).refused_at is not None

    shop.saleor.uninstall_app(shop.app)
    shop.install()
    world.run()

    assert_paid_once(shop, order, request, 19900)


def test_a_shop_closed_to_storefronts_counts_nobody_out_alike(world: World) -> None:
    shop = world.shop
    order = shop.order()
    denied = {"exception": {"code": "STOREFRONT_TRAFFIC_NOT_ALLOWED"}}
    page = {"errors": [{"message": "no", "extensions": denied}], "data": None}

    with answering(shop, httpx.Response(200, json=page)):
        answer = shop.as_li(make.CREATE, input=make.wanted(order), key=make.key())

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]
    assert app_of(shop).refused_at == world.clock.now


def test_the_list_of_shops_says_since_when(world: World) -> None:
    deactivated(world)
    world.clock.forward(hours=1)
    said = StringIO()

    call_command("shops", stdout=said)

    first, second = [line for line in said.getvalue().splitlines() if "graphql" in line]
    assert first.endswith("  refused by Saleor since 2026-11-23 02:00 UTC: see docs/runbook.md")
    assert second.endswith("  ok")
