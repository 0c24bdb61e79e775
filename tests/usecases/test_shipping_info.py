"""WeChat is told of what went out for a payment (发货信息管理) …"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
import structlog
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from saleor_wechat_returns import tasks as clock_tasks
from saleor_wechat_returns.models import (
    OutboxMessage,
    ShippingInfo,
    StaffTask,
    WechatMiniProgram,
    WechatPayment,
)
from saleor_wechat_returns.usecases.shipping_looks import TELL, look_at_shipping
from tests.plans import copies, read_whole
from tests.usecases import cashier, dashboard, payer
from tests.usecases.wires import nothing, wired
from tests.world import APPID, HOODIE, SHIRT, TestShop, World

UPLOAD, GET = "/wxa/sec/order/upload_shipping_info", "/wxa/sec/order/get_order"
YTO, JT, SF = "YT1234567890123", "JT1234567890123", "SF1234567890123"
SEEN = """query($order: ID!) { returnShippingInfo(orderId: $order) {
  paymentNumber status statusLabel orderState orderStateLabel parcelsTold isCorrected
  uploadedAt settlesAt settledAt trouble } }"""
SWITCH = """mutation($on: Boolean!) {
  returnShippingInfoSwitch(isOn: $on) { isOn errors { field code message lines } } }"""


def bought(shop: TestShop, lines: list[Any] | None = None, amounts: tuple[str, ...] = ()) -> Any:
    """Li has paid for an order, in one payment or in several."""
    checkout = payer.fill(shop, lines or [HOODIE])
    for amount in amounts or (None,):
        payer.pay(shop, payer.begin(shop, checkout, amount))
    shop.world.quiet()
    order = shop.saleor.shopper(shop.li).complete(checkout)
    shop.world.quiet()
    return order


def later(world: World, **by: float) -> None:
    world.clock.forward(**(by or {"minutes": 10}))
    world.quiet()


def shipped(shop: TestShop, tracking: str = YTO, lines: list[Any] | None = None) -> Any:
    """… and all of it has gone out in one parcel, some minutes ago."""
    order = bought(shop, lines)
    quantities = {at: line.quantity for at, line in enumerate(order.lines)}
    dashboard.ship(shop, order, quantities, tracking)
    shop.world.quiet()
    later(shop.world)
    return order


def uploads(world: World) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in world.mini.calls if call.path == UPLOAD]


def asked(world: World) -> int:
    return sum(call.path == GET for call in world.mini.calls)


def numbers(upload: dict[str, Any]) -> list[tuple[str, str]]:
    return [(p["express_company"], p["tracking_no"]) for p in upload["shipping_list"]]


def seen(shop: TestShop, order: Any) -> dict[str, Any]:
    (row,) = shop.as_clerk(SEEN, order=order.id).data["returnShippingInfo"]
    return dict(row)


def tasks() -> list[tuple[str, str]]:
    rows = StaffTask.objects.filter(closed_at=None).order_by("id")
    return list(rows.values_list("kind", "detail"))


def told_there(world: World, payment: WechatPayment) -> Any:
    return world.mini.shipping.told[payment.wechat_transaction_id]


def test_ten_minutes_after_it_went_out(world: World) -> None:
    order = bought(world.shop)
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()
    assert uploads(world) == []

    later(world)

    payment = WechatPayment.objects.get()
    (upload,) = uploads(world)
    assert upload == {
        "order_key": {
            "order_number_type": 2,
            "transaction_id": payment.wechat_transaction_id,
        },
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [
            {"item_desc": "连帽卫衣 Hoodie*2", "tracking_no": YTO, "express_company": "YTO"}
        ],
        "upload_time": "2026-11-23T10:10:00.000+08:00",
        "payer": {"openid": "openid-of-li"},
    }
    row = seen(world.shop, order)
    assert (row["paymentNumber"], row["status"]) == (payment.out_trade_no, "TOLD")
    assert (row["statusLabel"], row["parcelsTold"], row["trouble"]) == ("已上传", 1, "")


def test_with_the_receivers_phone_masked_where_it_is_sf(world: World) -> None:
    with structlog.testing.capture_logs() as logs:
        shipped(world.shop, SF)

    ((parcel,),) = [upload["shipping_list"] for upload in uploads(world)]
    assert (parcel["express_company"], parcel["contact"]) == (
        "SF",
        {"receiver_contact": "138****8000"},
    )
    for secret in ("13800138000", SF, "openid-of-li"):
        assert secret not in str(logs)
        assert secret not in str(list(ShippingInfo.objects.values()))


def test_once_for_several_edits(world: World) -> None:
    order = bought(world.shop)
    dashboard.ship(world.shop, order, {0: 2}, "YT0000000000000")
    world.quiet()
    later(world, minutes=4)
    dashboard.change_tracking(world.shop, order.fulfillments[0], YTO)
    world.quiet()

    later(world)

    assert [numbers(upload) for upload in uploads(world)] == [[("YTO", YTO)]]


def test_by_every_payment_of_the_order(world: World) -> None:
    """Deposit and balance: WeChat holds the money of both."""
    order = bought(world.shop, amounts=("100.00", "310.00"))
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()

    later(world)

    told = {upload["order_key"]["transaction_id"] for upload in uploads(world)}
    paid = set(WechatPayment.objects.values_list("wechat_transaction_id", flat=True))
    assert (len(paid), told) == (2, paid)


def test_in_parts_until_all_of_it_is_out(world: World) -> None:
    order = bought(world.shop, [HOODIE, SHIRT])
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()
    later(world)
    part = seen(world.shop, order)
    dashboard.ship(world.shop, order, {1: 3}, JT)
    world.quiet()

    later(world)

    parts = [(u["delivery_mode"], u["is_all_delivered"], len(numbers(u))) for u in uploads(world)]
    assert parts == [(2, False, 1), (2, True, 2)]
    assert (part["status"], part["statusLabel"]) == ("PARTLY", "部分包裹已上传")
    row = seen(world.shop, order)
    assert (row["status"], row["parcelsTold"], row["isCorrected"]) == ("TOLD", 2, False)


def test_of_one_parcel_from_two_warehouses_once(world: World) -> None:
    order = bought(world.shop, [HOODIE, SHIRT])
    for line, pieces in ((0, 2), (1, 3)):
        dashboard.ship(world.shop, order, {line: pieces}, YTO)
    world.quiet()

    later(world)

    ((parcel,),) = [upload["shipping_list"] for upload in uploads(world)]
    assert parcel["item_desc"] == "连帽卫衣 Hoodie*2;T恤 T-shirt*3"


def test_corrected_once(world: World) -> None:
    order = shipped(world.shop)
    for number in ("YT1111111111111", "YT2222222222222"):
        dashboard.change_tracking(world.shop, order.fulfillments[0], number)
        world.quiet()
        later(world)

    sent = [numbers(upload) for upload in uploads(world)]
    assert sent == [[("YTO", YTO)], [("YTO", "YT1111111111111")]]
    why = "10060003: WeChat takes one correction, and had it"
    assert tasks() == [("shipping_info_refused", why)]
    row = seen(world.shop, order)
    assert (row["status"], row["isCorrected"], row["trouble"]) == ("REFUSED", True, why)


def test_of_nothing_where_the_parcel_only_came_back(world: World) -> None:
    """Its fulfilment vanishes in Saleor, with its number."""
    order = shipped(world.shop, lines=[HOODIE, SHIRT])
    dashboard.return_pieces(world.shop, order, {0: 2})
    world.quiet()

    later(world)

    assert (len(uploads(world)), seen(world.shop, order)["status"]) == (1, "TOLD")


def test_corrected_only_once_all_of_it_is_out_again(world: World) -> None:
    """The parcel came back from the door, say, and its pieces go out one by one."""
    order = shipped(world.shop)
    dashboard.cancel_shipment(world.shop, order)
    for number in (JT, SF):
        dashboard.ship(world.shop, order, {0: 1}, number)
        world.quiet()
        later(world)

    sent = [numbers(upload) for upload in uploads(world)]
    assert sent == [[("YTO", YTO)], [("JTSD", JT), ("SF", SF)]]
    assert seen(world.shop, order)["isCorrected"] is True


# The carrier


@pytest.mark.parametrize(
    ("metadata", "tracking", "company"),
    [
        ({"carrier": "申通快递"}, "773012345678901", "STO"),
        ({"carrier": "sf"}, "123456789012", "SF"),
        ({}, JT, "JTSD"),
    ],
)
def test_with_the_carrier_that_the_shop_names_or_the_number_tells(
    world: World, metadata: dict[str, str], tracking: str, company: str
) -> None:
    order = bought(world.shop)
    dashboard.ship(world.shop, order, {0: 2}, tracking)
    order.fulfillments[0].metadata = metadata
    world.quiet()

    later(world)

    assert [numbers(upload) for upload in uploads(world)] == [[(company, tracking)]]


@pytest.mark.parametrize(
    ("metadata", "tracking", "why"),
    [
        ({}, "", "it has no tracking number"),
        ({}, "773012345678", "its number does not tell the carrier: write it to its metadata"),
        ({"carrier": "鸽子"}, YTO, "WeChat has no id for the carrier in its metadata carrier"),
        ({}, "Y" * 129, "its tracking number is too long for WeChat"),
    ],
)
def test_by_staff_where_the_parcel_cannot_be_told_of(
    world: World, metadata: dict[str, str], tracking: str, why: str
) -> None:
    """They hear of it two days after the payment, as WeChat counts; mended, it is told."""
    order = bought(world.shop)
    dashboard.ship(world.shop, order, {0: 2}, tracking)
    order.fulfillments[0].metadata = metadata
    world.quiet()
    later(world)
    assert (tasks(), seen(world.shop, order)["status"]) == ([], "WAITING")

    world.clock.forward(hours=48)
    clock_tasks.look_at_shipping()
    world.quiet()

    ((kind, detail),) = tasks()
    assert (kind, why in detail) == ("shipping_info_refused", True)
    order.fulfillments[0].metadata = {}
    dashboard.change_tracking(world.shop, order.fulfillments[0], YTO)
    world.quiet()
    later(world)
    assert (len(uploads(world)), tasks()) == (1, [])


def test_without_a_courier_where_nothing_is_sent(world: World) -> None:
    order = bought(world.shop)
    for line in order.lines:
        line.is_shipping_required = False
    dashboard.ship(world.shop, order, {0: 2})
    world.quiet()

    later(world)

    (upload,) = uploads(world)
    assert (upload["logistics_type"], upload["shipping_list"]) == (
        3,
        [{"item_desc": "连帽卫衣 Hoodie*2"}],
    )


def test_that_the_customer_picked_it_up(world: World) -> None:
    order = bought(world.shop)
    order.collection_point_name = "南京路店"
    dashboard.ship(world.shop, order, {0: 2})
    world.quiet()

    later(world)

    assert [upload["logistics_type"] for upload in uploads(world)] == [4]


# Silence


def all_refunded(world: World, order: Any) -> None:
    cashier.refund_plainly(world.shop, order.transactions[0], payer.TOTAL)
    world.run()


def switched_off(world: World, _order: Any) -> None:
    answer = world.shop.as_clerk(SWITCH, on=False)
    assert answer.refusals == [("FORBIDDEN", None)]
    out = StringIO()
    call_command("shipping_info", shop=world.shop.row.api_url, off=True, stdout=out)
    assert out.getvalue() == "off\n  waiting: 1\n"


def without_mini_program(world: World, _order: Any) -> None:
    WechatMiniProgram.objects.filter(shop=world.shop.row).delete()


@pytest.mark.parametrize("silence", [all_refunded, switched_off, without_mini_program])
def test_of_nothing_where(world: World, silence: Callable[[World, Any], None]) -> None:
    order = bought(world.shop)
    silence(world, order)
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()

    later(world)
    world.clock.forward(hours=48)
    clock_tasks.look_at_shipping()
    world.quiet()

    assert (uploads(world), asked(world), tasks()) == ([], 0, [])


def test_of_nothing_that_was_paid_otherwise(world: World) -> None:
    order = world.shop.order(fulfilled={})
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()

    assert OutboxMessage.objects.filter(topic__startswith="shipping").count() == 0
    assert world.shop.as_clerk(SEEN, order=order.id).data == {"returnShippingInfo": []}


def test_of_nothing_where_all_went_back_at_wechat_alone(world: World) -> None:
    """In the merchant console, say, before Saleor knows."""
    order = bought(world.shop)
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()
    payment = WechatPayment.objects.get()
    world.wechat.refund_in_console(payment.wechat_transaction_id, payer.TOTAL_FEN)

    later(world)

    row = seen(world.shop, order)
    assert (uploads(world), row["status"], row["orderState"]) == ([], "NOT_NEEDED", 5)
    assert row["orderStateLabel"] == "已退款"


def test_of_nothing_that_somebody_else_told(world: World) -> None:
    """Staff in WeChat's pages, or another program: the one correction is not ours to use."""
    order = shipped(world.shop)
    ShippingInfo.objects.all().delete()
    dashboard.change_tracking(world.shop, order.fulfillments[0], "YT9999999999999")
    world.quiet()

    later(world)

    assert (len(uploads(world)), seen(world.shop, order)["status"]) == (1, "ELSEWHERE")


