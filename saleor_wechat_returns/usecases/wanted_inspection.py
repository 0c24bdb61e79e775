"""What staff say they found, line by line, checked and made rows of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.inspection import Disposition, Outcome, dispositions_of, refund_of
from ..domain.lifecycle import DeliveryMethod
from ..models import InspectedPieces, ReturnLine, ReturnRequest
from .access import Viewer
from .parcel_rows import ways_back
from .texts import fault_of_text, is_warehouse_id

LONGEST_NOTE = 300
MOST_PIECES = 20  # different findings of one line
# Whoever pays this courier chose him: lost or broken on the way is the shop's to bear.
SHOPS_COURIERS = frozenset({DeliveryMethod.PICKUP, DeliveryMethod.REFUSED})


@dataclass(frozen=True, slots=True)
class Found:
    """Pieces that were found to be the same. None: what is usual for them."""

    quantity: int
    outcome: Outcome
    is_refunded: bool | None = None
    disposition: Disposition | None = None
    warehouse_id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found of an order line: piece by piece, or so many accepted and the rest refused."""

    order_line_id: str
    accepted_quantity: int | None = None
    pieces: tuple[Found, ...] | None = None


def rows_of(
    staff: Viewer,
    request: ReturnRequest,
    parts: Sequence[ReturnLine],
    lines: Sequence[Inspected],
    *,
    now: datetime,
) -> list[InspectedPieces]:
    """One row for each finding, not saved. Raises Refusal with every reason.

    Every line of the return must be named once, and its findings be of all its pieces. `parts`:
    the return's rows, with their lines loaded.
    """
    by_id = {part.line.order_line_id: part for part in parts}
    if sorted(line.order_line_id for line in lines) != sorted(by_id):
        raise refuse(ErrorCode.INSPECTION_INCOMPLETE, "lines")
    shop_carried = not SHOPS_COURIERS.isdisjoint(ways_back(request))
    faults = [
        fault
        for line in lines
        for fault in _faults_of_line(line, by_id[line.order_line_id].quantity, shop_carried)
    ]
    if faults:
        raise Refusal(*faults)
    return [
        _row(staff, by_id[line.order_line_id], found, shop_carried, now)
        for line in lines
        for found in _findings(line, by_id[line.order_line_id].quantity)
    ]


def _findings(line: Inspected, asked: int) -> tuple[Found, ...]:
    if line.pieces is not None:
        return line.pieces
    accepted = line.accepted_quantity or 0
    both = (Found(accepted, Outcome.ACCEPTED), Found(asked - accepted, Outcome.REFUSED))
    return tuple(found for found in both if found.quantity)


def _row(
    staff: Viewer, part: ReturnLine, found: Found, shop_carried: bool, now: datetime
) -> InspectedPieces:
    is_refunded = bool(refund_of(found.outcome, found.is_refunded, shop_carried=shop_carried))
    usual = (*dispositions_of(found.outcome, is_refunded=is_refunded), "")[0]
    return InspectedPieces(
        shop_id=part.shop_id,
        line=part,
        quantity=found.quantity,
        outcome=found.outcome,
        is_refunded=is_refunded,
        disposition=found.disposition or usual,
        warehouse_id=found.warehouse_id,
        note=found.note,
        inspected_by=staff.user_id,
        inspected_at=now,
    )


def _faults_of_line(line: Inspected, asked: int, shop_carried: bool) -> list[Fault]:
    where = (line.order_line_id,)
    if line.pieces is None:
        code = _code_of(line.accepted_quantity, asked)
        return [Fault(code, "lines.acceptedQuantity", lines=where)] if code else []
    if line.accepted_quantity is not None:
        return [Fault(ErrorCode.MALFORMED, "lines.acceptedQuantity", lines=where)]
    if len(line.pieces) > MOST_PIECES:
        return [Fault(ErrorCode.TOO_MANY, "lines.pieces", lines=where)]
    found_wrong = [fault for found in line.pieces for fault in _faults_of(found, shop_carried)]
    if found_wrong:
        return [
            Fault(fault.code, f"lines.pieces.{fault.field}", "", where) for fault in found_wrong
        ]
    if sum(found.quantity for found in line.pieces) != asked:
        return [Fault(ErrorCode.PIECES_DO_NOT_ADD_UP, "lines.pieces", lines=where)]
    return []


def _code_of(accepted: int | None, asked: int) -> ErrorCode | None:
    if accepted is None:
        return ErrorCode.REQUIRED
    if accepted < 0:
        return ErrorCode.MALFORMED
    return ErrorCode.QUANTITY_EXCEEDS_RETURNABLE if accepted > asked else None


def _faults_of(found: Found, shop_carried: bool) -> list[Fault]:
    faults = []
    if found.quantity < 1:
        faults.append(Fault(ErrorCode.QUANTITY_NOT_POSITIVE, "quantity"))
    is_refunded = refund_of(found.outcome, found.is_refunded, shop_carried=shop_carried)
    possible = dispositions_of(found.outcome, is_refunded=bool(is_refunded))
    if is_refunded is None:
        faults.append(Fault(ErrorCode.OUTCOME_DECIDES_REFUND, "refund"))
    elif found.disposition is not None and found.disposition not in possible:
        faults.append(Fault(ErrorCode.DISPOSITION_NOT_POSSIBLE, "disposition"))
    if found.warehouse_id and not is_warehouse_id(found.warehouse_id):
        faults.append(Fault(ErrorCode.MALFORMED, "warehouseId"))
    if fault := fault_of_text(found.note, "note", longest=LONGEST_NOTE):
        faults.append(fault)
    return faults
