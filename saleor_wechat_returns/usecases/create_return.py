"""A customer asks for a return. Everything wrong with it is said at once, and changes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from ..domain.eligibility import Choice
from ..domain.errors import ErrorCode, Fault, ProviderError, Refusal, refuse
from ..domain.lifecycle import Status
from ..domain.numbers import new_return_number
from ..domain.policy import Rules
from ..models import ReturnableLine, ReturnableOrder, ReturnRequest
from .access import Viewer
from .attach_evidence import attach, need_evidence, told_of
from .auto_decide import decide_by_rule
from .eligibility import Judge, is_paid, judge_of
from .holds import fault_of, hold, worth
from .idempotency import answer_of_key, fault_of_key, remember_key
from .ledger import Read, lock_order, read_order
from .limits import need_request_room
from .move import begin
from .outbound import look_at_outbound
from .ownership import need_owner
from .policies import policy_for, reason_of, rules_in_force, rules_of
from .safety import check_note
from .shipping import promise_shipping
from .wanted_return import WantedReturn, check_input

log = structlog.get_logger(__name__)

NUMBER_TRIES = 5
# Somebody is waiting for the answer.
SALEOR_SECONDS = 4.0


def create_return(viewer: Viewer, wanted: WantedReturn, *, now: datetime) -> ReturnRequest:
    """Open a return and hold its pieces. The same idempotency key gives the same return.

    Reads the order from Saleor before any transaction. Takes the order lock.
    Raises Refusal with every reason.
    """
    # Before the reason is looked at: a repeat is answered whatever the rules are by now.
    if fault_of_key(wanted.idempotency_key) is None:
        repeated = answer_of_key(viewer, wanted.idempotency_key, wanted)
        if repeated:
            return repeated
    rules = rules_in_force(viewer.shop)
    check_input(wanted, rules)
    read = read_own_order(viewer, wanted.order_id, rules)
    try:
        with transaction.atomic():
            return _create(viewer, wanted, read, now)
    except IntegrityError:
        # The same key at the same moment, for another order: there is no common lock.
        repeated = answer_of_key(viewer, wanted.idempotency_key, wanted)
        if repeated is None:
            raise
        return repeated


def _create(viewer: Viewer, wanted: WantedReturn, read: Read, now: datetime) -> ReturnRequest:
    order = lock_order(viewer.shop, read)
    # Asked again under the lock: the twin of a double tap may have just finished.
    repeated = answer_of_key(viewer, wanted.idempotency_key, wanted)
    if repeated:
        return repeated
    policy = policy_for(viewer.shop, order.channel)
    rules = rules_of(policy)
    lines = find_lines(order, wanted, judge_of(order, read, rules), now=now)
    need_request_room(viewer, [line for line, *_ in lines], rules.limits, now=now)
    request = ReturnRequest(
        created_at=now,
        shop=viewer.shop,
        order=order,
        policy=policy,
        customer_id=viewer.user_id,
        openid_index=viewer.openid_index,
        kind=wanted.kind,
        status=Status.REQUESTED,
        reason=wanted.reason,
        note=wanted.note,
        promised_fen=0,
        updated_at=now,
    )
    save_with_number(request, now=now)
    parts = [hold(request, line, quantity, found) for line, quantity, found in lines]
    promise_shipping(request)
    request.promised_fen = sum(part.share_fen for part in parts) + request.shipping_fen
    attach(viewer, request, wanted.evidence, field="evidence", now=now)
    need_evidence(viewer, request, reason_of(request), now=now)
    begin(request, by=viewer.by, now=now, data=told_of(wanted.evidence))
    look_at_outbound(request)
    check_note(request, viewer.key, now=now)
    decide_by_rule(request, now=now)
    remember_key(viewer, wanted.idempotency_key, wanted, request)
    log.info("return.created", number=request.number, pieces=sum(part.quantity for part in parts))
    return request


def read_own_order(viewer: Viewer, order_id: str, rules: Iterable[Rules]) -> Read:
    """The order as Saleor knows it now, if it is this customer's, with all that `rules` ask for.

    Raises Refusal.
    """
    keys = frozenset().union(*(known.metadata_keys for known in rules))
    try:
        read = read_order(viewer.shop, order_id, seconds=SALEOR_SECONDS, goods_with=keys)
    except ProviderError as trouble:
        log.warning("order.unreadable", shop=viewer.shop.key, error=str(trouble))
        raise refuse(ErrorCode.SALEOR_UNAVAILABLE) from trouble
    if read is None:
        raise refuse(ErrorCode.NOT_FOUND, "orderId")
    need_owner(viewer, read.facts, "orderId")
    if read.facts.currency != "CNY":
        raise refuse(ErrorCode.CURRENCY_NOT_SUPPORTED, "orderId")
    return read


def find_lines(
    order: ReturnableOrder,
    wanted: WantedReturn,
    judge: Judge,
    *,
    now: datetime,
    before: Mapping[str, int] | None = None,
    asked_at: datetime | None = None,
) -> list[tuple[ReturnableLine, int, Choice]]:
    """The wanted lines and quantities. Raises Refusal with everything that forbids them.

    `before`: pieces by order line that were asked for already, at `asked_at`, which counts.
    """
    reason = judge.rules.reason(wanted.reason)
    if reason is None:  # known in another channel
        raise refuse(ErrorCode.REASON_UNKNOWN, "reason")
    by_id = {line.order_line_id: line for line in order.lines.all()}
    faults, found = [], []
    for want in wanted.lines:
        line = by_id.get(want.order_line_id)
        if line is None:
            faults.append(
                Fault(ErrorCode.LINE_NOT_IN_ORDER, "lines.orderLineId", lines=(want.order_line_id,))
            )
        elif fault := fault_of(line, want.quantity, wanted.kind):
            faults.append(fault)
        else:
            is_old = want.quantity <= (before or {}).get(want.order_line_id, 0)
            noticed_at = asked_at if is_old and asked_at else now
            choice = judge.choice(line, reason, now=noticed_at)
            if code := choice.refusal(wanted.kind, want.quantity):
                faults.append(_fault_of_rules(code, line))
            found.append((line, want.quantity, choice))
    quantities = {line.pk: quantity for line, quantity, _ in found}
    if gifts := judge.fault_of_gifts(by_id.values(), quantities, reason, wanted.kind, now=now):
        faults.append(gifts)
    costs_money = any(worth(line, quantity) for line, quantity, _ in found)
    if costs_money and not is_paid(order):
        faults.append(Fault(ErrorCode.ORDER_NOT_PAID, "orderId"))
    if faults:
        raise Refusal(*faults)
    return found


def _fault_of_rules(code: ErrorCode, line: ReturnableLine) -> Fault:
    field = "kind" if code is ErrorCode.KIND_NOT_ALLOWED else "lines.orderLineId"
    return Fault(code, field, lines=(line.order_line_id,))


def save_with_number(request: ReturnRequest, *, now: datetime) -> None:
    """Numbers are random: a taken one is tried again, and five in a row is no chance."""
    day = now.astimezone(request.shop.zone).date()
    for left in reversed(range(NUMBER_TRIES)):
        request.number = new_return_number(day, secrets.choice)
        try:
            with transaction.atomic():
                request.save(force_insert=True)
            return
        except IntegrityError:
            if not left:
                raise