def test_again_once_it_is_switched_on(world: World) -> None:
    """What went out meanwhile is told, too."""
    world.shop.row.tells_shipping = False
    world.shop.row.save()
    shipped(world.shop)
    later(world, hours=7)
    boss = world.shop.saleor.add_staff(
        "boss@example.com", permissions=frozenset({"MANAGE_ORDERS", "MANAGE_APPS"})
    )
    token = world.shop.saleor.dashboard_token(boss, world.shop.app)

    answer = world.shop.ask(SWITCH, {"on": True}, token)
    world.quiet()

    assert answer.payload == {"isOn": True, "errors": []}
    assert len(uploads(world)) == 1


# The three questions


@pytest.mark.parametrize("fault", ["http_500", "timeout_after_accept", "refused"])
def test_once_saleor_shows_the_order(world: World, fault: str) -> None:
    left = [9]

    def refuse(call: str) -> httpx.Response | None:
        if call != "Shipment" or not left[0]:
            return None
        left[0] -= 1
        return httpx.Response(200, json={"errors": [{"message": "no"}]})

    order = bought(world.shop)
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()
    with wired(world, before=refuse if fault == "refused" else nothing):
        if fault != "refused":
            world.shop.saleor.faults.add(fault, "transaction", times=9)
        later(world)
        world.wait(minutes=12)
        assert [kind for kind, _ in tasks()] == ["shipping_info_refused"]
        world.wait(minutes=20)
        assert len(uploads(world)) == 1

    assert (seen(world.shop, order)["status"], tasks()) == ("TOLD", [])


