"""Saleor asks us, who own the transaction, to refund (TRANSACTION_REFUND_REQUESTED).

Answered within Saleor's 18 seconds by far: the pspReference is written with the answer, and
WeChat Pay is called afterwards by a worker. The same body, and any other delivery for the same
open attempt, hear the same pspReference.
Source: Saleor 3.21-3.23 as measured, 2026-11: one pspReference per attempt; a body with
pspReference counts as accepted whatever its status; without one the request fails.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import structlog
from django.db import transaction

from .. import inbox
from ..domain.lifecycle import RefundStatus
from ..models import Refund, Shop
from ..models.refunds import RefundOrigin
from .dashboard_refund import adopt_or_begin, take_up, why_impossible
from .ledger import lock_order, read_order
from .locks import lock_refund
from .refund_answers import RefundRequested, accepted, no
from .refund_asked_without_order import adopt_or_begin_without_order, lock_taken
from .refund_attempts import begin_attempts
from .refunds import NOT_YET_PAYING
from .refused_action import Answer

log = structlog.get_logger(__name__)

SOURCE = "saleor.refund_requested"
READ_SECONDS = 4.0


def digest_of(body: bytes) -> str:
    """Saleor sends no delivery id: the same body is the same delivery."""
    return hashlib.sha256(body).hexdigest()


def answer_refund_request(shop: Shop, asked: RefundRequested, *, now: datetime) -> Answer:
    """What to tell Saleor, decided once and remembered.

    Takes the locks order → return → refund; reads the order before them, if the refund was not
    begun here. Raises ProviderUnavailable or ProviderRejected from that read, and nothing of its
    own: what we cannot decide reaches the skin, which answers 5xx.
    """
    said = inbox.answered(shop, SOURCE, asked.body_digest)
    if said is not None:
        return said
    found = _refund_of_grant(shop, asked)
    if found is not None:
        return _answer_own(found, asked, now)
    if why := why_impossible(asked):
        log.error("refund.impossible", shop=shop.key, why=why)
        return no(f"{why} Nothing was paid.")
    if not asked.order_id:
        return _answer_without_order(shop, asked, now)
    return _answer_dashboard(shop, asked, now)


def _refund_of_grant(shop: Shop, asked: RefundRequested) -> Refund | None:
    if not asked.grant_id:
        return None
    return Refund.objects.filter(shop=shop, grant_id=asked.grant_id).first()


def _answer_own(found: Refund, asked: RefundRequested, now: datetime) -> Answer:
    with transaction.atomic():
        refund = lock_refund(found.pk)
        # The twin delivery may have been answered while we waited for the lock.
        said = inbox.answered(refund.shop, SOURCE, asked.body_digest)
        if said is not None:
            return said
        answer = _decide(refund, asked, now)
        inbox.remember_answer(refund.shop, SOURCE, asked.body_digest, answer)
        return answer


def _answer_dashboard(shop: Shop, asked: RefundRequested, now: datetime) -> Answer:
    read = read_order(shop, asked.order_id, seconds=READ_SECONDS)
    if read is None:  # it asks us, so it knows us: there is no such order
        return no("Saleor does not show the order: nothing was paid.")
    with transaction.atomic():
        order = lock_order(shop, read)
        said = inbox.answered(shop, SOURCE, asked.body_digest)
        if said is not None:
            return said
        # Saleor lets a grant be requested many times at once: another may have begun it since.
        begun = _refund_of_grant(shop, asked)
        if begun is not None:
            answer = _decide(lock_refund(begun.pk), asked, now)
        else:
            answer = adopt_or_begin(order, asked, now=now)
        inbox.remember_answer(shop, SOURCE, asked.body_digest, answer)
        return answer


def _answer_without_order(shop: Shop, asked: RefundRequested, now: datetime) -> Answer:
    """Of a checkout's payment: by staff through the API, or by Saleor's own release of funds."""
    with transaction.atomic():
        taken = lock_taken(shop, asked.transaction_id)
        said = inbox.answered(shop, SOURCE, asked.body_digest)
        if said is not None:
            return said
        answer = adopt_or_begin_without_order(taken, asked, now=now)
        inbox.remember_answer(shop, SOURCE, asked.body_digest, answer)
        return answer


def _decide(refund: Refund, asked: RefundRequested, now: datetime) -> Answer:
    if asked.transaction_id != refund.bearer.transaction_id:
        return no("The granted refund was moved to another payment: nothing was paid.")
    if asked.amount_fen != refund.amount_fen or refund.amount_fen <= 0:
        log.error("refund.amount_differs", refund=str(refund.pk))
        return no("The amount is not the amount of the return: nothing was paid.")
    open_request = refund.saleor_requests.filter(ended_at=None).first()
    if open_request is not None:
        return accepted(refund, open_request.psp_reference, now)
    if refund.origin == RefundOrigin.DASHBOARD and refund.status == RefundStatus.FAILED:
        return take_up(refund, now=now)
    if not refund.running or refund.status not in NOT_YET_PAYING:
        return no("This refund is over: nothing more was paid.")
    number = begin_attempts(refund, now=now)
    if number is None:
        return no("No WeChat Pay merchant is set up for this channel: nothing was paid.")
    return {"pspReference": number}
