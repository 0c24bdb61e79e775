"""What is owed, and in which order it is paid: one running refund per order at a time.

A refund runs until Saleor's totals contain it. Its steps are effects (refund_in_saleor.py,
refund_at_wechat.py), each put into the outbox by the step before.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from .. import clock, outbox
from ..domain.errors import ProviderRejected, ProviderUnavailable, Rejection
from ..domain.lifecycle import FINAL_REFUNDS, PAID_REFUNDS, Move, RefundStatus, Status
from ..models import Payment, Refund, ReturnableOrder, ReturnRequest, WechatRefund
from ..models.ledger import PaymentOwner
from ..models.staff import StaffTaskKind
from ..outbox import Later
from .goods_left import tell_of_goods_left
from .ledger import Read, read_order
from .locks import lock_refund
from .move import SYSTEM, move, move_refund
from .orders import order_key
from .settle_payment import payment_key
from .staff_tasks import close_tasks, open_task

log = structlog.get_logger(__name__)

RECORD_RETURN = "refund.record_return"
GRANT = "refund.grant"
REQUEST = "refund.request"
FOLLOW = "refund.follow"
PAY = "refund.pay"
QUERY = "refund.query"
REPORT = "refund.report"
REPAIR = "refund.repair"
CHECK = "refund.check"
# Of a payment that no order came of: refund_without_order.py.
RESERVE = "refund.reserve"
TELL = "refund.tell"

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

# Over when everything owed is paid, in whichever way.
MONEY_TROUBLES = (
    StaffTaskKind.NO_PAYMENT_LEFT,
    StaffTaskKind.PAYMENT_NOT_OURS,
    StaffTaskKind.BALANCE_TOO_LOW,
    StaffTaskKind.REFUND_REJECTED,
    StaffTaskKind.REFUND_ABNORMAL,
    StaffTaskKind.REFUND_BY_HAND,
    StaffTaskKind.REFUND_REVERSED,
)


def owe_refunds(request: ReturnRequest, *, now: datetime) -> None:
    """Write one Refund per payment that bears part of it, newest money first, and start.

    What no payment bears (a gift card did, or little was paid) is a refund too: for staff to
    settle. Needs the order lock, the request's lines inspected and its shipping decided.
    """
    owed = owed_fen(request)
    refunds = [] if owed else [_refund(request, None, 1, 0)]
    for payment in Payment.objects.filter(order=request.order_id).order_by("-position"):
        amount = min(owed, left_on(payment))
        if amount > 0:
            refunds.append(_refund(request, payment, len(refunds) + 1, amount))
            owed -= amount
    if owed:
        refunds.append(_refund(request, None, len(refunds) + 1, owed))
    Refund.objects.bulk_create(refunds)
    if owed:
        detail = f"{owed} fen are on no payment"
        refund_in_trouble(refunds[-1], StaffTaskKind.NO_PAYMENT_LEFT, detail, now=now)
    start_next_refund(request.order, now=now)
    tell_of_goods_left(request)


def start_next_refund(order: ReturnableOrder, *, now: datetime) -> None:
    """Let the order's next refund run, if none does. Needs the order lock.

    What has ended already and only waits to be told to Saleor goes first. A planned one that was
    left to staff does not run again by itself.
    """
    _start_next(Refund.objects.filter(order=order), now=now)


def start_next_beside(refund: Refund, *, now: datetime) -> None:
    """`start_next_refund` of its order, or of the payment that no order came of."""
    mine = {"order": refund.order} if refund.order is not None else {"taken": refund.taken}
    _start_next(Refund.objects.filter(**mine), now=now)


def _start_next(mine: QuerySet[Refund], *, now: datetime) -> None:
    if mine.filter(running=True).exists():
        return
    is_ours = Q(payment__owner=PaymentOwner.OURS) | Q(taken__isnull=False)
    is_paid = is_ours & Q(status__in=PAID_REFUNDS, counted_at=None)
    is_undone = Q(status=RefundStatus.FAILED, saleor_requests__ended_at=None)
    untold = mine.filter(is_paid | (is_undone & Q(saleor_requests__isnull=False)))
    untold = untold.distinct().order_by("created_at", "id")
    planned = mine.filter(status=RefundStatus.PLANNED, failure="")
    refund = untold.first() or planned.order_by("created_at", "request_id", "sequence").first()
    if refund is not None:
        refund.running = True
        refund.save(update_fields=["running"])
        put(next_step(refund), refund, now=now)


def next_step(refund: Refund) -> str:
    """The step with which a refund goes on from where its row says it is."""
    if refund.taken_id is not None:
        return TELL if refund.status in FINAL_REFUNDS else RESERVE
    match refund.status:
        case RefundStatus.SUCCEEDED | RefundStatus.SETTLED | RefundStatus.FAILED:
            return REPORT
        case RefundStatus.REQUESTED:
            return REQUEST
        case _ if refund.request is not None and refund.request.holds_ended_at is None:
            return RECORD_RETURN
        case _:
            return GRANT


def put(topic: str, refund: Refund, *, now: datetime) -> None:
    """Queue a step."""
    outbox.put(topic, refund.pk, shop=refund.shop, key=key_of(refund), due_at=now)


def put_attempt(topic: str, attempt: WechatRefund, *, due_at: datetime) -> None:
    """Queue a step that is about an attempt at WeChat Pay."""
    refund = attempt.refund
    outbox.put(topic, attempt.pk, shop=refund.shop, key=key_of(refund), due_at=due_at)


def start_or_put(refund: Refund, *, now: datetime) -> None:
    """Its step now if it runs; else it runs as soon as no other refund of the order does."""
    if refund.running:
        put(next_step(refund), refund, now=now)
    else:
        start_next_beside(refund, now=now)


def key_of(refund: Refund) -> str:
    """One key per order: what we do outside for an order is done in a row.

    Where there is no order, the payment's own.
    """
    if refund.order_id is not None:
        return order_key(refund.order_id)
    return payment_key(refund.of_payment)


def refund_succeeded(refund: Refund, *, now: datetime) -> None:
    """The payer has the money. When all that is owed is there, the return is refunded.

    Needs the locks.
    """
    move_refund(refund, RefundStatus.SUCCEEDED, now=now)
    log.info("refund.succeeded", number=refund.number, amount_fen=refund.amount_fen)
    trouble_over(refund, now=now)
    money_is_final(refund, now=now)


def money_is_final(refund: Refund, *, now: datetime) -> None:
    """One more refund is paid: if all are, so is the return. Needs the locks."""
    request = refund.request
    if request is not None and not request.refunds.exclude(status__in=PAID_REFUNDS).exists():
        close_tasks(request, *MONEY_TROUBLES, now=now)
        move(request, Move.MONEY_ARRIVED, by=SYSTEM, now=now)


def refund_in_trouble(refund: Refund, kind: StaffTaskKind, detail: str, *, now: datetime) -> None:
    """Staff must act: the return says so, and a task says what. Needs the locks."""
    open_task(refund, kind, detail)
    refund.failure = f"{kind}: {detail}"[:500]
    refund.save(update_fields=["failure"])
    request = refund.request
    if request is not None and Status(request.status) is Status.REFUNDING:
        move(request, Move.MONEY_FAILED, by=SYSTEM, now=now, data={"why": kind})


def trouble_over(refund: Refund, *, now: datetime) -> None:
    """What kept the refund from going on is mended: its tasks close, the return resumes.

    Needs the locks.
    """
    if refund.failure:
        refund.failure = ""
        refund.save(update_fields=["failure"])
        close_own_tasks(refund, *STEP_TROUBLES, now=now)
    request = refund.request
    if request is None or Status(request.status) is not Status.REFUND_FAILED:
        return
    if not request.refunds.exclude(failure="").exists():
        move(request, Move.MONEY_RESUMED, by=SYSTEM, now=now)


def close_own_tasks(refund: Refund, *kinds: StaffTaskKind, now: datetime) -> None:
    """Close what this refund is no longer in, but not what another of its return still is in."""
    failures: list[str] = []
    if refund.request is not None:
        others = refund.request.refunds.exclude(pk=refund.pk).exclude(failure="")
        failures = list(others.values_list("failure", flat=True))
    still = {failure.partition(":")[0] for failure in failures}
    close_tasks(refund, *(kind for kind in kinds if kind not in still), now=now)


def end_run(refund: Refund, *, now: datetime) -> None:
    """The order's slot is free again; the next refund may run. Needs the locks."""
    refund.running = False
    refund.save(update_fields=["running", "counted_at"])
    close_tasks(refund, StaffTaskKind.STUCK, now=now)
    start_next_beside(refund, now=now)