@pytest.mark.parametrize(
    "fault", ["timeout_after_accept", "garbage", "http_502", "timeout_before_accept"]
)
def test_once_although_the_answer_is_lost(world: World, fault: str) -> None:
    world.mini.faults.add(fault, path=UPLOAD)
    order = shipped(world.shop)
    later(world, minutes=2)

    payment = WechatPayment.objects.get()
    there = told_there(world, payment)
    assert (there.times_finished, there.is_corrected) == (1, False)
    assert seen(world.shop, order)["status"] == "TOLD"
    is_there_at_once = fault in ("timeout_after_accept", "garbage")
    assert len(uploads(world)) == (1 if is_there_at_once else 2)


@pytest.mark.parametrize("fault", ["connect_refused", "system_busy", "http_502", "garbage"])
@pytest.mark.parametrize("path", [UPLOAD, GET])
def test_once_wechat_is_back(world: World, path: str, fault: str) -> None:
    world.mini.faults.add(fault, 4, path=path)
    order = shipped(world.shop)
    world.wait(minutes=5)

    assert tasks() == []
    there = told_there(world, WechatPayment.objects.get())
    assert (there.times_finished, there.is_corrected) == (1, False)
    assert seen(world.shop, order)["status"] == "TOLD"


def test_put_before_staff_while_wechat_stays_away(world: World) -> None:
    world.mini.faults.add("connect_refused", 1000, path=GET)
    shipped(world.shop)

    world.wait(minutes=15)
    assert [kind for kind, _ in tasks()] == ["shipping_info_refused"]
    world.mini.faults.clear()
    world.wait(minutes=11)

    assert (len(uploads(world)), tasks()) == (1, [])


