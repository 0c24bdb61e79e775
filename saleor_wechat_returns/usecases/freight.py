"""运费补偿: what the customer paid for sending it back, added to the refund where the shop pays.

Along the way of payment no more goes back than was paid: what the payments do not bear beyond what
open returns of the order are promised, staff pay by other means. Once the customer was told what
the inspection gave, it is only raised. Callers hold no lock. docs/decisions/0017-inspection.md
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Sum

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.lifecycle import DeliveryMethod, Kind, Status
from ..domain.policy import Party
from ..models import Payment, ReturnRequest
from .access import Viewer
from .inspection_result import offer_more
from .locks import lock_own_request
from .move import note
from .parcel_rows import ways_back
from .policies import reason_of, rules_of
from .refunds import left_on
from .rejection import is_lowered
from .review import need_version
from .texts import fault_of_text

log = structlog.get_logger(__name__)

COMPENSATED = "freight_compensated"
LONGEST_NOTE = 300
# The customer has sent it, and nothing is owed yet.
OPEN = frozenset({Status.IN_TRANSIT, Status.RECEIVED})


def compensate_freight(
    staff: Viewer, id: str, *, fen: int, text: str, expected_version: int, now: datetime
) -> ReturnRequest:
    """Set what is given for the way back, in fen; 0 takes it back. `text` is for the customer.

    An open offer is replaced by one with this on top. Takes the order lock. Raises Refusal:
    FREIGHT_NOT_OWED where the customer pays by the rules of his reason or the shop's courier
    carried it, FREIGHT_BELOW_OFFER, FREIGHT_TOO_HIGH and FREIGHT_NOT_ON_PAYMENT with what is
    possible.
    """
    words = text.strip()
    if fault := fault_of_text(words, "note", longest=LONGEST_NOTE):
        raise Refusal(fault)
    if fen < 0:
        raise refuse(ErrorCode.MALFORMED, "amountFen")
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        is_told = _is_told(request)
        if not (is_told or request.status in OPEN) or request.kind != Kind.RETURN_AND_REFUND:
            raise refuse(ErrorCode.MOVE_NOT_ALLOWED, "id")
        more_fen = fen - request.freight_fen
        if is_told and more_fen < 0:
            raise refuse(ErrorCode.FREIGHT_BELOW_OFFER, "amountFen")
        if fen:
            _need_owed(request)
            _need_possible(request, fen)
        request.promised_fen += more_fen
        request.freight_fen = fen
        note(request, COMPENSATED, by=staff.by, now=now, data={"fen": fen, "note": words})
        if is_told and more_fen:
            offer_more(staff, request, more_fen, now=now)
    log.info("return.freight_compensated", number=request.number, amount_fen=fen)
    return request


def freight_again(request: ReturnRequest) -> int:
    """In fen, what was given before the return was rejected, as far as the payments bear it still.

    For a return that takes its pieces again: its promise is theirs and the shipping.
    """
    given = request.events.filter(kind=COMPENSATED).order_by("-sequence").first()
    if given is None:
        return 0
    return min(int(given.data["fen"]), max(0, _left_fen(request) - request.promised_fen))


def _is_told(request: ReturnRequest) -> bool:
    """The customer knows what the inspection gave: he was offered it, or appealed against it."""
    status = Status(request.status)
    return status is Status.INSPECTED or (status is Status.APPEALED and is_lowered(request))


def _need_owed(request: ReturnRequest) -> None:
    is_own_way = DeliveryMethod.SELF_SHIP in ways_back(request)
    if reason_of(request).freight is not Party.MERCHANT or not is_own_way:
        raise refuse(ErrorCode.FREIGHT_NOT_OWED, "id")


def _need_possible(request: ReturnRequest, fen: int) -> None:
    most = rules_of(request).most_freight_fen
    if fen > most:
        raise Refusal(Fault(ErrorCode.FREIGHT_TOO_HIGH, "amountFen", most_fen=most))
    borne = _borne_fen(request)
    if fen > borne:
        raise Refusal(Fault(ErrorCode.FREIGHT_NOT_ON_PAYMENT, "amountFen", most_fen=borne))


def _borne_fen(request: ReturnRequest) -> int:
    """What the order's payments bear beyond what its open returns will cost at most."""
    own = request.promised_fen - request.freight_fen
    return max(0, _left_fen(request) - own)


def _left_fen(request: ReturnRequest) -> int:
    """What the order's payments bear beyond what its other open returns will cost at most."""
    payments = Payment.objects.filter(order=request.order_id).order_by("id")
    left = sum(max(0, left_on(payment)) for payment in payments)
    waiting = ReturnRequest.objects.filter(
        order=request.order_id, holds_ended_at=None, refunds=None
    )
    others = waiting.exclude(pk=request.pk).aggregate(total=Sum("promised_fen"))["total"] or 0
    return left - others
