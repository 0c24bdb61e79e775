"""How Saleor derives amounts and statuses: transactions from their events, orders from both.

Measured on Saleor 3.23.28; the odd results (negative totals, OVERCHARGED by a mere grant) are real.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from .checkout import Checkout
from .world import ZERO, GrantedRefund, Order, Transaction, TransactionEvent

_STORED = Decimal("0.001")
_SHOWN = Decimal("0.01")


@dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class TaxedMoney:
    """Prices of the sandbox carry no tax: net equals gross."""

    gross: Money


def stored(amount: Decimal) -> Decimal:
    """As kept in the database: three places, so 10.005 survives. [172]"""
    return amount.quantize(_STORED)


def shown(amount: Decimal) -> Decimal:
    """As reported and compared: two places, halves to even. [172]"""
    return amount.quantize(_SHOWN)


def recalculate_transaction(transaction: Transaction) -> None:
    """Set the eight amounts from the events that count, oldest first.

    Events are grouped by action and pspReference, a later event of the same type replacing the
    earlier one: four requests with one reference are therefore counted once. [80]
    """
    amounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    groups: dict[tuple[str, str], dict[str, TransactionEvent]] = defaultdict(dict)
    for event in sorted((e for e in transaction.events if e.counts), key=lambda e: e.order_in_time):
        action, _, outcome = event.type.partition("_")
        if not event.psp_reference:
            _count_manual(amounts, event)
        else:
            groups[action, event.psp_reference][outcome] = event
    for (action, _), outcomes in groups.items():
        _count_group(amounts, action, outcomes)
    transaction.authorized = max(amounts["authorized"], ZERO)
    transaction.authorize_pending = max(amounts["authorize_pending"], ZERO)
    for name in ("charged", "charge_pending", "refunded", "refund_pending"):
        setattr(transaction, name, amounts[name])
    transaction.canceled = amounts["canceled"]
    transaction.cancel_pending = amounts["cancel_pending"]


# action -> (pending amount, final amount, amount it is taken from)
_FLOWS = {
    "AUTHORIZATION": ("authorize_pending", "authorized", None),
    "CHARGE": ("charge_pending", "charged", "authorized"),
    "REFUND": ("refund_pending", "refunded", "charged"),
    "CANCEL": ("cancel_pending", "canceled", "authorized"),
}


def _count_group(
    amounts: dict[str, Decimal], action: str, outcomes: dict[str, TransactionEvent]
) -> None:
    if action not in _FLOWS:
        return
    pending, final, source = _FLOWS[action]
    request, success, failure = (outcomes.get(o) for o in ("REQUEST", "SUCCESS", "FAILURE"))
    if undone := outcomes.get("REVERSE"):
        amounts["charged"] += undone.amount
        amounts["refunded"] -= undone.amount
    if undone := outcomes.get("BACK"):
        amounts["charged"] -= undone.amount
    booked: list[tuple[str, TransactionEvent]] = []
    if request and not success and not failure:
        booked.append((pending, request))
    if success and not (failure and failure.order_in_time > success.order_in_time):
        booked.append((final, success))
    for name, event in booked:
        amounts[name] += event.amount
        if source:
            amounts[source] -= event.amount


def _count_manual(amounts: dict[str, Decimal], event: TransactionEvent) -> None:
    """Events without pspReference come from transactionCreate and -Update and only add up."""
    match event.type:
        case "AUTHORIZATION_SUCCESS":
            amounts["authorized"] += event.amount
        case "CHARGE_SUCCESS" | "REFUND_REVERSE":
            amounts["charged"] += event.amount
        case "CHARGE_BACK":
            amounts["charged"] -= event.amount
        case "REFUND_SUCCESS":
            amounts["refunded"] += event.amount
        case "CANCEL_SUCCESS":
            amounts["canceled"] += event.amount


def to_pay(source: Order | Checkout, amount: Decimal | None) -> Decimal:
    """What was asked for, which nobody checks against the total, or else the rest."""
    if amount is not None:
        return shown(amount)
    paid = sum(
        (
            max(t.authorized, t.charged) + t.authorize_pending + t.charge_pending
            for t in source.transactions
        ),
        ZERO,
    )
    return shown(max(source.total - paid, ZERO))


def total_granted(order: Order) -> Decimal:
    """The sum of all grants of whatever status, failed ones too. [97]"""
    return sum((grant.amount for grant in order.granted_refunds), ZERO)


def total_balance(order: Order) -> Decimal:
    """Charged and about to be charged, less what is still owed after grants. [41, 172]"""
    paid = sum((t.charged + t.charge_pending for t in order.transactions), ZERO)
    return paid - (order.total - total_granted(order))


def total_remaining_grant(order: Order) -> Decimal:
    """Granted but neither refunded nor requested; never below zero. [41, 44, 176]"""
    granted = min(total_granted(order), order.total)
    moved = sum((_all_amounts(t) for t in order.transactions), ZERO)
    refunded = sum((t.refunded + t.refund_pending for t in order.transactions), ZERO)
    return max(granted - max(refunded - (moved - order.total), ZERO), ZERO)


def _all_amounts(transaction: Transaction) -> Decimal:
    """Everything but cancelled amounts, which were never charged."""
    t = transaction
    done = t.charged + t.authorized + t.refunded
    return done + t.charge_pending + t.authorize_pending + t.refund_pending


def recalculate_order(order: Order) -> None:
    """Set the charged total and both payment statuses; old payments count as charged."""
    order.total_charged = sum((t.charged for t in order.transactions), ZERO)
    order.total_charged += sum((p.captured for p in order.old_payments), ZERO)
    order.total_authorized = sum((t.authorized for t in order.transactions), ZERO)
    owed = shown(max(order.total - total_granted(order), ZERO))
    order.charge_status = charge_status(shown(order.total_charged), owed)
    covered = shown(order.total_charged + order.total_authorized)
    is_free = order.total == 0
    order.authorize_status = authorize_status(covered, owed, is_free=is_free)


def authorize_status(covered: Decimal, owed: Decimal, *, is_free: bool) -> str:
    if covered == 0:
        return "FULL" if is_free else "NONE"
    return "FULL" if covered >= owed else "PARTIAL"


def charge_status(charged: Decimal, owed: Decimal) -> str:
    """A grant alone lowers what is owed and so makes a paid order OVERCHARGED. [41]"""
    if charged == owed:
        return "FULL"
    if charged <= 0:
        return "NONE"
    return "PARTIAL" if charged < owed else "OVERCHARGED"


def recalculate_grant(grant: GrantedRefund) -> None:
    """The status follows the latest event that is linked to the grant, by time.

    A report that arrived before its request carried the reference is not linked and changes
    nothing. [72, 78d]
    """
    linked = linked_events(grant)
    if linked:
        grant.status = {
            "REFUND_REQUEST": "PENDING",
            "REFUND_SUCCESS": "SUCCESS",
            "REFUND_FAILURE": "FAILURE",
        }.get(linked[0].type, "NONE")


def linked_events(grant: GrantedRefund) -> list[TransactionEvent]:
    """The refund events of a grant, newest first."""
    events = grant.transaction.events if grant.transaction else []
    linked = [e for e in events if e.granted_refund is grant and e.type.startswith("REFUND_")]
    return sorted(linked, key=lambda e: e.order_in_time, reverse=True)