def test_in_time_order_even_if_our_clock_goes_back(world: World) -> None:
    order = shipped(world.shop)
    world.clock.forward(minutes=-30)
    dashboard.change_tracking(world.shop, order.fulfillments[0], JT)
    world.quiet()
    later(world)

    first, second = (upload["upload_time"] for upload in uploads(world))
    assert (first, second) == ("2026-11-23T10:10:00.000+08:00", "2026-11-23T10:10:00.001+08:00")
    assert seen(world.shop, order)["isCorrected"] is True


def test_in_vain_where_wechat_refuses(world: World) -> None:
    """Somebody else's openid, say: staff get WeChat's words, once, and may settle it."""
    order = bought(world.shop)
    payment = world.wechat.payments[WechatPayment.objects.get().wechat_transaction_id]
    payment.payer_openid = "openid-of-somebody-else"
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()
    later(world)

    assert tasks() == [("shipping_info_refused", "10060031: payer openid not match")]
    assert seen(world.shop, order)["status"] == "REFUSED"
    StaffTask.objects.update(closed_at=world.clock.now, closed_by="VXNlcjox", closed_note="!")
    later(world, hours=7)
    clock_tasks.look_at_shipping()
    world.quiet()
    assert (tasks(), len(uploads(world))) == ([], 2)


