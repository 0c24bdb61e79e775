"""Finding what a mutation is about, or refusing with the codes Saleor uses."""

from typing import Any, TypeVar

from .call import Call
from .errors import refuse
from .ids import to_global_id
from .world import Order, Transaction

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


def transaction_of(order: Order, global_id: str | None) -> Transaction:
    """A transaction of this order; those of other orders are NOT_FOUND. [175]"""
    for transaction in order.transactions:
        if transaction.id == global_id:
            return transaction
    raise refuse("transactionId", "NOT_FOUND", f"Couldn't resolve to a node: {global_id}")
