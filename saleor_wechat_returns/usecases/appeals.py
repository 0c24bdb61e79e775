"""Appeals (申诉): a rejection, or an inspection that gave less than was promised, is looked at once
more by somebody else than who made it.

Each such decision once, within its deadline. The pieces are held again while it is looked at.
docs/decisions/0014-appeals.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import Actor, Kind, Move, Status, When
from ..domain.talk import OfferStatus
from ..models import ReturnableLine, ReturnAppeal, ReturnEvent, ReturnRequest
from .access import Viewer
from .attach_evidence import WantedEvidence, attach, told_of
from .create_return import read_own_order
from .freight import freight_again
from .holds import fault_of, hold, release
from .idempotency import fault_of_key, once
from .inspection_result import carry_out, supersede
from .ledger import lock_order
from .locks import lock_own_request, own_request
from .move import move
from .open_offers import end_offer
from .rejection import APPEALABLE, appeal_of, appeal_until, is_lowered, rejection_of
from .return_address import choose_address
from .review import after_approval, need_version, refund_at_once, words_for_customer
from .safety import check_appeal
from .shipping import free_shipping, promise_shipping
from .split import SPLIT, SPLIT_OFF
from .texts import fault_of_text
from .unmatched_parcels import MATCHED

LONGEST_TEXT = 1000
# Whoever decided something for the shop so lately could decide an appeal as well.
LATELY = timedelta(days=90)
# But not by these: the warehouse does them too, and may decide no appeal.
HANDLING = (Move.RECEIVE, Move.INSPECT, SPLIT, SPLIT_OFF, MATCHED)


@dataclass(frozen=True, slots=True)
class WantedAppeal:
    request_id: str
    text: str
    evidence: Sequence[WantedEvidence] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What staff decide, in words for the customer.

    `same_person_reason`: why it is who had rejected that decides; kept, and shown to staff.
    """

    is_granted: bool
    words: str
    same_person_reason: str = ""
    refund_shipping: bool | None = None


