"""Refund notices from WeChat Pay (退款结果通知): bytes in, one believed state out.

Owns the order of the checks: nothing is parsed before its signature holds. Stores nothing; the
same notice can come many times, late and out of order.
Source: WeChat Pay v3, "refund notice", read 2026-11; envelope and plaintext of REFUND.* events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from . import signing
from .merchant import Merchant
from .refund import RefundState, read_refund
from .signing import SignatureFault
from .wire import JsonObject, Malformed, read_child, read_object, read_text

LARGEST_BODY = 64 * 1024


class NoticeFault(StrEnum):
    """Why a notice that WeChat Pay may well have signed is not taken."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    WRONG_RESOURCE = "wrong_resource"  # not about a refund: the addresses are mixed up
    UNDECIPHERABLE = "undecipherable"  # sealed with another APIv3 key: a task for the operator
    WRONG_MERCHANT = "wrong_merchant"


class NotificationRefused(Exception):
    """Answer 4xx or 5xx and do nothing; WeChat Pay repeats for a day."""

    def __init__(self, reason: SignatureFault | NoticeFault) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RefundNotification:
    """`id` stays the same over all repeats of one event."""

    id: str
    event_type: str
    mchid: str
    state: RefundState


def parse_refund_notification(
    headers: Mapping[str, str], body: bytes, merchant: Merchant, now: datetime
) -> RefundNotification:
    """The notice, believed and read. `body` is raw: parsed and dumped again, it never verifies.

    Raises NotificationRefused, whatever the bytes and headers are, and nothing else.
    """
    if len(body) > LARGEST_BODY:
        raise NotificationRefused(NoticeFault.TOO_LARGE)
    try:
        signing.verify(headers, body, verifiers=merchant.keys, now=now)
        return _read(read_object(body), merchant)
    except signing.SignatureRefused as refused:
        raise NotificationRefused(refused.fault) from None
    except Malformed:
        raise NotificationRefused(NoticeFault.MALFORMED) from None


def _read(envelope: JsonObject, merchant: Merchant) -> RefundNotification:
    resource = read_child(envelope, "resource")
    if (
        envelope.get("resource_type") != "encrypt-resource"
        or resource.get("original_type") != "refund"
        or resource.get("algorithm") != "AEAD_AES_256_GCM"
    ):
        raise NotificationRefused(NoticeFault.WRONG_RESOURCE)
    plain = _unseal(resource, merchant)
    # The partner mode's sp_mchid and sub_mchid are not read: we serve direct merchants.
    if plain.get("mchid") != merchant.mchid:
        raise NotificationRefused(NoticeFault.WRONG_MERCHANT)
    return RefundNotification(
        id=read_text(envelope, "id"),
        event_type=read_text(envelope, "event_type"),
        mchid=merchant.mchid,
        state=read_refund(plain, status_field="refund_status"),
    )


def _unseal(resource: JsonObject, merchant: Merchant) -> JsonObject:
    nonce = read_text(resource, "nonce")
    ciphertext = read_text(resource, "ciphertext")
    associated_data = read_text(resource, "associated_data", default="")
    try:
        plain = signing.unseal(
            merchant.apiv3_key,
            nonce=nonce,
            ciphertext=ciphertext,
            associated_data=associated_data,
        )
    except ValueError:
        raise NotificationRefused(NoticeFault.UNDECIPHERABLE) from None
    return read_object(plain)
