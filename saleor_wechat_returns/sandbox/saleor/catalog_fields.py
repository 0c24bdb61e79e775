"""What the API tells of the catalogue beyond names and prices."""

from typing import Any

from .call import Call
from .catalog import Category, Variant
from .pages import page
from .registry import field


@field("Query", "productVariant")
def product_variant(
    _source: Any, call: Call, id: str | None = None, **_channel: str
) -> Variant | None:
    """An app that manages orders sees every variant; which are on sale is not played."""
    found = call.world.find(id)
    return found if isinstance(found, Variant) else None


@field("Category", "ancestors")
def ancestors(category: Category, _call: Call, **paging: Any) -> Any:
    above = category.parent
    found: list[Category] = []
    while above is not None:
        found.insert(0, above)
        above = above.parent
    return page(found, **paging)
