"""A variant's stock in Saleor, which knows no increment: it is read, and set to a number.

Source: schemas of Saleor 3.21-3.24, read 2026-11: `Stock.quantity` counts what is allocated too;
`productVariantStocksUpdate` sets it, and makes a stock where the warehouse had none. Asked for
through a channel, or an order's line, a variant shows only the stocks of that channel's warehouses.
"""

from __future__ import annotations

from .client import Saleor


def variant_of_line(saleor: Saleor, order_id: str, order_line_id: str) -> str | None:
    """The variant's id; None: order, line or variant is gone. Raises as `Saleor.read`."""
    order = saleor.read("OrderVariants", {"id": order_id})["order"]
    for line in order["lines"] if order else ():
        if line["id"] == order_line_id and line["variant"]:
            return str(line["variant"]["id"])
    return None


def stock_in(saleor: Saleor, variant_id: str, warehouse_id: str) -> int | None:
    """Pieces in the warehouse; None: it has no stock of the variant. Raises as `Saleor.read`."""
    variant = saleor.read("VariantStock", {"id": variant_id})["productVariant"]
    for stock in (variant or {}).get("stocks") or ():
        if stock["warehouse"]["id"] == warehouse_id:
            return int(stock["quantity"])
    return None


def is_warehouse_there(saleor: Saleor, warehouse_id: str, *, seconds: float) -> bool:
    """Raises as `Saleor.read`, also where the app may not look at warehouses."""
    asked = saleor.read("WarehouseThere", {"id": warehouse_id}, seconds=seconds)
    return asked["warehouse"] is not None


def set_stock(saleor: Saleor, variant_id: str, warehouse_id: str, quantity: int) -> None:
    """Raises as `Saleor.change`."""
    stocks = [{"warehouse": warehouse_id, "quantity": quantity}]
    saleor.change("SetStock", {"variant": variant_id, "stocks": stocks})