def load_refund(pk: UUID) -> Refund:
    """Without a lock, for an effect's look at what is to be done."""
    related = ("shop", "order", "request", "payment", "taken__merchant")
    return Refund.objects.select_related(*related).get(pk=pk)


def read_order_of(refund: Refund) -> Read:
    """The refund's order as Saleor knows it now. No transaction may be open."""
    read = read_order(refund.shop, refund.of_order.order_id)
    if read is None:
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


def split_off(refund: Refund, fen: int, *, now: datetime) -> None:
    """Lower the refund by what its payment bears no longer; the rest is owed on the others.

    What no payment bears is for staff. The caller saves `refund`; needs the locks.
    """
    refund.amount_fen -= fen
    if refund.request is None:
        return
    request, payment = refund.request, refund.payment
    sequence = request.refunds.count()
    for other in Payment.objects.filter(order=refund.order_id).order_by("-position"):
        amount = min(fen, left_on(other)) if payment is None or other.pk != payment.pk else 0
        if amount > 0:
            sequence += 1
            _refund(request, other, sequence, amount).save(force_insert=True)
            fen -= amount
    if fen:
        unborne = _refund(request, None, sequence + 1, fen)
        unborne.save(force_insert=True)
        detail = f"{fen} fen are on no payment"
        refund_in_trouble(unborne, StaffTaskKind.NO_PAYMENT_LEFT, detail, now=now)


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


def owed_fen(request: ReturnRequest) -> int:
    """What the accepted pieces are worth, the shipping if this return gives it back, and what is
    given for the way back.
    """
    pieces: int = request.lines.aggregate(total=Sum("paid_fen"))["total"] or 0
    return pieces + request.shipping_fen + request.freight_fen


def left_on(payment: Payment) -> int:
    """What the payment still bears, less what is owed on it and not yet in Saleor's totals."""
    before_its_order = Q(shop=payment.shop_id, taken__transaction_id=payment.transaction_id)
    promised = (
        Refund.objects.filter(Q(payment=payment) | before_its_order, counted_at=None)
        .exclude(status=RefundStatus.FAILED)
        .aggregate(total=Sum("amount_fen"))["total"]
    )
    return payment.bears_fen - (promised or 0)
