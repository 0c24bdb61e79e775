"""A notice of WeChat Pay's …"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from saleor_wechat_returns.models import InboxMessage, WechatMerchant, WechatRefund
from tests import make
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.unchanged import nothing_changes
from tests.webhooks.wechat_posts import post_notice, refund_accepted
from tests.world import World

THANKS = {"code": "SUCCESS", "message": "成功"}
REFUSED = {"code": "FAIL", "message": "refused"}


def test_is_kept_and_thanked_for_before_it_is_settled(world: World) -> None:
    _, _, number = refund_accepted(world.shop)
    world.wechat.settle(number)

    answer = post_notice(world.shop, world.wechat.make_notification(number))

    assert (answer.status_code, answer.json()) == (200, THANKS)
    (kept,) = InboxMessage.objects.filter(source="wechat_pay.refund")
    assert (kept.payload["out_refund_no"], kept.handled_at) == (number, None)
    assert WechatRefund.objects.get().status == "processing"


def test_completes_the_refund(world: World) -> None:
    order, request, number = refund_accepted(world.shop)

    world.wechat.settle(number)
    world.quiet()

    assert [notice.answers for notice in world.wechat.notices] == [[200]]
    world.run()
    assert_paid_once(world.shop, order, request, 19900)
    assert [call.method for call in world.wechat.calls] == ["POST"]


def test_is_heard_once_however_often_it_comes(world: World) -> None:
    """EC32."""
    order, request, number = refund_accepted(world.shop)
    world.wechat.settle(number)
    headers, body = world.wechat.make_notification(number)

    for _ in range(3):
        assert post_notice(world.shop, (headers, body)).status_code == 200
        world.quiet()
        headers = world.wechat.sign(body)

    assert InboxMessage.objects.filter(key=json.loads(body)["id"]).count() == 1
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def test_that_comes_a_day_late_changes_nothing_any_more(world: World) -> None:
    """EC32: a query had the answer long before."""
    world.notices_get_lost = True
    order, request, number = refund_accepted(world.shop)
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)
    world.clock.forward(hours=23)

    late = post_notice(world.shop, world.wechat.make_notification(number))
    world.work()

    assert late.json() == THANKS
    assert_paid_once(world.shop, order, request, 19900)


def test_changes_nothing_about_a_payment_that_is_not_ours(world: World) -> None:
    _, _, number = refund_accepted(world.shop)
    world.wechat.settle(number)
    changes: dict[str, object] = {"out_refund_no": "X-1", "transaction_id": "4200009999"}
    stranger = world.wechat.make_notification(number, changes=changes)

    assert post_notice(world.shop, stranger).json() == THANKS
    world.work()

    assert WechatRefund.objects.get().status == "processing"
    (kept,) = InboxMessage.objects.filter(payload__out_refund_no="X-1")
    assert kept.handled_at is not None


def test_changes_nothing_at_the_address_of_another_shop(world: World) -> None:
    order, request, number = refund_accepted(world.shop)
    world.notices_get_lost = True
    world.wechat.settle(number)

    answer = post_notice(world.other_shop, world.wechat.make_notification(number))
    world.work()

    assert answer.json() == THANKS  # the merchant is the same: the signature is good
    assert WechatRefund.objects.get().status == "processing"
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


@pytest.mark.parametrize("amount", [19899, 19901, 1, 70970])
def test_of_another_amount_becomes_a_task(world: World, amount: int) -> None:
    """EC32."""
    order, request, number = refund_accepted(world.shop)
    amounts = {"total": 70970, "refund": amount, "payer_total": 70970, "payer_refund": amount}
    wrong: dict[str, object] = {"amount": amounts, "refund_status": "SUCCESS"}

    post_notice(world.shop, world.wechat.make_notification(number, changes=wrong))
    world.work()

    assert WechatRefund.objects.get().status == "processing"
    (task,) = make.read(world.shop, request)["tasks"]
    said = f"WeChat Pay says {amount} fen, owed 19900"
    assert (task["kind"], task["detail"]) == ("AMOUNT_DIFFERS", said)
    world.run()
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    assert world.wechat.refunded_fen(order.transactions[0].psp_reference) == 19900


def test_is_refused_when_it_is_a_probe(world: World) -> None:
    _, _, number = refund_accepted(world.shop)

    with nothing_changes(world):
        answer = post_notice(world.shop, world.wechat.make_notification(number, probe=True))

    assert (answer.status_code, answer.json()) == (401, REFUSED)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_is_refused_when_its_signature_is_stale(world: World, seconds: int) -> None:
    _, _, number = refund_accepted(world.shop)
    signed_at = world.clock.now + timedelta(seconds=seconds)

    with nothing_changes(world):
        answer = post_notice(
            world.shop, world.wechat.make_notification(number, signed_at=signed_at)
        )

    assert answer.status_code == 401


def test_is_refused_when_anything_in_it_was_touched(world: World) -> None:
    _, _, number = refund_accepted(world.shop)
    headers, body = world.wechat.make_notification(number)

    with nothing_changes(world):
        assert post_notice(world.shop, (headers, body + b" ")).status_code == 401
        assert post_notice(world.shop, (headers, body.replace(b"EV-", b"EW-"))).status_code == 401
        for name in headers:
            if name.startswith("Wechatpay-") and name != "Wechatpay-Signature-Type":
                touched = {**headers, name: headers[name] + "1"}
                assert post_notice(world.shop, (touched, body)).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"nonsense", b"[" * 50_000])
def test_is_refused_when_it_is_signed_nonsense(world: World, body: bytes) -> None:
    with nothing_changes(world):
        answer = post_notice(world.shop, (world.wechat.sign(body), body))

    assert (answer.status_code, answer.json()) == (401, REFUSED)


def test_is_refused_when_it_is_huge(world: World) -> None:
    body = b" " * (64 * 1024 + 1)

    with nothing_changes(world):
        answer = post_notice(world.shop, (world.wechat.sign(body), body))

    assert answer.status_code == 413


def test_is_refused_where_there_is_no_shop(world: World) -> None:
    _, _, number = refund_accepted(world.shop)
    headers, body = world.wechat.make_notification(number)

    for key in ("nobody", "%00"):
        answer = world.us.post(f"/s/{key}/wechat-pay/refund/", content=body, headers=headers)
        assert answer.status_code == 404


def test_is_refused_while_the_shop_has_no_merchant(world: World) -> None:
    _, _, number = refund_accepted(world.shop)
    WechatMerchant.objects.filter(shop=world.other_shop.row).delete()

    with nothing_changes(world):
        answer = post_notice(world.other_shop, world.wechat.make_notification(number))

    assert answer.status_code == 401


def test_is_heard_although_another_merchant_of_the_shop_is_unusable(world: World) -> None:
    order, request, number = refund_accepted(world.shop)
    broken = WechatMerchant.objects.get(shop=world.shop.row)
    broken.pk, broken.channel, broken.verifiers = None, "another channel", {}
    broken._state.adding = True
    broken.save()

    world.wechat.settle(number)
    world.quiet()

    assert [notice.answers for notice in world.wechat.notices] == [[200]]
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def test_is_posted(world: World) -> None:
    address = f"/s/{world.shop.row.key}/wechat-pay/refund/"

    assert world.us.get(address).status_code == 405
