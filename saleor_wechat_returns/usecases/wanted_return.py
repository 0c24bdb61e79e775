"""What a customer asks for, and whether it can be understood at all.

Needs no row and no call: what is refused here never reaches Saleor or the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.errors import ErrorCode, Fault, Refusal
from ..domain.lifecycle import Kind
from ..domain.reasons import REASON_BY_CODE
from ..models.base import SALEOR_ID
from .idempotency import fault_of_key

MOST_LINES = 100
LONGEST_NOTE = 1000
# Far above any order, far below what a database integer takes.
LARGEST_QUANTITY = 1_000_000


@dataclass(frozen=True, slots=True)
class WantedLine:
    order_line_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class WantedReturn:
    order_id: str
    kind: Kind
    reason: str
    note: str
    lines: Sequence[WantedLine]
    idempotency_key: str


def check_input(wanted: WantedReturn) -> None:
    faults = [*_faults_of_text(wanted), *_faults_of_lines(wanted.lines)]
    if faults:
        raise Refusal(*faults)


def _faults_of_text(wanted: WantedReturn) -> list[Fault]:
    faults = []
    if fault := fault_of_key(wanted.idempotency_key):
        faults.append(fault)
    if wanted.reason not in REASON_BY_CODE:
        faults.append(Fault(ErrorCode.REASON_UNKNOWN, "reason"))
    if len(wanted.note) > LONGEST_NOTE:
        faults.append(Fault(ErrorCode.TOO_LONG, "note"))
    if not is_global_id(wanted.order_id):
        faults.append(Fault(ErrorCode.MALFORMED, "orderId"))
    if "\x00" in wanted.note:  # PostgreSQL's text cannot hold it
        faults.append(Fault(ErrorCode.MALFORMED, "note"))
    return faults


def _faults_of_lines(lines: Sequence[WantedLine]) -> list[Fault]:
    if not lines:
        return [Fault(ErrorCode.LINES_EMPTY, "lines")]
    if len(lines) > MOST_LINES:
        return [Fault(ErrorCode.TOO_MANY, "lines")]
    faults = []
    ids = [line.order_line_id for line in lines]
    repeated = tuple(dict.fromkeys(i for i in ids if ids.count(i) > 1))
    if repeated:
        faults.append(Fault(ErrorCode.LINE_REPEATED, "lines.orderLineId", lines=repeated))
    for line in lines:
        where = (line.order_line_id,)
        if not is_global_id(line.order_line_id):
            faults.append(Fault(ErrorCode.MALFORMED, "lines.orderLineId"))
        elif line.quantity < 1:
            faults.append(Fault(ErrorCode.QUANTITY_NOT_POSITIVE, "lines.quantity", lines=where))
        elif line.quantity > LARGEST_QUANTITY:
            faults.append(
                Fault(ErrorCode.QUANTITY_EXCEEDS_DELIVERED, "lines.quantity", lines=where)
            )
    return faults


def is_global_id(text: str) -> bool:
    """Could this be a global id of Saleor's? Keeps rubbish away from Saleor and the database."""
    return 1 <= len(text) <= SALEOR_ID and text.isascii() and text.isprintable() and " " not in text
