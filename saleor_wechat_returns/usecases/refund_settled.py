"""Staff paid a refund by other means, or found that it was paid, and write that down.

Possible only when it is certain that WeChat Pay pays nothing any more: it is asked first, while
no step of the order runs. From then on the refund is final, whatever anybody says later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from .. import outbox
from ..domain.errors import ErrorCode, Fault, ProviderError, Refusal, refuse
from ..domain.lifecycle import Move, RefundStatus
from ..models import Refund
from ..models.ledger import PaymentOwner
from ..models.refunds import WECHAT_ENDED, WechatRefundStatus
from ..outbox import Later
from ..saleor.payloads import TransactionFacts
from ..wechat.pay import RefundState
from ..wechat.pay import RefundStatus as Said
from .access import Viewer
from .locks import find_own_refund, lock_refund, need_refund_version
from .move import move, move_refund
from .payment_sources import paid_for
from .refund_at_wechat import BETWEEN_REFUNDS, settle
from .refund_attempts import is_counted_elsewhere, was_made_in_portal
from .refunds import (
    MONEY_TROUBLES,
    RECORD_RETURN,
    close_own_tasks,
    key_of,
    load_refund,
    money_is_final,
    put,
    read_order_of,
    start_next_beside,
    trouble_over,
)
from .shops import wechat_pay_of
from .texts import fault_of_text

log = structlog.get_logger(__name__)

SETTLING = "refund.settling"
LONGEST_REFERENCE = 128
LONGEST_NOTE = 1000
# Not (or no longer) with anybody who pays; PAYING and ABNORMAL only once WeChat Pay was asked.
SETTLEABLE = frozenset(
    {
        RefundStatus.PLANNED,
        RefundStatus.REQUESTED,
        RefundStatus.FAILED,
        RefundStatus.PAYING,
        RefundStatus.WAITING_BALANCE,
        RefundStatus.ABNORMAL,
    }
)


@dataclass(frozen=True, slots=True)
class Settlement:
    """`reference` proves the payment (a transfer's number); `abnormal_is_over`: staff ended the
    abnormal refund in WeChat Pay's merchant portal, or made sure there that it never pays."""

    refund_id: str
    reference: str
    note: str
    abnormal_is_over: bool


def settle_manually(
    staff: Viewer, wanted: Settlement, *, expected_version: int, now: datetime
) -> Refund:
    """Write down that a refund was paid by other means. Asks WeChat Pay and Saleor before.

    Takes the order's outbox lease, then the locks. Raises Refusal: under way, paid already, or
    somebody who must be asked is away.
    """
    _check(wanted)
    refund = find_own_refund(staff, wanted.refund_id)
    need_refund_version(refund, expected_version)
    with outbox.alone(SETTLING, refund.pk, shop=refund.shop, key=key_of(refund)) as is_alone:
        if not is_alone:
            raise refuse(ErrorCode.REFUND_UNDER_WAY, "refundId")
        refund = load_refund(refund.pk)
        _need_settleable(refund)
        _make_sure_that_wechat_pays_nothing(refund, wanted, now=now)
        is_counted = _saleor_has_it(refund, wanted)
        with transaction.atomic():
            return _settle(refund.pk, staff, wanted, is_counted=is_counted, now=now)


def give_up(_refund_id: UUID) -> Later | None:
    """Effect: whoever was settling died before anything was written. Staff do it again."""
    return None


def _check(wanted: Settlement) -> None:
    faults = []
    if not wanted.reference:
        faults.append(Fault(ErrorCode.REQUIRED, "reference"))
    for text, field, longest in (
        (wanted.reference, "reference", LONGEST_REFERENCE),
        (wanted.note, "note", LONGEST_NOTE),
    ):
        if fault := fault_of_text(text, field, longest=longest):
            faults.append(fault)
    if faults:
        raise Refusal(*faults)


def _need_settleable(refund: Refund) -> None:
    if refund.status == RefundStatus.SUCCEEDED:
        raise refuse(ErrorCode.REFUND_ALREADY_PAID, "refundId")
    if refund.status not in SETTLEABLE or refund.is_with_another_app:
        raise refuse(ErrorCode.REFUND_UNDER_WAY, "refundId")


def _make_sure_that_wechat_pays_nothing(
    refund: Refund, wanted: Settlement, *, now: datetime
) -> None:
    """Its answer is settled like any other, so that money which arrived ends the refund here."""
    attempt = refund.wechat_refunds.exclude(status__in=WECHAT_ENDED).first()
    if attempt is None:
        return
    try:
        state = wechat_pay_of(attempt.merchant).query_refund(attempt.out_refund_no)
    except ProviderError as trouble:
        log.warning("refund.unaskable", number=attempt.out_refund_no, error=str(trouble))
        raise refuse(ErrorCode.WECHAT_PAY_UNAVAILABLE) from trouble
    if state is not None:
        settle(attempt.out_refund_no, state, now=now)
    elif attempt.sent_at is not None and now - attempt.sent_at < BETWEEN_REFUNDS:
        # Its answer was lost a moment ago: WeChat Pay may be about to take it.
        raise refuse(ErrorCode.REFUND_UNDER_WAY, "refundId")
    _need_unpaid(state, wanted)


def _need_unpaid(state: RefundState | None, wanted: Settlement) -> None:
    match state and state.status:
        case None | Said.CLOSED:
            return
        case Said.ABNORMAL if wanted.abnormal_is_over:
            return
        case Said.SUCCESS:
            raise refuse(ErrorCode.REFUND_ALREADY_PAID, "refundId")
        case Said.ABNORMAL:
            raise refuse(ErrorCode.REQUIRED, "abnormalIsOver")
        case _:
            raise refuse(ErrorCode.REFUND_UNDER_WAY, "refundId")


def _saleor_has_it(refund: Refund, wanted: Settlement) -> bool:
    """Does Saleor know of this money already, so that a report would count it twice?

    Made by hand in the merchant portal it is reported by its own row; and where less is charged
    than is owed, somebody else has refunded it.
    """
    payment = refund.payment
    if refund.taken is None and (payment is None or payment.owner != PaymentOwner.OURS):
        return False
    if was_made_in_portal(refund, wanted.reference):
        return True
    try:
        there = _transaction_of(refund)
    except ProviderError as trouble:
        log.warning("order.unreadable", shop=refund.shop.key, error=str(trouble))
        raise refuse(ErrorCode.SALEOR_UNAVAILABLE) from trouble
    attempt = refund.saleor_requests.filter(ended_at=None).first()
    is_pending = bool(attempt and there and there.holds_refund(attempt.psp_reference))
    return not is_pending and (there is None or there.charged_fen < refund.amount_fen)


def _transaction_of(refund: Refund) -> TransactionFacts | None:
    if refund.taken is not None:
        return paid_for(refund.taken).transaction
    return read_order_of(refund).facts.transaction(refund.bearer.transaction_id)


def _settle(
    pk: UUID, staff: Viewer, wanted: Settlement, *, is_counted: bool, now: datetime
) -> Refund:
    refund = lock_refund(pk)
    _need_settleable(refund)
    if refund.status in {
        RefundStatus.PAYING,
        RefundStatus.WAITING_BALANCE,
        RefundStatus.ABNORMAL,
    }:
        move_refund(refund, RefundStatus.FAILED, now=now)
    # Whatever WeChat Pay says of it later is compared with this end, never followed.
    live = refund.wechat_refunds.exclude(status__in=WECHAT_ENDED)
    live.update(status=WechatRefundStatus.CLOSED)
    refund.settled_reference = wanted.reference
    refund.settled_note = wanted.note
    refund.settled_by = staff.user_id
    refund.settled_at = now
    refund.save(update_fields=["settled_reference", "settled_note", "settled_by", "settled_at"])
    move_refund(refund, RefundStatus.SETTLED, now=now)
    request = refund.request
    if request is not None:
        data = {"amount_fen": refund.amount_fen}
        move(request, Move.SETTLE_MANUALLY, by=staff.by, now=now, data=data)
    trouble_over(refund, now=now)
    close_own_tasks(refund, *MONEY_TROUBLES, now=now)
    money_is_final(refund, now=now)
    refund.running = False
    # What Saleor still holds for it must be let go first, where the money has another number.
    asked = refund.saleor_requests.filter(ended_at=None)
    if is_counted and not (asked.exists() and is_counted_elsewhere(refund)):
        refund.counted_at = now
        asked.update(ended_at=now)
    refund.save(update_fields=["running", "counted_at"])
    if request is not None and request.holds_ended_at is None:
        put(RECORD_RETURN, refund, now=now)  # the goods came back, however the money went
    start_next_beside(refund, now=now)
    log.info("refund.settled", number=refund.number, amount_fen=refund.amount_fen)
    return refund
