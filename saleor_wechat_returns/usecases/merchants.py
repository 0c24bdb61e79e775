"""Keeping a shop's WeChat Pay credentials: tried before they are stored, sealed when they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from .. import clock, outgoing
from ..domain.errors import ProviderError, ProviderRejected, ProviderUnavailable
from ..models import WechatMerchant, WechatPayment, WechatRefund
from ..secretbox import seal
from ..wechat.merchant import PUBLIC_KEY_PREFIX
from ..wechat.pay import Merchant, PayClient
from .shops import installed_shop, wechat_pay_of

log = structlog.get_logger(__name__)

# WeChat Pay wants them read anew within 12 hours.
CERTIFICATES_LAST = timedelta(hours=10)


class MerchantInUse(Exception):
    """Payments or refunds went through the stored number: only it can say how they ended."""


@dataclass(frozen=True, slots=True)
class MerchantKeys:
    """As the WeChat Pay merchant portal hands them out. `channel` blank: for every channel."""

    channel: str
    mchid: str
    serial_no: str
    private_key_pem: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    verifiers: Mapping[str, str] = field(repr=False)


def keep_merchant(
    api_url: str, keys: MerchantKeys, *, has_certificates: bool = False
) -> WechatMerchant:
    """Store or replace the credentials of one channel.

    `has_certificates`: a merchant of the years before 2024; WeChat Pay is asked for its platform
    certificates, beside the public key in `keys.verifiers` if there is one already.
    Raises ShopUnknown, MerchantInUse, ProviderRejected with the field that cannot be right, and
    what asking may end in. No transaction may be open.
    """
    shop = installed_shop(api_url)
    before = WechatMerchant.objects.filter(shop=shop, channel=keys.channel).first()
    if before is not None and before.mchid != keys.mchid and _is_in_use(before):
        raise MerchantInUse(
            f"money went through merchant {before.mchid}: another number would ask the wrong one"
            " about it, and could not refund what was paid to it"
        )
    merchant = Merchant(
        mchid=keys.mchid,
        serial_no=keys.serial_no,
        private_key_pem=keys.private_key_pem,
        apiv3_key=keys.apiv3_key,
        verifiers=keys.verifiers,
        base_url=settings.WECHAT_PAY_API_URL,
        awaits_certificates=has_certificates,
    )
    client = PayClient(merchant, outgoing.client(), clock.now)  # reads the private key
    read_at = clock.now() if has_certificates else None
    if has_certificates:
        verifiers = {**keys.verifiers, **_certificates(client)}
        merchant = replace(merchant, verifiers=verifiers, awaits_certificates=False)
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
            "verifiers": dict(merchant.verifiers),
            "certificates_read_at": read_at,
        },
    )
    return stored


def refresh_certificates(*, now: datetime) -> int:
    """Read the platform certificates of every merchant that has some. Returns how many were read.

    Refused, away, doubtful: the old ones stay, and the clock tries again.
    """
    old = WechatMerchant.objects.filter(certificates_read_at__lte=now - CERTIFICATES_LAST)
    return sum(_refresh(merchant, now) for merchant in old.order_by("pk"))


def _refresh(merchant: WechatMerchant, now: datetime) -> bool:
    try:
        certificates = _certificates(wechat_pay_of(merchant))
    except ProviderError as trouble:
        # Rejected: its APIv3 key was changed, or it has moved to a public key for good.
        say = log.error if isinstance(trouble, ProviderRejected) else log.warning
        read_at = merchant.certificates_read_at
        say("certificates.kept", mchid=merchant.mchid, read_at=str(read_at), error=str(trouble))
        return False
    keys = {no: pem for no, pem in merchant.verifiers.items() if no.startswith(PUBLIC_KEY_PREFIX)}
    # Not over what an operator stored while we asked.
    unchanged = WechatMerchant.objects.filter(
        pk=merchant.pk, certificates_read_at=merchant.certificates_read_at
    )
    verifiers = keys | certificates
    return bool(unchanged.update(verifiers=verifiers, certificates_read_at=now))


def _certificates(client: PayClient) -> dict[str, str]:
    """PEM by number; never none. Raises what asking may end in."""
    found = {number: it.pem for number, it in client.fetch_certificates().items()}
    if not found:
        raise ProviderUnavailable("WeChat Pay lists no platform certificate")
    return found


def _is_in_use(merchant: WechatMerchant) -> bool:
    return any(
        rows.objects.filter(merchant=merchant).exists() for rows in (WechatPayment, WechatRefund)
    )
