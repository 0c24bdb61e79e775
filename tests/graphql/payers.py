"""Payments taken by this service, as rows."""

from __future__ import annotations

from saleor_wechat_returns.models import WechatMerchant, WechatPayment
from saleor_wechat_returns.models.payments import WechatPaymentStatus
from saleor_wechat_returns.secretbox import seal
from saleor_wechat_returns.usecases.openids import openid_index
from tests.world import APPID, TestShop

PAYER, STRANGER = "openid-of-the-payer", "openid-of-a-stranger"


def pay(
    shop: TestShop,
    transaction_id: str,
    openid: str = PAYER,
    status: WechatPaymentStatus = WechatPaymentStatus.PAID,
) -> WechatPayment:
    """The row of a payment taken by this service."""
    sealed, key_id = seal(openid)
    number = WechatPayment.objects.count() + 1
    return WechatPayment.objects.create(
        shop=shop.row,
        transaction_id=transaction_id,
        source_id="Q2hlY2tvdXQ6MQ==",
        channel="cn",
        merchant=WechatMerchant.objects.get(shop=shop.row),
        appid=APPID,
        openid_index=openid_index(APPID, openid),
        openid_sealed=sealed,
        sealed_key_id=key_id,
        out_trade_no=f"T{number}",
        amount_fen=100,
        description="",
        status=status,
        expires_at=shop.world.clock.now,
        wechat_transaction_id=str(number) if status == WechatPaymentStatus.PAID else "",
    )
