"""Granting refunds. No webhook tells of it, and amounts are hardly checked. [172, 176]"""

from decimal import Decimal
from typing import Any

from . import money
from .access import MANAGE_ORDERS
from .call import Call
from .errors import Problem, Refused, internal_server_error, refuse
from .lookup import get, get_reason, transaction_of
from .registry import mutation
from .world import ZERO, GrantedRefund, GrantedRefundLine, Order, OrderLine, Transaction

_TOO_MUCH = "Amount cannot be greater than the charged amount of provided transaction."
_SHIPPING_GRANTED = "Shipping costs have already been granted."


@mutation("orderGrantRefundCreate", MANAGE_ORDERS)
def create_grant(call: Call, *, id: str, input: dict[str, Any]) -> dict[str, Any]:
    """Grant an amount, or what the lines cost capped at what the transaction holds. [96]"""
    order = get(call, Order, id)
    amount, lines = input.get("amount"), input.get("lines") or []
    shipping = bool(input.get("grant_refund_for_shipping"))
    if amount is None and not lines and not shipping:
        raise _nothing_given()
    granted = _checked_lines(order, lines, field="lines")
    if shipping and any(grant.shipping_costs_included for grant in order.granted_refunds):
        text = _SHIPPING_GRANTED
        raise refuse("grantRefundForShipping", "SHIPPING_COSTS_ALREADY_GRANTED", text)
    transaction = transaction_of(order, input["transaction_id"])
    if amount is not None and amount > transaction.charged:
        raise refuse("amount", "AMOUNT_GREATER_THAN_AVAILABLE", _TOO_MUCH)
    if amount is None:
        amount = _cost(order, granted, shipping, transaction)
    call.pause("orderGrantRefundCreate")
    grant = GrantedRefund(
        id=call.world.ids.numbered("OrderGrantedRefund"),
        order=order,
        amount=money.stored(amount),
        currency=order.currency,
        created_at=call.now(),
        updated_at=call.now(),
        reason=input.get("reason") or "",
        reason_reference=get_reason(call.world.refund_reasons, input.get("reason_reference")),
        shipping_costs_included=shipping,
        app=call.app,
        user=None if call.app else call.user,
        transaction=transaction,
        lines=_stored_lines(call, granted),
    )
    order.granted_refunds.append(grant)
    _refresh(call, order)
    return {"order": order, "grantedRefund": grant}


@mutation("orderGrantRefundUpdate", MANAGE_ORDERS)
def update_grant(call: Call, *, id: str, input: dict[str, Any]) -> dict[str, Any]:
    """Change a grant; `transactionId` may even belong to another order. [177]"""
    grant = get(call, GrantedRefund, id)
    order = grant.order
    _check_may_update(grant, input)
    removed = input.get("remove_lines") or []
    kept = [line for line in grant.lines if line.id not in removed]
    _check_removed(grant, removed)
    added = _checked_lines(
        order, input.get("add_lines") or [], field="addLines", ignored=set(removed)
    )
    shipping = input.get("grant_refund_for_shipping")
    if shipping and any(g.shipping_costs_included for g in order.granted_refunds if g is not grant):
        text = _SHIPPING_GRANTED
        raise refuse("grantRefundForShipping", "SHIPPING_COSTS_ALREADY_GRANTED", text)
    transaction = grant.transaction
    if input.get("transaction_id"):
        transaction = get(call, Transaction, input["transaction_id"], field="transactionId")
    amount = input.get("amount")
    lines_changed = bool(added or removed or shipping is not None)
    _check_updated_amount(grant, input, transaction, amount, lines_changed)
    call.pause("orderGrantRefundUpdate")
    grant.transaction = transaction
    grant.lines = [*kept, *_stored_lines(call, added)]
    if shipping is not None:
        grant.shipping_costs_included = shipping
    if amount is not None:
        grant.amount = money.stored(amount)
    elif lines_changed:
        pairs: _Granted = [(line.order_line, line.quantity, None) for line in grant.lines]
        grant.amount = _cost(order, pairs, grant.shipping_costs_included, transaction)
    if input.get("reason") is not None:
        grant.reason = input["reason"]
    grant.updated_at = call.now()
    _refresh(call, order)
    return {"order": order, "grantedRefund": grant}


_Granted = list[tuple[OrderLine, int, str | None]]


def _refresh(call: Call, order: Order) -> None:
    money.recalculate_order(order)
    order.updated_at = call.now()


