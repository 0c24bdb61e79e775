"""A merchant of the years before 2024, who knows WeChat Pay by certificates (平台证书) …"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from saleor_wechat_returns.domain.errors import OutcomeUnknown, ProviderError, ProviderRejected
from saleor_wechat_returns.models import WechatMerchant
from saleor_wechat_returns.tasks import read_certificates
from saleor_wechat_returns.usecases.merchants import MerchantKeys, keep_merchant
from saleor_wechat_returns.usecases.shops import credentials_of
from tests import make
from tests import world as worlds
from tests.usecases.paid_once import assert_paid_once
from tests.world import MCHID, World

SHOP = "https://shop-a.example/graphql/"


@pytest.fixture
def old(world: World) -> World:
    """WeChat Pay signs with certificates for both shops' merchant."""
    world.wechat.add_merchant(
        MCHID, worlds.SERIAL, worlds._public_pem, worlds.APIV3_KEY, is_old=True
    )
    return world


def stored(world: World) -> WechatMerchant:
    return WechatMerchant.objects.get(shop=world.shop.row)


def keep(world: World, **verifiers: str) -> WechatMerchant:
    given = credentials_of(stored(world))
    keys = MerchantKeys(
        channel="",
        mchid=given.mchid,
        serial_no=given.serial_no,
        private_key_pem=given.private_key_pem,
        apiv3_key=given.apiv3_key,
        verifiers=verifiers,
    )
    return keep_merchant(SHOP, keys, has_certificates=True)


def fetches(world: World) -> int:
    return sum(call.path == "/v3/certificates" for call in world.wechat.calls)


def test_is_stored_with_all_that_are_valid(old: World) -> None:
    newest = old.wechat.rotate_certificate()

    merchant = keep(old)

    assert len(merchant.verifiers) == 2
    assert merchant.verifiers[newest.id] == newest.pem
    assert merchant.certificates_read_at == old.clock.now


def test_is_refunded_through(old: World) -> None:
    keep(old)
    order = old.shop.order()

    request = make.inspected(old.shop, order)
    old.run()

    assert_paid_once(old.shop, order, request, 19900)


def test_holds_the_public_key_beside_them_while_it_changes_over(old: World) -> None:
    public_key = {old.wechat.public_key_id: old.wechat.public_key_pem}

    merchant = keep(old, **public_key)
    assert len(merchant.verifiers) == 2

    old.clock.forward(hours=11)
    newest = old.wechat.rotate_certificate()
    read_certificates()
    assert stored(old).verifiers.items() >= (public_key | {newest.id: newest.pem}).items()
    order = old.shop.order()
    request = make.inspected(old.shop, order)
    old.run()
    assert_paid_once(old.shop, order, request, 19900)


def test_is_read_anew_in_time_and_not_sooner(old: World) -> None:
    keep(old)
    start = old.clock.now
    read_at = []

    for _ in range(36):
        before = fetches(old)
        read_certificates()
        if fetches(old) > before:
            read_at.append(old.clock.now - start)
        old.clock.forward(hours=1)

    assert read_at == [timedelta(hours=10), timedelta(hours=20), timedelta(hours=30)]


def test_learns_a_new_one_before_its_notices_are_refused_for_long(old: World) -> None:
    """WeChat Pay rotates in the middle of a refund: answers and notices wait, money does not."""
    keep(old)
    order = old.shop.order()
    request = make.inspected(old.shop, order)
    old.clock.forward(hours=9)
    old.wechat.rotate_certificate()
    old.run(minutes=5)
    assert make.read(old.shop, request)["status"] == "REFUNDING"

    old.clock.forward(hours=1)
    read_certificates()
    old.run(minutes=120)

    assert_paid_once(old.shop, order, request, 19900)


@pytest.mark.parametrize("fault", ["http_500", "connect_refused", "bad_signature", "garbage"])
def test_keeps_the_old_ones_when_reading_fails(
    old: World, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    keep(old)
    before = stored(old)
    old.clock.forward(hours=11)
    old.wechat.faults.add(fault)

    read_certificates()

    after = stored(old)
    assert (after.verifiers, after.certificates_read_at) == (
        before.verifiers,
        before.certificates_read_at,
    )
    assert "certificates.kept" in caplog.text
    read_certificates()
    assert stored(old).certificates_read_at == old.clock.now


def test_keeps_them_when_it_has_moved_to_a_public_key_for_good(world: World) -> None:
    """WeChat Pay then answers 404: the operator stores the key, and until then nothing is lost."""
    held = {"5157F09EFDC096DE15EBE81A47057A7232F1B8E1": world.wechat.public_key_pem}
    rows = WechatMerchant.objects.filter(shop=world.shop.row)
    rows.update(verifiers=held, certificates_read_at=world.clock.now - timedelta(hours=11))

    read_certificates()

    assert stored(world).verifiers == held


def test_in_public_key_mode_is_never_asked_for_any(world: World) -> None:
    world.clock.forward(days=3)

    read_certificates()

    assert fetches(world) == 0


def test_that_has_none_is_not_stored(world: World) -> None:
    before = WechatMerchant.objects.values().get(shop=world.shop.row)

    with pytest.raises(ProviderRejected, match="RESOURCE_NOT_EXISTS"):
        keep(world)

    assert WechatMerchant.objects.values().get(shop=world.shop.row) == before


@pytest.mark.parametrize("fault", ["http_500", "connect_refused", "garbage"])
def test_is_not_stored_while_wechat_pay_is_away(old: World, fault: str) -> None:
    before = WechatMerchant.objects.values().get(shop=old.shop.row)
    old.wechat.faults.add(fault)

    with pytest.raises(ProviderError):
        keep(old)

    assert WechatMerchant.objects.values().get(shop=old.shop.row) == before


def test_is_not_stored_by_a_list_that_wechat_pay_did_not_sign(old: World) -> None:
    old.wechat.faults.add("bad_signature")

    with pytest.raises(OutcomeUnknown):
        keep(old)


def test_refuses_a_probe_of_the_signature_and_takes_the_true_notice(old: World) -> None:
    """WECHATPAY/SIGNTEST/: answered as refused, without an alarm; the true one follows."""
    keep(old)
    order = old.shop.order()
    make.inspected(old.shop, order)
    old.quiet()
    (refund,) = old.wechat.refunds
    old.wechat.settle(refund.out_refund_no)
    statuses = []

    for probe in (True, False):
        headers, body = old.wechat.make_notification(refund.out_refund_no, probe=probe)
        url = f"/s/{old.shop.row.key}/wechat-pay/refund/"
        answer = old.us.post(url, content=body, headers=headers)
        statuses.append(answer.status_code)

    assert statuses == [401, 200]


def test_what_an_operator_stores_meanwhile_is_not_overwritten(old: World) -> None:
    keep(old)
    old.clock.forward(hours=11)
    rows = WechatMerchant.objects.filter(shop=old.shop.row)
    new: dict[str, Any] = {old.wechat.public_key_id: old.wechat.public_key_pem}
    inner = old.wechat._exchange

    def meanwhile(*arguments: Any) -> Any:
        rows.update(verifiers=new, certificates_read_at=None)
        return inner(*arguments)

    old.wechat.transport._exchange = meanwhile
    read_certificates()

    assert stored(old).verifiers == new