def test_later_where_wechat_does_not_know_the_payment_yet(world: World) -> None:
    order = bought(world.shop)
    find, world.mini.shipping.find = world.mini.shipping.find, lambda _number: None
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()
    later(world)
    assert (uploads(world), tasks()) == ([], [])

    world.mini.shipping.find = find
    later(world, hours=1)

    assert (len(uploads(world)), seen(world.shop, order)["status"]) == (1, "TOLD")


def test_later_while_our_credentials_are_wrong(world: World) -> None:
    """One thing for all payments: an error in the log, and no task for each of them."""
    world.mini.faults.add("secret_frozen", path=GET)
    with structlog.testing.capture_logs() as logs:
        shipped(world.shop)
    assert "shipping_info.misconfigured" in [entry["event"] for entry in logs]
    assert tasks() == []

    later(world, hours=1)

    assert len(uploads(world)) == 1


# Lost webhooks, and what WeChat pushes


def test_although_saleors_webhook_was_lost(world: World) -> None:
    """EC39."""
    order = bought(world.shop)
    without_webhooks(world.shop)
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    later(world, hours=5)
    clock_tasks.look_at_shipping()
    world.quiet()
    assert uploads(world) == []

    later(world, hours=1)
    clock_tasks.look_at_shipping()
    world.quiet()

    assert len(uploads(world)) == 1


def without_webhooks(shop: TestShop) -> None:
    for webhook in shop.app.webhooks:
        webhook.is_active = False


def test_anew_although_the_webhook_of_another_number_was_lost(world: World) -> None:
    """EC39."""
    order = shipped(world.shop)
    without_webhooks(world.shop)
    dashboard.change_tracking(world.shop, order.fulfillments[0], JT)
    later(world, hours=23)
    clock_tasks.look_at_shipping()
    world.quiet()
    assert len(uploads(world)) == 1

    later(world, hours=1)
    clock_tasks.look_at_shipping()
    world.quiet()

    assert [numbers(upload) for upload in uploads(world)] == [[("YTO", YTO)], [("JTSD", JT)]]
    assert seen(world.shop, order)["isCorrected"] is True
    assert ShippingInfo.objects.get().next_look_at is None


def confirmed(world: World, _order: Any) -> None:
    world.clock.forward(seconds=1)
    world.mini.confirm_receipt(WechatPayment.objects.get().wechat_transaction_id)
    world.quiet()


def corrected(world: World, order: Any) -> None:
    world.mini.faults.add("timeout_after_accept", path=UPLOAD)
    dashboard.change_tracking(world.shop, order.fulfillments[0], JT)
    world.quiet()
    later(world)
    later(world, minutes=2)


@pytest.mark.parametrize("end", [confirmed, corrected])
def test_never_again_where_nothing_can_be_corrected(
    world: World, end: Callable[[World, Any], None]
) -> None:
    world.shop.add_push()
    order = shipped(world.shop)
    assert ShippingInfo.objects.get().next_look_at == world.clock.now + timedelta(days=1)

    end(world, order)

    row = ShippingInfo.objects.get()
    assert (row.status, row.next_look_at) == ("told", None)


def test_and_saleors_silence_about_what_is_told_troubles_nobody(world: World) -> None:
    shipped(world.shop)
    world.clock.forward(days=1)
    world.quiet()
    world.shop.saleor.faults.add("http_500", "transaction", times=20)
    clock_tasks.look_at_shipping()
    world.wait(minutes=12)

    assert OutboxMessage.objects.get(topic=TELL, done_at=None).attempts >= 8
    assert tasks() == []


