"""A shop's way out: its Saleor client and its WeChat Pay client, secrets opened here only."""

from __future__ import annotations

from django.conf import settings

from .. import clock, outgoing
from ..models import Payment, Shop, ShopApp, WechatMerchant, WechatPayment
from ..models.payments import WechatPaymentStatus
from ..saleor.client import Saleor
from ..secretbox import open_sealed
from ..wechat.bills import BillClient
from ..wechat.pay import Merchant, PayClient
from .standing import need_standing, token_of


class ShopUnknown(Exception):
    """No shop with this API URL has installed the app."""


def installed_shop(api_url: str) -> Shop:
    """Raises ShopUnknown."""
    shop = Shop.objects.filter(api_url=api_url).first()
    if shop is None:
        raise ShopUnknown(f"no shop with the API URL {api_url} has installed this app")
    return shop


def saleor_of(shop: Shop) -> Saleor:
    """Saleor as our app in this shop. Raises Paused, as its calls do, while Saleor refuses us.

    The one way to a shop's Saleor: what needs none, such as WeChat Pay's side, is not held up.
    """
    app = _app_of(shop)
    return Saleor(
        shop.api_url, token_of(app), outgoing.client(), on_denied=lambda: need_standing(app)
    )


def need_app(shop: Shop) -> None:
    """Saleor does not show what it has: return if it at least knows our app. Raises Paused."""
    need_standing(_app_of(shop))


def _app_of(shop: Shop) -> ShopApp:
    app = ShopApp.objects.get(shop=shop, is_current=True)
    app.shop = shop
    return app


def app_ids_of(shop: Shop) -> frozenset[str]:
    """Every App id we ever had in this shop: what an old one did is still ours."""
    return frozenset(ShopApp.objects.filter(shop=shop).values_list("app_id", flat=True))


def merchant_for(shop: Shop, channel: str) -> WechatMerchant | None:
    """The channel's own merchant, else the shop's."""
    found = WechatMerchant.objects.filter(shop=shop, channel__in=[channel, ""])
    return found.order_by("-channel").first()


def merchant_numbered(shop: Shop, mchid: str) -> WechatMerchant | None:
    """One of the shop's channels may stand for all that use this merchant number."""
    found = WechatMerchant.objects.filter(shop=shop, mchid=mchid).order_by("channel", "pk")
    return found.select_related("shop").first()


def taken_by(shop: Shop, transaction_id: str) -> WechatPayment | None:
    """The paid payment behind a Saleor transaction: what it took goes back the same way."""
    rows = WechatPayment.objects.filter(shop=shop, transaction_id=transaction_id)
    return rows.filter(status=WechatPaymentStatus.PAID).select_related("merchant").first()


def merchant_behind(payment: Payment) -> WechatMerchant | None:
    """Who can pay this payment back: whoever took it; if we do not know, the channel's own."""
    taken = taken_by(payment.shop, payment.transaction_id)
    return taken.merchant if taken else merchant_for(payment.shop, payment.order.channel)


def credentials_of(merchant: WechatMerchant) -> Merchant:
    key_id = merchant.sealed_key_id
    return Merchant(
        mchid=merchant.mchid,
        serial_no=merchant.serial_no,
        private_key_pem=open_sealed(bytes(merchant.private_key_sealed), key_id),
        apiv3_key=open_sealed(bytes(merchant.apiv3_key_sealed), key_id),
        verifiers=merchant.verifiers,
        base_url=settings.WECHAT_PAY_API_URL,
    )


def bills_of(merchant: WechatMerchant) -> BillClient:
    return BillClient(credentials_of(merchant), outgoing.client(), clock.now)


def wechat_pay_of(merchant: WechatMerchant, *, seconds: float | None = None) -> PayClient:
    """`seconds`: less patience than usual, where somebody waits."""
    return PayClient(credentials_of(merchant), outgoing.client(), clock.now, seconds)
