"""Keeping a shop's WeChat Pay credentials: tried before they are stored, sealed when they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .. import clock, outgoing
from ..models import Shop, WechatMerchant, WechatRefund
from ..secretbox import seal
from ..wechat.pay import Merchant, PayClient


class ShopUnknown(Exception):
    """No shop with this API URL has installed the app."""


class MerchantInUse(Exception):
    """Refunds were sent by the stored merchant number: only it can say how they ended."""


@dataclass(frozen=True, slots=True)
class MerchantKeys:
    """As the WeChat Pay merchant portal hands them out. `channel` blank: for every channel."""

    channel: str
    mchid: str
    serial_no: str
    private_key_pem: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    verifiers: Mapping[str, str] = field(repr=False)


def keep_merchant(api_url: str, keys: MerchantKeys) -> WechatMerchant:
    """Store or replace the credentials of one channel.

    Raises ShopUnknown, MerchantInUse, or ProviderRejected with the field that cannot be right.
    """
    shop = Shop.objects.filter(api_url=api_url).first()
    if shop is None:
        raise ShopUnknown(f"no shop with the API URL {api_url} has installed this app")
    before = WechatMerchant.objects.filter(shop=shop, channel=keys.channel).first()
    if before is not None and before.mchid != keys.mchid and _has_refunds(before):
        raise MerchantInUse(
            f"refunds were sent by merchant {before.mchid}: another number would ask the wrong one"
            " about them, and could not refund what was paid to it"
        )
    merchant = Merchant(
        mchid=keys.mchid,
        serial_no=keys.serial_no,
        private_key_pem=keys.private_key_pem,
        apiv3_key=keys.apiv3_key,
        verifiers=keys.verifiers,
    )
    PayClient(merchant, outgoing.client(), clock.now)  # reads the private key
    private_key, key_id = seal(keys.private_key_pem)
    apiv3_key, _ = seal(keys.apiv3_key)
    stored, _ = WechatMerchant.objects.update_or_create(
        shop=shop,
        channel=keys.channel,
        defaults={
            "mchid": keys.mchid,
            "serial_no": keys.serial_no,
            "private_key_sealed": private_key,
            "apiv3_key_sealed": apiv3_key,
            "sealed_key_id": key_id,
            "verifiers": dict(keys.verifiers),
        },
    )
    return stored


def _has_refunds(merchant: WechatMerchant) -> bool:
    return WechatRefund.objects.filter(merchant=merchant).exists()
