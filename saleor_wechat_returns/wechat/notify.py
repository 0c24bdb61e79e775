"""Notices from WeChat Pay (支付成功通知, 退款结果通知): bytes in, one believed state out.

Owns the order of the checks: nothing is parsed before its signature holds. Stores nothing; the
same notice can come many times, late and out of order.
Source: WeChat Pay v3, "payment notice" and "refund notice", read 2026-11; envelope and plaintext
of TRANSACTION.SUCCESS and REFUND.* events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from . import signing
from .merchant import Merchant
from .payment import PaymentState, read_payment
from .refund import RefundState, read_refund
from .sealed import Undecipherable, open_sealed
from .signing import SignatureFault
from .wire import JsonObject, Malformed, read_child, read_object, read_text

LARGEST_BODY = 64 * 1024

State = TypeVar("State", PaymentState, RefundState)


class NoticeFault(StrEnum):
    """Why a notice that WeChat Pay may well have signed is not taken."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    WRONG_RESOURCE = "wrong_resource"  # not what this address is for: they are mixed up
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


@dataclass(frozen=True, slots=True)
class PaymentNotification:
    """`id` stays the same over all repeats of one event."""

    id: str
    event_type: str
    mchid: str
    state: PaymentState


def parse_refund_notification(
    headers: Mapping[str, str], body: bytes, merchant: Merchant, now: datetime
) -> RefundNotification:
    """The notice, believed and read. `body` is raw: parsed and dumped again, it never verifies.

    Raises NotificationRefused, whatever the bytes and headers are, and nothing else.
    """
    number, event, state = _believe(headers, body, merchant, now, "refund", _read_refund)
    return RefundNotification(number, event, merchant.mchid, state)


def parse_payment_notification(
    headers: Mapping[str, str], body: bytes, merchant: Merchant, now: datetime
) -> PaymentNotification:
    """As `parse_refund_notification`, for payments. The state decides, not the kind of event."""
    number, event, state = _believe(headers, body, merchant, now, "transaction", read_payment)
    return PaymentNotification(number, event, merchant.mchid, state)


def _read_refund(plain: JsonObject) -> RefundState:
    return read_refund(plain, status_field="refund_status")


def _believe(
    headers: Mapping[str, str],
    body: bytes,
    merchant: Merchant,
    now: datetime,
    resource_type: str,
    read: Callable[[JsonObject], State],
) -> tuple[str, str, State]:
    if len(body) > LARGEST_BODY:
        raise NotificationRefused(NoticeFault.TOO_LARGE)
    try:
        signing.verify(headers, body, verifiers=merchant.keys, now=now)
        envelope = read_object(body)
        plain = _open(envelope, merchant, resource_type)
        return read_text(envelope, "id"), read_text(envelope, "event_type"), read(plain)
    except signing.SignatureRefused as refused:
        raise NotificationRefused(refused.fault) from None
    except Malformed:
        raise NotificationRefused(NoticeFault.MALFORMED) from None


def _open(envelope: JsonObject, merchant: Merchant, resource_type: str) -> JsonObject:
    resource = read_child(envelope, "resource")
    if (
        envelope.get("resource_type") != "encrypt-resource"
        or resource.get("original_type") != resource_type
        or resource.get("algorithm") != "AEAD_AES_256_GCM"
    ):
        raise NotificationRefused(NoticeFault.WRONG_RESOURCE)
    try:
        plain = read_object(open_sealed(resource, merchant.apiv3_key))
    except Undecipherable:
        raise NotificationRefused(NoticeFault.UNDECIPHERABLE) from None
    # The partner mode's sp_mchid and sub_mchid are not read: we serve direct merchants.
    if plain.get("mchid") != merchant.mchid:
        raise NotificationRefused(NoticeFault.WRONG_MERCHANT)
    return plain