def _nothing_given() -> Refused:
    text = "You must provide at least one of `amount`, `lines`, `grantRefundForShipping`."
    fields = ("amount", "lines", "grantRefundForShipping")
    return Refused(*(Problem(field, "REQUIRED", text) for field in fields))


def _check_may_update(grant: GrantedRefund, input: dict[str, Any]) -> None:
    if not any(value for value in input.values() if value is not None):
        text = "At least one field needs to be provided to process update."
        raise refuse("input", "REQUIRED", text)
    if grant.status in ("PENDING", "SUCCESS") and set(input) != {"reason"}:
        text = "Only reason can be updated when `OrderGrantedRefund.status` is PENDING or SUCCESS."
        others = [name for name in input if name != "reason"]
        raise Refused(*(Problem(_camel(name), "INVALID", text) for name in others))


def _check_removed(grant: GrantedRefund, removed: list[str]) -> None:
    known = {line.id for line in grant.lines}
    problems = [
        {"lineId": line_id, "code": "NOT_FOUND", "message": "Could not resolve to a line."}
        for line_id in removed
        if line_id not in known
    ]
    if problems:
        text = "Provided input for lines is invalid."
        raise refuse("removeLines", "INVALID", text, removeLines=problems)


def _check_updated_amount(
    grant: GrantedRefund,
    input: dict[str, Any],
    transaction: Transaction | None,
    amount: Decimal | None,
    lines_changed: bool,
) -> None:
    if transaction is None:
        return
    if amount is not None:
        if amount > transaction.charged:
            raise refuse("amount", "AMOUNT_GREATER_THAN_AVAILABLE", _TOO_MUCH)
    elif input.get("transaction_id") and not lines_changed and grant.amount > transaction.charged:
        text = (
            "Provided transaction does not have enough charged amount to cover the granted refund."
        )
        raise refuse("transactionId", "AMOUNT_GREATER_THAN_AVAILABLE", text)


def _checked_lines(
    order: Order,
    lines: list[dict[str, Any]],
    *,
    field: str,
    ignored: set[str] | frozenset[str] = frozenset(),
) -> _Granted:
    """Lines with quantities; grants of every status count against what is available. [97]"""
    by_id = {line.id: line for line in order.lines}
    problems: list[dict[str, Any]] = []
    granted: _Granted = []
    for given in {line["id"]: line for line in lines}.values():
        line = by_id.get(given["id"])
        if line is None:
            problems.append(_line_problem(given["id"], "id", "NOT_FOUND", _UNRESOLVED))
            continue
        available = line.quantity - _already_granted(order, line, ignored)
        if given["quantity"] > available:
            text = (
                "Cannot grant refund for more than the available quantity of the line "
                f"({available})."
            )
            code = "QUANTITY_GREATER_THAN_AVAILABLE"
            problems.append(_line_problem(line.id, "quantity", code, text))
        granted.append((line, given["quantity"], given.get("reason")))
    if problems:
        text = "Provided input for lines is invalid."
        raise refuse(field, "INVALID", text, **{field: problems})
    if any(quantity < 0 for _, quantity, _ in granted):
        # Nothing checks this but a constraint of the database. [173]
        raise internal_server_error("IntegrityError")
    return granted


_UNRESOLVED = "Could not resolve to a line."


def _line_problem(line_id: str, field: str, code: str, message: str) -> dict[str, Any]:
    return {"lineId": line_id, "field": field, "code": code, "message": message}


def _already_granted(order: Order, line: OrderLine, ignored: set[str] | frozenset[str]) -> int:
    return sum(
        granted.quantity
        for grant in order.granted_refunds
        for granted in grant.lines
        if granted.order_line is line and granted.id not in ignored
    )


def _cost(
    order: Order, granted: _Granted, shipping: bool, transaction: Transaction | None
) -> Decimal:
    """Rounded unit price times quantity, which may miss the exact total; see totalPrice. [171]"""
    cost = sum((line.unit_price * quantity for line, quantity, _ in granted), ZERO)
    if shipping:
        cost += order.shipping_price
    return money.stored(min(cost, transaction.charged) if transaction else cost)


def _stored_lines(call: Call, granted: _Granted) -> list[GrantedRefundLine]:
    return [
        GrantedRefundLine(call.world.ids.numbered("OrderGrantedRefundLine"), line, quantity, reason)
        for line, quantity, reason in granted
    ]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