def test_no_sooner_because_the_clock_comes_by(world: World) -> None:
    order = bought(world.shop)
    world.clock.forward(hours=7)
    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()

    clock_tasks.look_at_shipping()
    world.quiet()
    assert uploads(world) == []

    later(world)
    assert len(uploads(world)) == 1


def test_in_turn_where_many_wait(world: World) -> None:
    """Even if none of those before can be looked at now: another shop's Saleor is away, say."""
    bought(world.shop)
    mine = ShippingInfo.objects.select_related("payment").get()
    paid = copies(mine.payment, transaction_id=str, out_trade_no=str, wechat_transaction_id=str)
    rows = copies(mine, payment_id=lambda n: paid[n].pk, next_look_at=lambda _n: world.clock.now)
    world.clock.forward(hours=6)
    queued = OutboxMessage(shop=world.shop.row, topic=TELL, due_at=world.clock.now)
    copies(queued, subject=lambda n: paid[n].pk, key=str)

    with CaptureQueriesContext(connection) as asked:
        assert look_at_shipping(now=world.clock.now) == 1

    assert OutboxMessage.objects.filter(subject=mine.payment_id, topic=TELL).count() == 1
    ShippingInfo.objects.filter(pk__in=[row.pk for row in rows]).update(next_look_at=None)
    due = next(it["sql"] for it in asked if "next_look_at" in it["sql"])
    assert {WechatPayment._meta.db_table, ShippingInfo._meta.db_table}.isdisjoint(read_whole(due))


@pytest.mark.parametrize("form", [{}, {"is_xml": True}, {"is_plain": True}])
def test_at_once_when_wechat_reminds_us(world: World, form: dict[str, bool]) -> None:
    world.shop.add_push(**form)
    order = bought(world.shop)
    dashboard.ship(world.shop, order, {0: 2}, "773012345678")
    world.quiet()
    number = WechatPayment.objects.get().wechat_transaction_id

    world.mini.remind_of_shipping(number)
    world.quiet()

    assert [kind for kind, _ in tasks()] == ["shipping_info_refused"]
    dashboard.change_tracking(world.shop, order.fulfillments[0], YTO)
    world.clock.forward(seconds=1)
    world.mini.remind_of_shipping(number)
    world.quiet()
    assert (len(uploads(world)), tasks()) == (1, [])


@pytest.mark.parametrize("form", [{}, {"is_xml": True}])
def test_and_tells_us_when_it_lets_the_money_go(world: World, form: dict[str, bool]) -> None:
    world.shop.add_push(**form)
    order = shipped(world.shop)
    before = seen(world.shop, order)
    settles_at = world.clock.now + timedelta(days=10)
    later(world, hours=1)

    world.mini.confirm_receipt(WechatPayment.objects.get().wechat_transaction_id)
    world.quiet()

    assert (before["orderState"], before["settlesAt"]) == (2, settles_at.isoformat())
    after = seen(world.shop, order)
    assert (after["orderState"], after["settledAt"]) == (3, world.clock.now.isoformat())
    assert after["status"] == "TOLD"


def test_no_more_once_the_customer_has_confirmed(world: World) -> None:
    order = shipped(world.shop)
    told_there(world, WechatPayment.objects.get()).is_received = True
    dashboard.change_tracking(world.shop, order.fulfillments[0], JT)
    world.quiet()

    later(world)

    assert (len(uploads(world)), tasks()) == (1, [])


def test_and_events_of_payments_that_are_not_ours_are_of_no_use(world: World) -> None:
    world.shop.add_push()
    world.wechat.add_payment("1", "4200000000000000000000000001", "x", 1, "o", world.clock.now)
    world.wechat.payments["4200000000000000000000000001"].appid = APPID

    world.mini.remind_of_shipping("4200000000000000000000000001")
    world.quiet()

    assert ShippingInfo.objects.count() == 0


def test_as_late_as_the_shop_wishes(world: World, settings: Settings) -> None:
    settings.SHIPPING_INFO_AFTER_MINUTES = 0
    order = bought(world.shop)

    dashboard.ship(world.shop, order, {0: 2}, YTO)
    world.quiet()

    assert len(uploads(world)) == 1
