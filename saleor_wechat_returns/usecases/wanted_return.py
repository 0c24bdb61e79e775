"""What a customer asks for, and whether it can be understood at all.

Needs no row and no call: what is refused here never reaches Saleor or the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.errors import ErrorCode, Fault, Refusal
from ..domain.lifecycle import Kind
from ..domain.policy import Rules
from .attach_evidence import WantedEvidence
from .idempotency import fault_of_key
from .texts import fault_of_text, is_global_id, is_order_id

MOST_LINES = 100
LONGEST_NOTE = 1000


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
    evidence: Sequence[WantedEvidence] = ()


def check_input(wanted: WantedReturn, rules: Sequence[Rules]) -> None:
    """Raises Refusal with everything that is wrong.

    `rules`: any of which the order may turn out to be under, so one of them knows the reason.
    """
    faults = [*_faults_of_text(wanted, rules), *_faults_of_lines(wanted.lines)]
    if faults:
        raise Refusal(*faults)


def _faults_of_text(wanted: WantedReturn, rules: Sequence[Rules]) -> list[Fault]:
    faults = []
    if fault := fault_of_key(wanted.idempotency_key):
        faults.append(fault)
    if not any(known.reason(wanted.reason) for known in rules):
        faults.append(Fault(ErrorCode.REASON_UNKNOWN, "reason"))
    if fault := fault_of_text(wanted.note, "note", longest=LONGEST_NOTE):
        faults.append(fault)
    if not is_order_id(wanted.order_id):
        faults.append(Fault(ErrorCode.MALFORMED, "orderId"))
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
        if not is_global_id(line.order_line_id):
            faults.append(Fault(ErrorCode.MALFORMED, "lines.orderLineId"))
        elif line.quantity < 1:
            where = (line.order_line_id,)
            faults.append(Fault(ErrorCode.QUANTITY_NOT_POSITIVE, "lines.quantity", lines=where))
    return faults
