"""A payment in the mini-program …"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from saleor_wechat_returns.models import (
    OutboxMessage,
    WechatMerchant,
    WechatMiniProgram,
    WechatPayment,
)
from saleor_wechat_returns.secretbox import open_sealed
from saleor_wechat_returns.usecases.install import IDENTIFIER
from saleor_wechat_returns.usecases.openids import openid_index
from tests.usecases import payer
from tests.world import APPID, World

PREPAY = "/v3/pay/transactions/jsapi"


def prepays(world: World) -> int:
    return len([call for call in world.wechat.calls if call.path == PREPAY])


def logins(world: World) -> int:
    return len([call for call in world.mini.calls if call.path == "/sns/jscode2session"])


def test_is_offered_where_merchant_and_mini_program_are_set_up(world: World) -> None:
    shopper = world.shop.saleor.shopper(world.shop.li)

    told = shopper.ask_gateway(payer.fill(world.shop), IDENTIFIER)

    assert told == {"appId": APPID, "currency": "CNY"}


@pytest.mark.parametrize(
    ("missing", "code"),
    [(WechatMerchant, "MERCHANT_MISSING"), (WechatMiniProgram, "MINI_PROGRAM_MISSING")],
)
def test_is_not_offered_where_something_is_missing(world: World, missing: Any, code: str) -> None:
    missing.objects.filter(shop=world.shop.row).delete()
    checkout = payer.fill(world.shop)

    told = world.shop.saleor.shopper(world.shop.li).ask_gateway(checkout, IDENTIFIER)
    payment = payer.begin(world.shop, checkout)

    assert [error["code"] for error in told["errors"]] == [code]
    assert (payment.event_type, payer.faults(payment)) == ("CHARGE_FAILURE", [code])
    assert (WechatPayment.objects.count(), prepays(world), logins(world)) == (0, 0, 0)


def test_is_not_offered_in_another_currency(world: World) -> None:
    world.shop.saleor.world.currency = "USD"
    checkout = payer.fill(world.shop)

    told = world.shop.saleor.shopper(world.shop.li).ask_gateway(checkout, IDENTIFIER)
    payment = payer.begin(world.shop, checkout)

    assert [error["code"] for error in told["errors"]] == ["CURRENCY_NOT_SUPPORTED"]
    assert (payment.event_type, payer.faults(payment)) == (
        "CHARGE_FAILURE",
        ["CURRENCY_NOT_SUPPORTED"],
    )
    assert (WechatPayment.objects.count(), logins(world)) == (0, 0)


def test_begins_with_a_row_a_prepay_and_signed_parameters(world: World) -> None:
    checkout = payer.fill(world.shop)

    payment = payer.begin(world.shop, checkout)

    assert payment.event_type == "CHARGE_ACTION_REQUIRED"
    assert set(payment.data["paymentParameters"]) == {
        *("timeStamp", "nonceStr", "package", "signType", "paySign"),
    }
    row = payer.row_of(payment)
    assert (row.status, row.source_id, row.amount_fen) == ("prepaid", checkout, payer.TOTAL_FEN)
    assert row.openid_index == openid_index(APPID, "openid-of-li")
    assert open_sealed(bytes(row.openid_sealed), row.sealed_key_id) == "openid-of-li"
    assert b"openid-of-li" not in bytes(row.openid_sealed)
    assert row.expires_at == world.clock.now + timedelta(hours=2)
    (order,) = world.wechat.orders
    assert (order.out_trade_no, order.request.total_fen) == (row.out_trade_no, payer.TOTAL_FEN)
    assert order.request.time_expire == row.expires_at
    assert order.request.notify_url.endswith(f"/s/{world.shop.row.key}/wechat-pay/payment/")
    assert payer.booked(world.shop, payment) == ("", "0.00", ["CHARGE_ACTION_REQUIRED"])


def test_asked_for_again_is_the_same_and_touches_no_code(world: World) -> None:
    checkout = payer.fill(world.shop)
    first = payer.begin(world.shop, checkout, key="k")
    world.clock.forward(seconds=5)

    again = payer.begin(world.shop, checkout, key="k", code="used-up")

    assert again.transaction_id == first.transaction_id
    before, after = first.data["paymentParameters"], again.data["paymentParameters"]
    assert before["package"] == after["package"]
    assert int(after["timeStamp"]) == int(before["timeStamp"]) + 5
    assert before["paySign"] != after["paySign"]
    assert (WechatPayment.objects.count(), prepays(world), logins(world)) == (1, 1, 1)
    payer.pay(world.shop, again)


def test_asked_for_again_after_it_was_paid_is_a_success(world: World) -> None:
    checkout = payer.fill(world.shop)
    payment = payer.begin(world.shop, checkout, key="k")
    number = payer.pay(world.shop, payment)
    world.quiet()

    again = payer.begin(world.shop, checkout, payer.TOTAL, key="k")

    assert again.event_type == "CHARGE_SUCCESS"
    assert payer.booked(world.shop, payment)[:2] == (number, payer.TOTAL)
    assert prepays(world) == 1


@pytest.mark.parametrize("code", ["", "a b", "x" * 129, "\x00", "never-issued"])
def test_needs_the_code_of_a_log_in(world: World, code: str) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop), code=code)

    expected = "LOGIN_EXPIRED" if code else "CODE_MISSING"
    assert (payment.event_type, payer.faults(payment)) == ("CHARGE_FAILURE", [expected])
    assert (WechatPayment.objects.count(), prepays(world)) == (0, 0)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("connect_refused", "LOGIN_EXPIRED"),
        ("timeout_before_accept", "LOGIN_EXPIRED"),
        ("timeout_after_accept", "LOGIN_EXPIRED"),
        ("http_502", "LOGIN_EXPIRED"),
        ("garbage", "LOGIN_EXPIRED"),
        ("system_busy", "LOGIN_EXPIRED"),
        ("rate_limited", "LOGIN_EXPIRED"),
        ("quota_used_up", "LOGIN_EXPIRED"),
        ("risky_user", "LOGIN_BLOCKED"),
        ("address_not_listed", "SETUP_REFUSED"),
        ("secret_frozen", "SETUP_REFUSED"),
    ],
)
def test_is_not_begun_when_the_log_in_fails(world: World, fault: str, code: str) -> None:
    checkout = payer.fill(world.shop)
    world.mini.faults.add(fault)

    payment = payer.begin(world.shop, checkout)

    assert (payment.event_type, payer.faults(payment)) == ("CHARGE_FAILURE", [code])
    assert (WechatPayment.objects.count(), prepays(world)) == (0, 0)
    assert not OutboxMessage.objects.exists()
    assert payer.begin(world.shop, checkout).event_type == "CHARGE_ACTION_REQUIRED"


@pytest.mark.parametrize(
    "fault",
    [
        "timeout_before_accept",
        "timeout_after_accept",
        "http_500",
        "http_500_after_accept",
        "bad_signature",
        "unsigned",
        "garbage",
    ],
)
def test_survives_one_lost_answer_of_wechat_pay(world: World, fault: str) -> None:
    checkout = payer.fill(world.shop)
    world.wechat.faults.add(fault)

    payment = payer.begin(world.shop, checkout)

    assert payment.event_type == "CHARGE_ACTION_REQUIRED"
    assert (prepays(world), len(world.wechat.orders)) == (2, 1)
    payer.pay(world.shop, payment)


@pytest.mark.parametrize(
    ("fault", "tries"),
    [("timeout_after_accept", 2), ("http_500", 2), ("rate_limited", 1), ("connect_refused", 1)],
)
@pytest.mark.parametrize("way", ["process", "initialize"])
def test_can_be_carried_on_after_wechat_pay_did_not_answer(
    world: World, fault: str, tries: int, way: str
) -> None:
    checkout = payer.fill(world.shop)
    world.wechat.faults.add(fault, tries)
    payment = payer.begin(world.shop, checkout, key="k")
    assert payment.event_type == "CHARGE_ACTION_REQUIRED"
    assert payer.faults(payment) == ["WECHAT_UNAVAILABLE"]
    assert payer.row_of(payment).status == "open"

    if way == "process":
        again = payer.carry_on(world.shop, payment)
    else:
        again = payer.begin(world.shop, checkout, key="k", code="used-up")

    assert again.transaction_id == payment.transaction_id
    payer.pay(world.shop, again)
    assert (len(world.wechat.orders), logins(world)) == (1, 1)
    assert payer.carry_on(world.shop, payment).event_type == "CHARGE_SUCCESS"


def test_is_over_when_wechat_pay_refuses_it(world: World) -> None:
    WechatMerchant.objects.update(serial_no="00")
    checkout = payer.fill(world.shop)

    payment = payer.begin(world.shop, checkout)

    assert (payment.event_type, payer.faults(payment)) == ("CHARGE_FAILURE", ["PAYMENT_REFUSED"])
    row = payer.row_of(payment)
    assert (row.status, row.latest_error[:10]) == ("rejected", "SIGN_ERROR")
