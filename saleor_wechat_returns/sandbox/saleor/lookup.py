"""Finding what a mutation is about, or refusing with the codes Saleor uses."""

from typing import Any, TypeVar

from .call import Call
from .checkout import Checkout
from .errors import refuse
from .ids import from_global_id, to_global_id
from .world import Order, Page, Transaction

Source = Checkout | Order
T = TypeVar("T")


def get(call: Call, kind: type[T], global_id: str | None, *, field: str = "id") -> T:
    """The object of that kind, or NOT_FOUND on `field`."""
    found = call.world.find(global_id)
    if not isinstance(found, kind):
        raise refuse(field, "NOT_FOUND", f"Couldn't resolve to a node: {global_id}")
    return found


def get_transaction(call: Call, global_id: str | None, token: Any = None) -> Transaction:
    """By id or by token, which is the uuid inside the id."""
    if global_id is None and token is None:
        raise refuse("id", "GRAPHQL_ERROR", "At least one of arguments is required: 'id', 'token'.")
    return get(call, Transaction, global_id or to_global_id("TransactionItem", token))


def get_source(call: Call, global_id: str) -> Source:
    """What can be paid: a checkout, or an order."""
    found = call.world.find(global_id)
    if isinstance(found, Source):
        return found
    kind, _ = from_global_id(global_id) or ("", "")
    if kind in ("Checkout", "Order"):
        raise refuse("id", "NOT_FOUND", "`Order` or `Checkout` not found.")
    text = f"Invalid ID: {global_id}. Expected one of: Checkout, Order, received: {kind}."
    raise refuse("id", "INVALID", text)


def transaction_of(order: Order, global_id: str | None) -> Transaction:
    """A transaction of this order; those of other orders are NOT_FOUND. [175]"""
    for transaction in order.transactions:
        if transaction.id == global_id:
            return transaction
    raise refuse("transactionId", "NOT_FOUND", f"Couldn't resolve to a node: {global_id}")


def get_reason(pages: list[Page], global_id: str | None) -> Page | None:
    """The page that stands for the reason. Where none is set up, naming one is an error.

    The schema's words; its code was not recorded. [364, 366 for one that is taken]
    """
    if global_id is None:
        return None
    for page in pages:
        if page.id == global_id:
            return page
    raise refuse("reasonReference", "INVALID", "Invalid reason reference.")
