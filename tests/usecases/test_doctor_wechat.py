"""The doctor asks WeChat about a shop's credentials: it finds …"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from saleor_wechat_returns import clock
from saleor_wechat_returns.models import (
    InboxMessage,
    ShippingInfo,
    Shop,
    WechatMerchant,
    WechatMiniProgram,
    WechatPayment,
    WechatPush,
)
from saleor_wechat_returns.secretbox import seal
from saleor_wechat_returns.usecases.doctor import Code
from saleor_wechat_returns.usecases.doctor.wechat import NO_ORDER
from saleor_wechat_returns.usecases.merchants import MerchantKeys, keep_merchant
from saleor_wechat_returns.usecases.wechat_notices import PAYMENTS
from saleor_wechat_returns.usecases.wechat_programs import mini_of
from tests import make
from tests import world as worlds
from tests.usecases.consulting import (
    Consultation,
    answered_by,
    consult,
    make_healthy,
    mounted,
)
from tests.usecases.reconciling import bought, compared, next_morning
from tests.usecases.test_refund_in_bill import assert_recorded, refunded
from tests.world import APIV3_KEY, MCHID, SERIAL, World

SHOP = "https://shop-a.example/graphql/"


@pytest.fixture
def healthy(world: World, settings: Any) -> World:
    make_healthy(world, settings)
    return world


def bad(found: Consultation) -> list[str]:
    assert {host for _, _, host in found.bad()} <= {"shop-a.example"}
    return [code for _, code, _ in found.bad()]


def of_the_first_shop() -> Consultation:
    return consult("--shop", SHOP)


def merchant(world: World) -> WechatMerchant:
    return WechatMerchant.objects.get(shop=world.shop.row)


def stored_with(world: World, **columns: Any) -> None:
    WechatMerchant.objects.filter(shop=world.shop.row).update(**columns)


def asked(world: World) -> list[str]:
    """Method and path of the calls to WeChat Pay while the doctor looks, without the clock's."""
    before = len(world.wechat.calls)
    of_the_first_shop()
    calls = world.wechat.calls[before:]
    return [f"{call.method} {call.path.partition('?')[0]}" for call in calls if call.mchid]


def private_key() -> tuple[bytes, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return seal(pem.decode())


def test_the_merchant_proven_by_its_latest_payment(healthy: World) -> None:
    number = WechatPayment.objects.get(shop=healthy.shop.row).out_trade_no

    assert asked(healthy) == [f"GET /v3/pay/transactions/out-trade-no/{number}"]
    assert bad(of_the_first_shop()) == []


def test_the_merchant_proven_by_its_latest_refund(world: World) -> None:
    request = make.inspected(world.shop, world.shop.order())
    world.run()

    assert asked(world) == [f"GET /v3/refund/domestic/refunds/{request['number']}-1-1"]
    assert {"MERCHANT", "ANSWERS", "APIV3_KEY_HEARD"} <= set(of_the_first_shop().codes("ok"))


def test_half_of_a_merchant_that_nobody_has_paid_proven_and_says_so(world: World) -> None:
    """WeChat Pay signs no 404: it took our signature, and that is all we know."""
    assert asked(world) == [f"GET /v3/pay/transactions/out-trade-no/{NO_ORDER}"]
    found = of_the_first_shop()

    assert "MERCHANT" in found.codes("ok")
    assert found.of(Code.ANSWERS_UNPROVEN)["level"] == "warning"
    assert found.of(Code.APIV3_KEY_UNPROVEN)["level"] == "warning"


def test_when_its_apiv3_key_last_opened_a_notice(healthy: World) -> None:
    kept = InboxMessage.objects.get(shop=healthy.shop.row, source="wechat_pay.payment")

    said = of_the_first_shop().of(Code.APIV3_KEY_HEARD)["en"]

    assert said == f"The APIv3 key last opened a notice at {kept.created_at:%Y-%m-%d %H:%M} UTC"


def test_that_what_a_bill_told_of_was_no_notice(world: World) -> None:
    order = bought(world.shop)
    long_ago = world.clock() - timedelta(days=100)
    assert InboxMessage.objects.filter(source=PAYMENTS).update(created_at=long_ago) == 1
    refunded(world.shop, order)
    next_morning(world)
    compared(world.shop)
    assert_recorded(world.shop, order)

    said = of_the_first_shop().of(Code.APIV3_KEY_HEARD)["en"]

    assert said == f"The APIv3 key last opened a notice at {long_ago:%Y-%m-%d %H:%M} UTC"


def test_that_notices_to_another_merchant_of_the_shop_prove_nothing(healthy: World) -> None:
    row = merchant(healthy)
    row.pk, row.channel, row.mchid = None, "vip", "1900000002"
    row._state.adding = True
    row.save()
    healthy.wechat.add_merchant("1900000002", SERIAL, worlds._public_pem, APIV3_KEY)

    found = of_the_first_shop()

    kinds = {it["about"]: it["code"] for it in found.findings if it["code"].startswith("APIV3_KEY")}
    assert kinds == {MCHID: "APIV3_KEY_HEARD", "1900000002": "APIV3_KEY_UNPROVEN"}


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("serial_no", "0" * 39 + "1", "SIGN_ERROR"),
        ("mchid", "1900009999", "MCH_NOT_EXISTS"),
    ],
)
def test_that_wechat_pay_refuses_the_merchant(
    healthy: World, column: str, value: str, said: str
) -> None:
    stored_with(healthy, **{column: value})

    found = consult()

    assert bad(found) == ["MERCHANT_REFUSED"]
    assert said in found.of(Code.MERCHANT_REFUSED)["en"]


