"""A payment in the mini-program, begun and carried on through a real Saleor …"""

from __future__ import annotations

import uuid

from saleor_wechat_returns.domain.payment_faults import PaymentFault, sentence
from saleor_wechat_returns.models import StaffTask, WechatPayment
from tests.live import cashier, payer
from tests.live.live_shop import LiveShop
from tests.world import APPID


def test_is_charged_under_wechats_own_number(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    assert payer.gateway(shop, checkout.id) == {"appId": APPID, "currency": "CNY"}

    begun = payer.begin(shop, checkout.id)
    before = cashier.see(shop.saleor, begun.transaction_id)
    wechat_id = payer.paid(shop, begun)
    order_id, _ = shop.orders.complete(shop.li, checkout)
    back = payer.carry_on(shop, begun)

    assert (begun.event, begun.message) == ("CHARGE_ACTION_REQUIRED", "")
    assert back.event == "CHARGE_SUCCESS"
    assert before.charged_fen == 0
    seen = cashier.see(shop.saleor, begun.transaction_id)
    assert (seen.psp_reference, seen.charged_fen) == (wechat_id, checkout.total_fen)
    assert seen.actions == ["REFUND"]
    assert seen.events[-1] == ("CHARGE_SUCCESS", checkout.total_fen, wechat_id)
    assert cashier.transactions_of(shop.saleor, order_id) == [begun.transaction_id]
    assert shop.orders.see(order_id).charged_fen == checkout.total_fen
    assert shop.orders.charge_status(order_id) == "FULL"
    assert not StaffTask.objects.exists()


def test_begun_again_with_the_same_key_is_the_same(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    key = str(uuid.uuid4())

    first = payer.begin(shop, checkout.id, key=key)
    again = payer.begin(shop, checkout.id, key=key, code="used up")

    assert again.event == "CHARGE_ACTION_REQUIRED"
    assert (again.transaction_id, again.prepay) == (first.transaction_id, first.prepay)
    assert len(shop.wechat.orders) == 1
    assert WechatPayment.objects.count() == 1


def test_is_charged_once_though_its_notice_is_lost(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)
    not_yet = payer.carry_on(shop, begun)
    shop.wechat.faults.add("notice_lost")
    wechat_id = payer.pay(shop, begun)

    back = payer.carry_on(shop, begun)
    again = payer.carry_on(shop, begun)
    shop.work_until(lambda: WechatPayment.objects.exclude(reported_at=None).exists())

    assert (not_yet.event, not_yet.prepay) == ("CHARGE_ACTION_REQUIRED", begun.prepay)
    assert (back.event, again.event) == ("CHARGE_SUCCESS", "CHARGE_SUCCESS")
    seen = cashier.see(shop.saleor, begun.transaction_id)
    assert (seen.psp_reference, seen.charged_fen) == (wechat_id, checkout.total_fen)
    assert seen.event_types.count("CHARGE_SUCCESS") == 1
    assert not StaffTask.objects.exists()


def test_on_a_second_device_takes_the_place_of_the_first(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    first = payer.begin(shop, checkout.id)

    second = payer.begin(shop, checkout.id)
    wechat_id = payer.paid(shop, second)
    shop.work_until(lambda: not WechatPayment.objects.filter(reported_at=None).exists())
    order_id, _ = shop.orders.complete(shop.li, checkout)

    assert second.transaction_id != first.transaction_id
    assert [made.closed_at is not None for made in shop.wechat.orders] == [True, False]
    closed = cashier.see(shop.saleor, first.transaction_id)
    assert (closed.charged_fen, closed.event_types[-1]) == (0, "CHARGE_FAILURE")
    charged = cashier.see(shop.saleor, second.transaction_id)
    assert (charged.psp_reference, charged.charged_fen) == (wechat_id, checkout.total_fen)
    assert shop.orders.see(order_id).charged_fen == checkout.total_fen
    assert shop.orders.charge_status(order_id) == "FULL"


def test_with_a_used_code_is_refused_in_words_the_phone_can_show(shop: LiveShop) -> None:
    checkout = shop.fill([1])

    refused = payer.begin(shop, checkout.id, code="never given by wx.login")

    assert (refused.event, refused.faults) == ("CHARGE_FAILURE", ["LOGIN_EXPIRED"])
    assert refused.message == refused.data["errors"][0]["message"]
    assert shop.wechat.orders == []
    assert payer.begin(shop, checkout.id).event == "CHARGE_ACTION_REQUIRED"


def test_is_closed_when_staff_cancel_it(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)

    cashier.ask(shop.saleor, begun.transaction_id, "CANCEL")
    _work_until_event(shop, begun, "CANCEL_SUCCESS")
    shop.work_until(lambda: WechatPayment.objects.exclude(reported_at=None).exists())

    (made,) = shop.wechat.orders
    assert made.closed_at is not None
    assert WechatPayment.objects.get().status == "closed"
    assert payer.carry_on(shop, begun).event == "CHARGE_FAILURE"
    assert cashier.see(shop.saleor, begun.transaction_id).charged_fen == 0


def test_cannot_be_canceled_once_it_is_paid(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)
    payer.paid(shop, begun)

    cashier.ask(shop.saleor, begun.transaction_id, "CANCEL")
    _work_until_event(shop, begun, "CANCEL_FAILURE")

    seen = cashier.see(shop.saleor, begun.transaction_id)
    assert seen.charged_fen == checkout.total_fen
    assert cashier.latest_message(shop.saleor, begun.transaction_id) == sentence(
        PaymentFault.ALREADY_PAID
    )


def test_is_not_captured_by_staff_before_the_customer_pays(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)

    cashier.ask(shop.saleor, begun.transaction_id, "CHARGE")
    _work_until_event(shop, begun, "CHARGE_FAILURE")
    said = cashier.latest_message(shop.saleor, begun.transaction_id)
    wechat_id = payer.paid(shop, begun)
    order_id, _ = shop.orders.complete(shop.li, checkout)

    assert said == sentence(PaymentFault.NOT_PAID_YET)
    seen = cashier.see(shop.saleor, begun.transaction_id)
    assert (seen.psp_reference, seen.charged_fen) == (wechat_id, checkout.total_fen)
    assert shop.orders.charge_status(order_id) == "FULL"


def test_is_charged_once_when_staff_capture_what_was_paid_unheard(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)
    shop.wechat.faults.add("notice_lost")
    wechat_id = payer.pay(shop, begun)

    cashier.ask(shop.saleor, begun.transaction_id, "CHARGE")
    _work_until_event(shop, begun, "CHARGE_SUCCESS")
    shop.work_until(lambda: WechatPayment.objects.exclude(reported_at=None).exists())
    order_id, _ = shop.orders.complete(shop.li, checkout)

    seen = cashier.see(shop.saleor, begun.transaction_id)
    assert (seen.psp_reference, seen.charged_fen) == (wechat_id, checkout.total_fen)
    assert seen.event_types.count("CHARGE_SUCCESS") == 1
    assert shop.orders.charge_status(order_id) == "FULL"
    assert not StaffTask.objects.exists()


def test_stays_as_it_is_when_staff_capture_it_again(shop: LiveShop) -> None:
    checkout = shop.fill([1])
    begun = payer.begin(shop, checkout.id)
    wechat_id = payer.paid(shop, begun)

    cashier.ask(shop.saleor, begun.transaction_id, "CHARGE")
    answered = ("CHARGE_REQUEST", 0, wechat_id)
    shop.work_until(lambda: answered in cashier.see(shop.saleor, begun.transaction_id).events)
    order_id, _ = shop.orders.complete(shop.li, checkout)

    seen = cashier.see(shop.saleor, begun.transaction_id)
    assert (seen.psp_reference, seen.charged_fen) == (wechat_id, checkout.total_fen)
    assert seen.event_types.count("CHARGE_SUCCESS") == 1
    assert shop.orders.charge_status(order_id) == "FULL"


def _work_until_event(shop: LiveShop, told: payer.Told, event: str) -> None:
    shop.work_until(lambda: event in cashier.see(shop.saleor, told.transaction_id).event_types)
