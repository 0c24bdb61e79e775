"""productVariantStocksUpdate: a warehouse's stock of a variant is set to a number.

By the schemas of 3.21 to 3.24; not recorded. A warehouse without a stock of it gets one.
"""

from typing import Any

from .access import MANAGE_ORDERS, MANAGE_PRODUCTS
from .call import Call
from .catalog import Variant
from .errors import refuse
from .registry import field, mutation


@field("ProductVariant", "stocks")
def stocks(variant: Variant, call: Call) -> list[dict[str, Any]]:
    call.principal.require(MANAGE_PRODUCTS, MANAGE_ORDERS)
    return [
        {"warehouse": {"id": warehouse}, "quantity": quantity}
        for warehouse, quantity in variant.stocks.items()
    ]


@field("Query", "warehouse")
def warehouse(_source: Any, call: Call, id: str | None = None, **_by: str) -> dict[str, Any] | None:
    """There is one. Either permission will do, by the schemas."""
    call.principal.require(MANAGE_PRODUCTS, MANAGE_ORDERS)
    return {"id": id} if id == call.world.default_warehouse_id else None


@mutation("productVariantStocksUpdate", MANAGE_PRODUCTS)
def update_stocks(
    call: Call, *, stocks: list[dict[str, Any]], variant_id: str | None = None, **_by: str
) -> dict[str, Any]:
    variant = call.world.find(variant_id)
    if not isinstance(variant, Variant):
        raise refuse("variantId", "NOT_FOUND", f"Couldn't resolve to a node: {variant_id}")
    for index, stock in enumerate(stocks):
        if stock["warehouse"] != call.world.default_warehouse_id:
            raise refuse("warehouse", "NOT_FOUND", "Warehouse was not found.", index=index)
    call.pause("productVariantStocksUpdate")
    variant.stocks.update({stock["warehouse"]: stock["quantity"] for stock in stocks})
    return {"productVariant": variant}
