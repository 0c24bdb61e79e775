"""A payment notice of WeChat Pay's …"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from saleor_wechat_returns.models import InboxMessage, WechatMerchant, WechatPayment
from tests.usecases import payer
from tests.usecases.unchanged import nothing_changes
from tests.webhooks.wechat_posts import post_notice, post_payment_notice
from tests.world import TestShop, World

THANKS = {"code": "SUCCESS", "message": "成功"}
REFUSED = {"code": "FAIL", "message": "refused"}


def paid(shop: TestShop) -> str:
    """Our number of a payment that was just paid, and whose notice is lost."""
    shop.world.notices_get_lost = True
    payment = payer.begin(shop, payer.fill(shop))
    payer.pay(shop, payment)
    return payer.row_of(payment).out_trade_no


def test_is_kept_and_thanked_for_before_it_is_settled(world: World) -> None:
    number = paid(world.shop)

    answer = post_payment_notice(world.shop, world.wechat.make_payment_notification(number))

    assert (answer.status_code, answer.json()) == (200, THANKS)
    (kept,) = InboxMessage.objects.filter(source="wechat_pay.payment")
    assert (kept.payload["out_trade_no"], kept.handled_at) == (number, None)
    assert "openid-of-li" not in json.dumps(kept.payload)
    assert WechatPayment.objects.get().status == "prepaid"


def test_is_heard_once_however_often_and_late_it_comes(world: World) -> None:
    number = paid(world.shop)
    headers, body = world.wechat.make_payment_notification(number)

    for _ in range(3):
        assert post_payment_notice(world.shop, (headers, body)).status_code == 200
        world.quiet()
        world.clock.forward(hours=5)
        headers = world.wechat.sign(body)

    assert InboxMessage.objects.filter(source="wechat_pay.payment").count() == 1
    assert len(world.shop.saleor.calls_of("transactionEventReport")) == 1


def test_is_believed_by_platform_certificate_too(world: World) -> None:
    certificate = world.wechat.rotate_certificate()
    WechatMerchant.objects.filter(shop=world.shop.row).update(
        verifiers={
            world.wechat.public_key_id: world.wechat.public_key_pem,
            certificate.id: certificate.pem,
        }
    )
    number = paid(world.shop)
    _, body = world.wechat.make_payment_notification(number)

    answer = post_payment_notice(world.shop, (certificate.sign(body, world.clock.now), body))
    world.quiet()

    assert answer.json() == THANKS
    assert WechatPayment.objects.get().status == "paid"


def test_changes_nothing_about_a_number_we_never_gave(world: World) -> None:
    number = paid(world.shop)
    stranger = world.wechat.make_payment_notification(number, changes={"out_trade_no": "X-1234"})

    assert post_payment_notice(world.shop, stranger).json() == THANKS
    world.work()

    assert WechatPayment.objects.get().status == "prepaid"


def test_changes_nothing_at_the_address_of_another_shop(world: World) -> None:
    number = paid(world.shop)

    answer = post_payment_notice(world.other_shop, world.wechat.make_payment_notification(number))
    world.work()

    assert answer.json() == THANKS  # the merchant is the same: the signature is good
    assert WechatPayment.objects.get().status == "prepaid"
    assert world.other_shop.saleor.calls_of("transactionEventReport") == []


def test_is_refused_at_the_address_for_refunds(world: World) -> None:
    number = paid(world.shop)

    with nothing_changes(world):
        answer = post_notice(world.shop, world.wechat.make_payment_notification(number))

    assert (answer.status_code, answer.json()) == (401, REFUSED)


def test_is_refused_when_it_is_a_probe(world: World) -> None:
    number = paid(world.shop)

    with nothing_changes(world):
        notice = world.wechat.make_payment_notification(number, probe=True)
        answer = post_payment_notice(world.shop, notice)

    assert (answer.status_code, answer.json()) == (401, REFUSED)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_is_refused_when_its_signature_is_stale(world: World, seconds: int) -> None:
    number = paid(world.shop)
    signed_at = world.clock.now + timedelta(seconds=seconds)

    with nothing_changes(world):
        notice = world.wechat.make_payment_notification(number, signed_at=signed_at)
        answer = post_payment_notice(world.shop, notice)

    assert answer.status_code == 401


def test_is_refused_where_there_is_no_shop(world: World) -> None:
    headers, body = world.wechat.make_payment_notification(paid(world.shop))

    answer = world.us.post("/s/nobody/wechat-pay/payment/", content=body, headers=headers)

    assert answer.status_code == 404