def test_that_the_private_key_belongs_to_another_certificate(healthy: World) -> None:
    sealed, _ = private_key()
    stored_with(healthy, private_key_sealed=sealed)

    assert bad(consult()) == ["MERCHANT_REFUSED"]


def test_that_the_private_key_is_none(healthy: World) -> None:
    sealed, _ = seal("not a key")
    stored_with(healthy, private_key_sealed=sealed)

    found = consult()

    assert bad(found) == ["MERCHANT_UNUSABLE"]
    assert "not a readable private key" in found.of(Code.MERCHANT_UNUSABLE)["en"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("connect_refused", "WECHAT_PAY_AWAY"),
        ("rate_limited", "WECHAT_PAY_AWAY"),
        ("http_500", "WECHAT_PAY_DOUBTFUL"),
        ("http_503", "WECHAT_PAY_DOUBTFUL"),
        ("bad_signature", "WECHAT_PAY_DOUBTFUL"),
        ("unsigned", "WECHAT_PAY_DOUBTFUL"),
        ("garbage", "WECHAT_PAY_DOUBTFUL"),
    ],
)
def test_that_wechat_pay_gives_no_proper_answer(healthy: World, fault: str, code: str) -> None:
    healthy.wechat.faults.add(fault)

    assert bad(consult()) == [code]


def test_that_the_stored_public_key_is_not_wechat_pays(healthy: World) -> None:
    stored_with(healthy, verifiers={"PUB_KEY_ID_1": worlds._public_pem})

    found = consult()

    assert bad(found) == ["WECHAT_PAY_DOUBTFUL"]
    assert "unknown_serial" in found.of(Code.WECHAT_PAY_DOUBTFUL)["en"]


def with_certificates(world: World) -> None:
    """WeChat Pay signs with certificates for this merchant, as before 2024."""
    world.wechat.add_merchant(MCHID, SERIAL, worlds._public_pem, APIV3_KEY, is_old=True)
    for shop in (world.shop, world.other_shop):
        keys = MerchantKeys(
            channel="",
            mchid=MCHID,
            serial_no=SERIAL,
            private_key_pem=worlds._private_pem,
            apiv3_key=APIV3_KEY,
            verifiers={},
        )
        keep_merchant(shop.row.api_url, keys, has_certificates=True)


def test_both_keys_of_an_old_merchant_proven_by_its_certificates(world: World) -> None:
    with_certificates(world)

    found = of_the_first_shop()

    assert {"MERCHANT", "ANSWERS", "APIV3_KEY"} <= set(found.codes("ok"))


def test_certificates_that_were_not_read_for_long(healthy: World) -> None:
    with_certificates(healthy)
    stored_with(healthy, certificates_read_at=healthy.clock.now - timedelta(hours=13))

    assert bad(consult()) == ["CERTIFICATES_OVERDUE"]


def test_that_the_apiv3_key_was_changed(healthy: World) -> None:
    with_certificates(healthy)
    sealed, _ = seal("another-apiv3-key-of-32-letters!")
    stored_with(healthy, apiv3_key_sealed=sealed)

    found = consult()

    assert bad(found) == ["CERTIFICATES_REFUSED"]
    assert "apiv3_key" in found.of(Code.CERTIFICATES_REFUSED)["en"]


