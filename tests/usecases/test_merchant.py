"""A shop's merchant …"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from saleor_wechat_returns.domain.errors import ProviderRejected
from saleor_wechat_returns.models import WechatMerchant
from saleor_wechat_returns.usecases.merchants import (
    MerchantInUse,
    MerchantKeys,
    keep_merchant,
)
from saleor_wechat_returns.usecases.shops import ShopUnknown, credentials_of
from tests import make
from tests.world import World

SHOP = "https://shop-a.example/graphql/"


def _keys(world: World) -> MerchantKeys:
    stored = credentials_of(WechatMerchant.objects.get(shop=world.shop.row))
    return MerchantKeys(
        channel="",
        mchid=stored.mchid,
        serial_no=stored.serial_no,
        private_key_pem=stored.private_key_pem,
        apiv3_key=stored.apiv3_key,
        verifiers=stored.verifiers,
    )


def test_is_stored_sealed(world: World) -> None:
    keys = replace(_keys(world), channel="cn", apiv3_key="f" * 32)

    stored = keep_merchant(SHOP, keys)

    assert keys.apiv3_key.encode() not in bytes(stored.apiv3_key_sealed)
    assert credentials_of(stored).apiv3_key == keys.apiv3_key


def test_gets_new_keys_at_any_time(world: World) -> None:
    make.inspected(world.shop, world.shop.order())
    world.quiet()

    keep_merchant(SHOP, replace(_keys(world), apiv3_key="e" * 32))

    (stored,) = WechatMerchant.objects.filter(shop=world.shop.row)
    assert credentials_of(stored).apiv3_key == "e" * 32


def test_keeps_its_number_once_refunds_were_sent_by_it(world: World) -> None:
    """Another number would call a refund unknown that was paid, and staff would pay it again."""
    make.inspected(world.shop, world.shop.order())
    world.quiet()

    with pytest.raises(MerchantInUse):
        keep_merchant(SHOP, replace(_keys(world), mchid="1900000002"))

    assert WechatMerchant.objects.get(shop=world.shop.row).mchid == "1900000001"


def test_must_belong_to_an_installed_shop(world: World) -> None:
    with pytest.raises(ShopUnknown):
        keep_merchant("https://nobody.example/graphql/", _keys(world))


@pytest.mark.parametrize(
    ("field", "value"),
    [("mchid", "no number"), ("apiv3_key", "short"), ("private_key_pem", "no key")],
)
def test_with_keys_that_cannot_work_is_refused(world: World, field: str, value: str) -> None:
    before = WechatMerchant.objects.values().get(shop=world.shop.row)
    wrong: dict[str, Any] = {field: value}

    with pytest.raises(ProviderRejected) as refused:
        keep_merchant(SHOP, replace(_keys(world), **wrong))

    assert refused.value.field == field
    assert WechatMerchant.objects.values().get(shop=world.shop.row) == before