def create_appeal(
    customer: Viewer, wanted: WantedAppeal, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """The customer does not accept the rejection, or less than was promised.

    Reads the order again, takes its lock. Raises Refusal: too late, a second time against the same
    decision, or, with the lines, pieces that are gone meanwhile.
    """
    faults = _faults_of_appeal(wanted, idempotency_key)
    if faults:
        raise Refusal(*faults)
    order_id = own_request(customer, wanted.request_id).order.order_id
    read = read_own_order(customer, order_id, rules=())

    def lock() -> ReturnRequest:
        lock_order(customer.shop, read)
        return lock_own_request(customer, wanted.request_id)

    def change(request: ReturnRequest) -> None:
        said_no = _appealable(request, now)
        if request.status == Status.REJECTED:
            _hold_again(request)
        end_offer(request, OfferStatus.DECLINED, now=now)
        appeal = ReturnAppeal.objects.create(
            shop_id=request.shop_id,
            request=request,
            decision=said_no,
            text=wanted.text,
            made_at=now,
            rejected_by=said_no.actor_id,
        )
        attach(customer, request, wanted.evidence, field="input.evidence", appeal=appeal, now=now)
        check_appeal(appeal, customer.key, now=now)
        move(request, Move.APPEAL, by=customer.by, now=now, data=told_of(wanted.evidence))

    return once(customer, idempotency_key, wanted, lock=lock, change=change)


def resolve_appeal(
    staff: Viewer, id: str, wanted: Resolution, *, expected_version: int, now: datetime
) -> ReturnRequest:
    """Grant the appeal: the return goes on where the no stopped it. Or that stands for good.

    Takes the order lock. Raises Refusal.
    """
    words = words_for_customer(wanted.words, "resolution")
    reason = wanted.same_person_reason.strip()
    if fault := fault_of_text(reason, "samePersonReason", longest=LONGEST_TEXT):
        raise Refusal(fault)
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        appeal = appeal_of(request)
        if appeal is None or request.status != Status.APPEALED:
            raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
        is_same_person = bool(staff.user_id) and staff.user_id == appeal.rejected_by
        if is_same_person:
            _need_nobody_else(staff, reason, now)
        appeal.is_granted = wanted.is_granted
        appeal.resolution = words
        appeal.resolved_by, appeal.resolved_at = staff.user_id, now
        appeal.same_person_reason = reason if is_same_person else ""
        decided = ("is_granted", "resolution", "resolved_by", "resolved_at", "same_person_reason")
        appeal.save(update_fields=decided)  # what WeChat says of it meanwhile stays
        was_lowered = is_lowered(request)
        denied = When.INSPECTION_STANDS if was_lowered else When.APPEAL_DENIED
        when = _after_grant(request) if wanted.is_granted else denied
        data = {"is_granted": wanted.is_granted}
        choose_address(request, when)
        move(request, Move.RESOLVE_APPEAL, by=staff.by, now=now, when=when, data=data)
        if when is When.APPEAL_DENIED:
            release(request, now=now)
        elif when is When.INSPECTION_STANDS:
            carry_out(request, now=now)
        elif when is When.MONEY_ONLY:
            refund_at_once(request, wanted.refund_shipping, now=now)
        elif when is When.GOODS_HERE:
            supersede(request, now=now)
            if was_lowered:
                _promise_again(request)
                request.save(update_fields=["shipping_fen", "promised_fen"])
        return request


def _faults_of_appeal(wanted: WantedAppeal, key: str) -> list[Fault]:
    faults = [fault] if (fault := fault_of_key(key)) else []
    if not wanted.text:
        faults.append(Fault(ErrorCode.REQUIRED, "input.text"))
    if fault := fault_of_text(wanted.text, "input.text", longest=LONGEST_TEXT):
        faults.append(fault)
    return faults


def _appealable(request: ReturnRequest, now: datetime) -> ReturnEvent:
    """The decision that can be appealed now. Raises Refusal."""
    said_no = rejection_of(request)
    appeal = appeal_of(request)
    if said_no and appeal and appeal.decision_id == said_no.pk and not appeal.is_granted:
        raise refuse(ErrorCode.APPEALED_ALREADY, "id")
    if said_no is None or request.status not in APPEALABLE:
        raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
    until = appeal_until(request)
    if until is None or now >= until:
        raise refuse(ErrorCode.APPEAL_TOO_LATE, "id")
    return said_no


def _hold_again(request: ReturnRequest) -> None:
    """All that the request held before it was rejected. Raises Refusal with what is gone."""
    faults = []
    for part in request.lines.order_by("line_id"):
        line = ReturnableLine.objects.get(pk=part.line_id)
        quantity = part.quantity + (part.refused_quantity or 0)
        if fault := fault_of(line, quantity, Kind(request.kind)):
            faults.append(Fault(fault.code, "id", lines=fault.lines))
            continue
        unshipped = min(part.unshipped_quantity, line.free_unshipped)
        unshipped = max(unshipped, quantity - line.free_shipped)
        if unshipped != part.unshipped_quantity:
            # Sent since: no longer money for what never left. They can be asked back as goods.
            code = ErrorCode.QUANTITY_EXCEEDS_RETURNABLE
            faults.append(Fault(code, "id", lines=(line.order_line_id,)))
            continue
        promised = part.share_fen if part.accepted_quantity is None else part.agreed_fen or 0
        agreed = part.agreed_fen
        hold(request, line, quantity, again=part, unshipped=unshipped, least_fen=promised)
        if agreed is not None:
            part.agreed_fen = min(agreed, part.share_fen)
            part.save(update_fields=["agreed_fen"])
    if faults:
        raise Refusal(*faults)
    request.holds_ended_at = None
    _promise_again(request)
    request.freight_fen = freight_again(request)
    request.promised_fen += request.freight_fen


def _promise_again(request: ReturnRequest) -> None:
    """The shipping as the accepted offer had it, or else by the rule; and the sum."""
    agreed = request.offers.filter(status=OfferStatus.ACCEPTED).order_by("-id").first()
    if agreed is None:
        promise_shipping(request)
    else:
        request.shipping_fen = free_shipping(request) if agreed.shipping_fen else 0
    parts = request.lines.order_by("line_id")
    fees = request.shipping_fen + request.freight_fen
    request.promised_fen = sum(part.owed_fen for part in parts) + fees


def _need_nobody_else(staff: Viewer, reason: str, now: datetime) -> None:
    """Who rejected may decide only where nobody else could, and says why. Raises Refusal.

    Saleor shows an app its staff only with MANAGE_STAFF, which we do not ask for: whoever acted
    for the shop lately is known from its returns.
    """
    others = ReturnEvent.objects.filter(
        shop=staff.shop, actor=Actor.STAFF, at__gt=now - LATELY
    ).exclude(Q(actor_id__in=["", staff.user_id]) | Q(kind__in=HANDLING))
    if others.exists():
        raise refuse(ErrorCode.APPEAL_NEEDS_ANOTHER_PERSON, "id")
    if not reason:
        raise refuse(ErrorCode.REQUIRED, "samePersonReason")


def _after_grant(request: ReturnRequest) -> When:
    """Where the rejection had stopped it: before the goods came, or after."""
    rejected = rejection_of(request)
    if rejected is not None and rejected.kind == Move.INSPECT:
        return When.GOODS_HERE
    return after_approval(request)
