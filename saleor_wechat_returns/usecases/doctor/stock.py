"""Where the shop's rules put accepted pieces into stock: is a warehouse named, and is it there?

A shop whose rules do not is asked nothing. An inspection may name another warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...domain.errors import ProviderError
from ...models import ReturnAddress, Shop
from ...saleor.client import Saleor
from ...saleor.stock import is_warehouse_there
from ..policies import current_policy, rules_in_force, rules_of
from ..texts import is_warehouse_id
from .findings import Code, Finding

SECONDS = 5.0


def look_at_addresses_for_stock(shop: Shop) -> Iterator[Finding]:
    """Of rows alone: addresses from where goods find no warehouse."""
    if not any(rules.restock for rules in rules_in_force(shop)):
        return
    addresses = _restocking(shop)
    unnamed = [it.name for it in addresses if not it.warehouse_id]
    if unnamed or not addresses:
        names = ", ".join(unnamed) or "–"
        yield Finding(Code.RESTOCK_NO_WAREHOUSE, shop.api_url, facts={"addresses": names})


def warehouses(shop: Shop, saleor: Saleor) -> Iterator[Finding]:
    """Every warehouse that an address names, asked of Saleor."""
    named = {it.warehouse_id: it.name for it in _restocking(shop) if it.warehouse_id}
    there = 0
    for warehouse_id, address in named.items():
        facts = {"warehouse": warehouse_id, "address": address}
        try:
            if _is_there(saleor, warehouse_id):
                there += 1
            else:
                yield Finding(Code.RESTOCK_WAREHOUSE_GONE, shop.api_url, facts=facts)
        except ProviderError as trouble:
            why = {"what": f"warehouse {warehouse_id}", "why": str(trouble)[:200]}
            yield Finding(Code.SALEOR_UNREAD, shop.api_url, facts=why)
            return
    if there:
        yield Finding(Code.RESTOCK, shop.api_url, facts={"count": there})


def _is_there(saleor: Saleor, warehouse_id: str) -> bool:
    """What is no warehouse's id is asked of nobody: Saleor's answer would look like trouble."""
    return is_warehouse_id(warehouse_id) and is_warehouse_there(
        saleor, warehouse_id, seconds=SECONDS
    )


def _restocking(shop: Shop) -> list[ReturnAddress]:
    """Addresses in use to which goods come that the rules put into stock."""
    in_use = ReturnAddress.objects.filter(shop=shop, archived_at=None)
    return [it for it in in_use.order_by("position", "id") if _restocks(shop, it.channel)]


def _restocks(shop: Shop, channel: str) -> bool:
    """An address without a channel is for all of them."""
    if channel:
        return rules_of(current_policy(shop, channel)).restock
    return any(rules.restock for rules in rules_in_force(shop))