def test_that_the_certificates_do_not_come(healthy: World) -> None:
    """The payment is asked about first; then the list is not to be had."""
    with_certificates(healthy)

    def no_list(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/certificates":
            raise httpx.ReadTimeout("no", request=request)
        return healthy.wechat.transport.handle_request(request)

    with mounted(healthy, "api.mch.weixin.qq.com", httpx.MockTransport(no_list)):
        found = of_the_first_shop()

    assert bad(found) == ["CERTIFICATES_REFUSED"]


def test_our_clock_to_be_wrong_for_wechat_pay(healthy: World) -> None:
    ours = healthy.clock.now + timedelta(minutes=6)

    with clock.replaced(lambda: ours):
        found = of_the_first_shop()

    wechat = [it for it in found.findings if it["code"] == "CLOCK_WRONG"]
    assert ["WeChat Pay" in it["en"] for it in wechat] == [False, True]
    assert "SIGN_ERROR" in found.of(Code.MERCHANT_REFUSED)["en"]


def test_that_notices_do_not_come_through_the_proxy(healthy: World) -> None:
    def only_health(request: httpx.Request) -> httpx.Response:
        is_health = request.url.path == "/health/"
        return httpx.Response(200, json={"status": "ok"}) if is_health else httpx.Response(403)

    with mounted(healthy, "returns.example", httpx.MockTransport(only_health)):
        found = of_the_first_shop()

    assert bad(found) == ["NOTICES_UNREACHED"]
    assert "HTTP 403" in found.of(Code.NOTICES_UNREACHED)["en"]


def test_a_shop_without_merchant_and_mini_program(world: World) -> None:
    world.shop.forget_merchants()
    WechatMiniProgram.objects.filter(shop=world.shop.row).delete()

    found = of_the_first_shop()

    assert found.of(Code.MERCHANT_MISSING)["about"] == ""
    assert found.of(Code.PROGRAM_MISSING)["about"] == ""
    assert world.wechat.calls == []


def test_a_secret_that_wechat_does_not_take_although_an_old_token_still_lives(
    healthy: World,
) -> None:
    row = WechatMiniProgram.objects.get(shop=healthy.shop.row)
    mini_of(row).check_access()
    row.secret_sealed, row.sealed_key_id = seal("a-secret-that-was-reset")
    row.save()

    found = consult()

    assert bad(found) == ["PROGRAM_REFUSED"]
    assert "40125" in found.of(Code.PROGRAM_REFUSED)["en"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("address_not_listed", "PROGRAM_REFUSED"),
        ("secret_frozen", "PROGRAM_REFUSED"),
        ("connect_refused", "WECHAT_AWAY"),
        ("timeout_before_accept", "WECHAT_AWAY"),
        ("timeout_after_accept", "WECHAT_AWAY"),
        ("system_busy", "WECHAT_AWAY"),
        ("garbage", "WECHAT_AWAY"),
    ],
)
def test_why_the_mini_program_does_not_work(healthy: World, fault: str, code: str) -> None:
    healthy.mini.faults.add(fault)

    assert bad(consult()) == [code]


def test_somebody_elses_page_where_wechat_should_be(healthy: World) -> None:
    page = httpx.Response(200, html="<h1>Log in to this network</h1>")

    with answered_by(healthy, "api.mch.weixin.qq.com", page):
        found = of_the_first_shop()

    assert bad(found) == ["WECHAT_PAY_DOUBTFUL", "CLOCK_UNKNOWN"]
    assert "unsigned" in found.of(Code.WECHAT_PAY_DOUBTFUL)["en"]


def test_that_pictures_cannot_be_checked_without_a_message_push(healthy: World) -> None:
    WechatPush.objects.all().delete()

    found = of_the_first_shop()

    assert bad(found) == ["PUSH_MISSING"]
    address = f"https://returns.example/s/{healthy.shop.row.key}/wechat-push/"
    assert address in found.of(Code.PUSH_MISSING)["remedy"]["zh"]


def test_whether_a_message_push_was_ever_heard(healthy: World) -> None:
    heard = of_the_first_shop().of(Code.PUSH)
    InboxMessage.objects.filter(source="wechat_mini.media_checked").delete()

    assert heard["zh"].startswith("消息推送:最近一次收到于 20")
    assert "PUSH_UNPROVEN" in of_the_first_shop().codes("warning")


def test_who_tells_wechat_of_parcels_and_what_it_refused(healthy: World) -> None:
    shop = healthy.shop
    by_us = of_the_first_shop()
    ShippingInfo.objects.filter(shop=shop.row).update(
        status="refused", trouble="48001: api unauthorized", looked_at=healthy.clock.now
    )
    refused = of_the_first_shop()
    Shop.objects.filter(pk=shop.row.pk).update(tells_shipping=False)

    assert (bad(by_us), by_us.of(Code.SHIPPING_INFO)["level"]) == ([], "ok")
    assert bad(refused) == ["SHIPPING_INFO_REFUSED"]
    assert "48001: api unauthorized" in refused.of(Code.SHIPPING_INFO_REFUSED)["en"]
    assert bad(of_the_first_shop()) == []
