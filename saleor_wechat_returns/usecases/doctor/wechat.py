"""A shop's WeChat Pay merchants and mini-programs: do their credentials work, proven by WeChat?

Asks only what changes nothing there. What no such question proves is said to be unproven.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
from django.conf import settings
from django.db.models import Q

from ... import clock
from ...domain.errors import OutcomeUnknown, ProviderError, ProviderRejected, ProviderUnavailable
from ...domain.shipping_info import ShippingInfoStatus
from ...models import (
    InboxMessage,
    ShippingInfo,
    Shop,
    WechatMerchant,
    WechatMiniProgram,
    WechatPayment,
    WechatPush,
    WechatRefund,
)
from ...secretbox import UnreadableSecretError
from ...wechat.pay import PayClient
from ..shops import wechat_pay_of
from ..wechat_notices import BY_BILL, PAYMENTS, SOURCE
from ..wechat_programs import try_program
from ..wechat_pushes import latest_push, push_address
from .clocks import compare_clock
from .findings import Code, Finding
from .service import page_at

SECONDS = 5.0
# No order of ours is called so, and nobody else's could be.
NO_ORDER = "saleor-wechat-returns-doctor"
# WeChat Pay's own limit; the clock reads every ten.
CERTIFICATES_OLD = timedelta(hours=12)


def look_at_wechat(shop: Shop) -> Iterator[Finding]:
    """Every merchant and mini-program of the shop."""
    merchants = list(WechatMerchant.objects.filter(shop=shop).order_by("channel"))
    programs = list(WechatMiniProgram.objects.filter(shop=shop).order_by("channel"))
    if not merchants:
        yield Finding(Code.MERCHANT_MISSING, shop.api_url)
    for merchant in merchants:
        yield from _merchant(shop, merchant, is_only=len(merchants) == 1)
    if merchants:
        yield from compare_clock(settings.WECHAT_PAY_API_URL, "WeChat Pay", shop=shop.api_url)
        yield from _notices(shop)
    if not programs:
        yield Finding(Code.PROGRAM_MISSING, shop.api_url)
    for program in programs:
        yield _program(shop, program)
        yield _push(shop, program)
    if programs:
        yield _shipping_info(shop)


def _merchant(shop: Shop, merchant: WechatMerchant, *, is_only: bool) -> Iterator[Finding]:
    def found(code: Code, **facts: object) -> Finding:
        return Finding(code, shop.api_url, merchant.mchid, facts)

    try:
        client = wechat_pay_of(merchant, seconds=SECONDS)
    except (UnreadableSecretError, ProviderRejected) as no:
        yield found(Code.MERCHANT_UNUSABLE, why=str(no))
        return
    try:
        is_proven = _ask(client, merchant)
    except ProviderRejected as no:
        yield found(Code.MERCHANT_REFUSED, why=str(no)[:200])
        return
    except ProviderUnavailable as away:
        yield found(Code.WECHAT_PAY_AWAY, why=str(away))
        return
    except OutcomeUnknown as doubt:
        yield found(Code.WECHAT_PAY_DOUBTFUL, why=str(doubt))
        return
    yield found(Code.MERCHANT)
    if merchant.certificates_read_at is not None:
        yield from _certificates(shop, merchant, client)
        return
    yield found(Code.ANSWERS if is_proven else Code.ANSWERS_UNPROVEN)
    opened = _latest_notice(merchant, is_only=is_only)
    if opened is None:
        yield found(Code.APIV3_KEY_UNPROVEN)
    else:
        yield found(Code.APIV3_KEY_HEARD, at=f"{opened.created_at:%Y-%m-%d %H:%M} UTC")


def _ask(client: PayClient, merchant: WechatMerchant) -> bool:
    """Ask about something, signed. True if the answer was signed too: a 404 never is.

    A 404 proves our signature all the same, since WeChat Pay looks at that first.
    """
    payments = WechatPayment.objects.filter(merchant=merchant).exclude(prepay_id="")
    payment = payments.order_by("-created_at", "-id").first()
    if payment is not None:
        return client.query_payment(payment.out_trade_no) is not None
    refunds = WechatRefund.objects.filter(merchant=merchant).exclude(wechat_refund_id="")
    refund = refunds.order_by("-created_at", "-id").first()
    if refund is not None:
        return client.query_refund(refund.out_refund_no) is not None
    return client.query_payment(NO_ORDER) is not None


def _certificates(shop: Shop, merchant: WechatMerchant, client: PayClient) -> Iterator[Finding]:
    """The list is signed, and sealed with the APIv3 key: reading it proves both."""

    def found(code: Code, **facts: object) -> Finding:
        return Finding(code, shop.api_url, merchant.mchid, facts)

    try:
        client.fetch_certificates()
    except ProviderError as trouble:
        field = trouble.field if isinstance(trouble, ProviderRejected) else ""
        yield found(Code.CERTIFICATES_REFUSED, why=f"{field} {trouble}".strip()[:200])
    else:
        yield found(Code.ANSWERS)
        yield found(Code.APIV3_KEY)
    read_at = merchant.certificates_read_at
    if read_at is not None and clock.now() - read_at > CERTIFICATES_OLD:
        yield found(Code.CERTIFICATES_OVERDUE, at=f"{read_at:%Y-%m-%d %H:%M} UTC")


def _latest_notice(merchant: WechatMerchant, *, is_only: bool) -> InboxMessage | None:
    """A notice is kept only after its APIv3 key has opened it. Of refunds we keep no merchant."""
    its_own = Q(source=PAYMENTS, payload__mchid=merchant.mchid)
    opened = its_own | Q(source=SOURCE) if is_only else its_own
    kept = InboxMessage.objects.filter(opened, shop_id=merchant.shop_id)
    kept = kept.exclude(key__startswith=BY_BILL)
    return kept.order_by("-created_at", "-id").first()


def _notices(shop: Shop) -> Iterator[Finding]:
    """405 is ours: that address takes POST only."""
    url = f"{settings.PUBLIC_URL}/s/{shop.key}/wechat-pay/refund/"
    try:
        status, _ = page_at("GET", url)
    except httpx.HTTPError as away:
        why = type(away).__name__
    else:
        why = "" if status == 405 else f"HTTP {status}"
    if why:
        yield Finding(Code.NOTICES_UNREACHED, shop.api_url, facts={"why": why})
    else:
        yield Finding(Code.NOTICES, shop.api_url)


def _push(shop: Shop, program: WechatMiniProgram) -> Finding:
    """Only a message that came proves the way: the console alone asks our address."""
    facts: dict[str, object] = {"address": push_address(shop.api_url)}
    if not WechatPush.objects.filter(appid=program.appid).exists():
        return Finding(Code.PUSH_MISSING, shop.api_url, program.appid, facts)
    latest = latest_push(program.appid)
    if latest is None:
        return Finding(Code.PUSH_UNPROVEN, shop.api_url, program.appid, facts)
    facts["at"] = f"{latest:%Y-%m-%d %H:%M} UTC"
    return Finding(Code.PUSH, shop.api_url, program.appid, facts)


def _shipping_info(shop: Shop) -> Finding:
    if not shop.tells_shipping:
        return Finding(Code.SHIPPING_INFO_OFF, shop.api_url)
    refused = ShippingInfo.objects.filter(shop=shop, status=ShippingInfoStatus.REFUSED)
    latest = refused.order_by("-looked_at", "-id").first()
    if latest is None:
        return Finding(Code.SHIPPING_INFO, shop.api_url)
    facts = {"count": refused.count(), "why": latest.trouble}
    return Finding(Code.SHIPPING_INFO_REFUSED, shop.api_url, facts=facts)


def _program(shop: Shop, program: WechatMiniProgram) -> Finding:
    def found(code: Code, **facts: object) -> Finding:
        return Finding(code, shop.api_url, program.appid, facts)

    try:
        try_program(program, seconds=SECONDS)
    except UnreadableSecretError as no:
        return found(Code.PROGRAM_UNREADABLE, why=str(no))
    except ProviderRejected as no:
        return found(Code.PROGRAM_REFUSED, why=str(no)[:200])
    except ProviderError as away:
        return found(Code.WECHAT_AWAY, why=str(away)[:200])
    return found(Code.PROGRAM)
