"""What is owed, and in which order it is paid: one running refund per order at a time.

A refund runs until Saleor's totals contain it. Its steps are effects (refund_in_saleor.py,
refund_at_wechat.py), each put into the outbox by the step before.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Sum

from .. import clock, outbox
from ..domain.errors import ProviderRejected, ProviderUnavailable, Rejection
from ..domain.lifecycle import Move, RefundStatus, Status
from ..models import Payment, Refund, ReturnableOrder, ReturnRequest
from ..models.staff import StaffTaskKind
from ..outbox import Later
from .ledger import Read, read_order
from .locks import lock_refund
from .move import SYSTEM, move, move_refund
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

RECORD_RETURN = "refund.record_return"
GRANT = "refund.grant"
REQUEST = "refund.request"
PAY = "refund.pay"
QUERY = "refund.query"
REPORT = "refund.report"

# Before Saleor's webhook came: afterwards only WeChat Pay's word counts.
NOT_YET_PAYING = frozenset({RefundStatus.PLANNED, RefundStatus.REQUESTED})
# While a person has to mend something first.
TROUBLE_SECONDS = 600.0
# What keeps a step from being done. The step tries again, so it can say itself when that is over.
STEP_TROUBLES = (
    StaffTaskKind.RETURN_NOT_RECORDED,
    StaffTaskKind.MERCHANT_MISSING,
    StaffTaskKind.GRANT_REFUSED,
    StaffTaskKind.REFUND_REQUEST_REFUSED,
)


def owe_refunds(request: ReturnRequest, *, now: datetime) -> None:
    """Write one Refund per payment that bears part of it, newest money first, and start.

    Needs the order lock, and the request's lines inspected.
    """
    owed = _owed(request)
    refunds = [] if owed else [_refund(request, None, 1, 0)]
    for payment in Payment.objects.filter(order=request.order_id).order_by("-position"):
        amount = min(owed, _left_on(payment))
        if amount > 0:
            refunds.append(_refund(request, payment, len(refunds) + 1, amount))
            owed -= amount
    Refund.objects.bulk_create(refunds)
    if owed:
        open_task(request, StaffTaskKind.AMOUNT_DIFFERS, f"{owed} fen are on no payment")
    if refunds:
        start_next_refund(request.order, now=now)
    else:
        move(request, Move.MONEY_FAILED, by=SYSTEM, now=now)


def start_next_refund(order: ReturnableOrder, *, now: datetime) -> None:
    """Let the oldest planned refund of the order run, if none does. Needs the order lock.

    One that was left to staff does not run again by itself.
    """
    if Refund.objects.filter(order=order, running=True).exists():
        return
    planned = Refund.objects.filter(order=order, status=RefundStatus.PLANNED, failure="")
    refund = planned.order_by("created_at", "request_id", "sequence").first()
    if refund is not None:
        refund.running = True
        refund.save(update_fields=["running"])
        put(RECORD_RETURN, refund, now=now)


def put(topic: str, refund: Refund, *, now: datetime) -> None:
    """Queue a step. One key per order: what we do outside for an order is done in a row."""
    outbox.put(topic, refund.pk, shop=refund.shop, key=f"order:{refund.order_id}", due_at=now)


def refund_succeeded(refund: Refund, *, now: datetime) -> None:
    """The payer has the money. When all that is owed is there, the return is refunded.

    What no payment could bear keeps it with staff. Needs the locks.
    """
    move_refund(refund, RefundStatus.SUCCEEDED, now=now)
    trouble_over(refund, now=now)
    request = refund.request
    if not request.refunds.exclude(status=RefundStatus.SUCCEEDED).exists():
        paid = request.refunds.aggregate(total=Sum("amount_fen"))["total"]
        if paid == _owed(request):
            move(request, Move.MONEY_ARRIVED, by=SYSTEM, now=now)
        else:
            move(request, Move.MONEY_FAILED, by=SYSTEM, now=now, data={"paid_fen": paid})
    log.info("refund.succeeded", number=request.number, amount_fen=refund.amount_fen)


def refund_in_trouble(refund: Refund, kind: StaffTaskKind, detail: str, *, now: datetime) -> None:
    """Staff must act: the return says so, and a task says what. Needs the locks."""
    request = refund.request
    open_task(request, kind, detail)
    refund.failure = f"{kind}: {detail}"[:500]
    refund.save(update_fields=["failure"])
    if Status(request.status) is Status.REFUNDING:
        move(request, Move.MONEY_FAILED, by=SYSTEM, now=now, data={"why": kind})


def trouble_over(refund: Refund, *, now: datetime) -> None:
    """What kept the refund from going on is mended: its tasks close, the return resumes.

    Needs the locks.
    """
    request = refund.request
    if refund.failure:
        refund.failure = ""
        refund.save(update_fields=["failure"])
        close_tasks(request, *STEP_TROUBLES, now=now)
    failed = Status(request.status) is Status.REFUND_FAILED
    if failed and not request.refunds.exclude(failure="").exists():
        move(request, Move.MONEY_RESUMED, by=SYSTEM, now=now)


def end_run(refund: Refund, *, now: datetime) -> None:
    """The order's slot is free again; the next refund may run. Needs the locks."""
    refund.running = False
    refund.save(update_fields=["running", "counted_at"])
    close_tasks(refund.request, StaffTaskKind.STUCK, now=now)
    start_next_refund(refund.order, now=now)


def load_refund(pk: UUID) -> Refund:
    """Without a lock, for an effect's look at what is to be done."""
    return Refund.objects.select_related("shop", "order", "request", "payment").get(pk=pk)


def read_order_of(refund: Refund) -> Read:
    """The refund's order as Saleor knows it now. No transaction may be open."""
    read = read_order(refund.shop, refund.order.order_id)
    if read is None:
        # A deactivated app is anonymous at Saleor, which may then show nothing.
        raise ProviderUnavailable("Saleor does not show the order")
    return read


def trouble(refund: Refund, kind: StaffTaskKind, detail: str) -> Later:
    """`refund_in_trouble` for an effect, which holds no locks; and when to try again."""
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        if refund.status in NOT_YET_PAYING:
            refund_in_trouble(refund, kind, detail, now=clock.now())
    return Later(TROUBLE_SECONDS, detail)


def refused(refund: Refund, kind: StaffTaskKind, no: ProviderRejected) -> Later:
    """Saleor says no to a step: staff are told, and the step tries again once they mended it.

    Raises `no` when it is our token that is refused: a reinstallation brings a new one.
    """
    if no.kind is Rejection.CONFIGURATION:
        raise no
    return trouble(refund, kind, str(no))


def _refund(
    request: ReturnRequest, payment: Payment | None, sequence: int, amount_fen: int
) -> Refund:
    return Refund(
        shop_id=request.shop_id,
        order_id=request.order_id,
        request=request,
        payment=payment,
        sequence=sequence,
        amount_fen=amount_fen,
        status=RefundStatus.PLANNED,
    )


def _owed(request: ReturnRequest) -> int:
    """What the accepted pieces are worth, in fen."""
    return request.lines.aggregate(total=Sum("paid_fen"))["total"] or 0


def _left_on(payment: Payment) -> int:
    """What the payment still bears, less what is owed on it and not yet in Saleor's totals."""
    promised = (
        Refund.objects.filter(payment=payment, counted_at=None)
        .exclude(status=RefundStatus.FAILED)
        .aggregate(total=Sum("amount_fen"))["total"]
    )
    return payment.bears_fen - (promised or 0)
