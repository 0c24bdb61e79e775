"""A refund that staff asked for in the Saleor Dashboard, with or without a grant of theirs.

It gets a row like any other, so that it is paid once, reported, and lowers what the order's
returns can still give back.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from ..domain.lifecycle import RefundStatus
from ..domain.money import Fen
from ..models import Payment, Refund, ReturnableOrder
from ..models.ledger import PaymentOwner
from ..models.refunds import WECHAT_ENDED, RefundOrigin
from ..models.staff import StaffTaskKind
from .locks import lock_refund
from .move import move_refund
from .refund_answers import RefundRequested, accepted, no
from .refund_attempts import begin_attempts
from .refunds import left_on, trouble_over
from .refused_action import Answer
from .shops import merchant_behind
from .staff_tasks import close_tasks

log = structlog.get_logger(__name__)


def why_impossible(asked: RefundRequested) -> str:
    """What can be refused without a look at the order; blank if nothing."""
    if asked.amount_fen is None or asked.amount_fen <= 0:
        return "The amount is not a whole number of fen in CNY."
    if asked.grant_id and asked.granted_fen != asked.amount_fen:
        # Saleor asks for everything that is charged where a grant says 0.
        return "The amount is not the amount that was granted."
    return ""


def adopt_or_begin(order: ReturnableOrder, asked: RefundRequested, *, now: datetime) -> Answer:
    """Needs the order lock, its facts fresh, and what `why_impossible` refuses refused.

    After a lost answer staff click again: the plain attempt of that amount which Saleor has not
    counted answers then, with its own number and its result. An attempt of a grant never does:
    Saleor links a report to the latest request with its pspReference, so the grant would be left.
    """
    payment = Payment.objects.filter(order=order, transaction_id=asked.transaction_id).first()
    if payment is None or payment.owner != PaymentOwner.OURS or asked.amount_fen is None:
        return no("This payment is not known here: nothing was paid.")
    attempt = None if asked.grant_id else _uncounted(payment, asked.amount_fen)
    if attempt is not None:
        psp_reference = attempt.saleor_requests.get(ended_at=None).psp_reference
        return accepted(attempt, psp_reference, now)
    if why := _why_not(payment, asked.amount_fen):
        return no(f"{why} Nothing was paid.")
    refund = Refund.objects.create(
        shop_id=order.shop_id,
        order=order,
        origin=RefundOrigin.DASHBOARD,
        payment=payment,
        sequence=0,
        amount_fen=asked.amount_fen,
        status=RefundStatus.PLANNED,
        running=True,
        requested_at=now,
        grant_id=asked.grant_id or None,
    )
    number = begin_attempts(refund, now=now)
    log.info("refund.begun_in_dashboard", number=refund.number, amount_fen=refund.amount_fen)
    return {"pspReference": number}


def take_up(refund: Refund, *, now: datetime) -> Answer:
    """Staff ask anew for a grant of theirs whose refund failed: a new attempt, with a new number.

    Needs the locks, and the former attempt over at Saleor.
    """
    if refund.wechat_refunds.exclude(status__in=WECHAT_ENDED).exists():
        return no("WeChat Pay may pay the former attempt yet: nothing more was paid.")
    if why := _why_not(refund.bearer, Fen(refund.amount_fen)):
        return no(f"{why} Nothing was paid.")
    move_refund(refund, RefundStatus.PLANNED, now=now)
    refund.running, refund.requested_at = True, now
    refund.save(update_fields=["running", "requested_at"])
    trouble_over(refund, now=now)
    close_tasks(refund, StaffTaskKind.REFUND_REJECTED, StaffTaskKind.REFUND_REVERSED, now=now)
    log.info("refund.taken_up_in_dashboard", number=refund.number, amount_fen=refund.amount_fen)
    return {"pspReference": begin_attempts(refund, now=now)}


def _uncounted(payment: Payment, amount_fen: Fen) -> Refund | None:
    attempts = Refund.objects.filter(
        payment=payment,
        origin=RefundOrigin.DASHBOARD,
        grant_id=None,
        amount_fen=amount_fen,
        counted_at=None,
        saleor_requests__isnull=False,
        saleor_requests__ended_at=None,
    )
    first = attempts.order_by("created_at", "id").first()
    return lock_refund(first.pk) if first else None


def _why_not(payment: Payment, amount_fen: Fen) -> str:
    if Refund.objects.filter(order=payment.order_id, running=True).exists():
        return "Another refund of this order is under way: please try again when it is done."
    if amount_fen > left_on(payment):
        return "More than is left on this payment, after what its returns are owed."
    if merchant_behind(payment) is None:
        return "No WeChat Pay merchant is set up for this channel."
    return ""
