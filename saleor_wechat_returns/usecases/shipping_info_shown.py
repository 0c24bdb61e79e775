"""发货信息管理 for staff: what WeChat was told of an order, and whether this service tells it."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction

from ..domain.errors import ErrorCode, refuse
from ..models import ShippingInfo, Shop
from .access import Viewer, need_settings
from .shipping_looks import look_at_shipping
from .texts import is_global_id

log = structlog.get_logger(__name__)


def shipping_info_of(staff: Viewer, order_id: str) -> list[ShippingInfo]:
    """A row for each payment of the order that was looked at, oldest first. Raises Refusal."""
    if not is_global_id(order_id):
        raise refuse(ErrorCode.MALFORMED, "orderId")
    rows = ShippingInfo.objects.filter(shop=staff.shop, order_id=order_id)
    return list(rows.select_related("payment").order_by("id"))


def switch_for(staff: Viewer, *, is_on: bool, now: datetime) -> Shop:
    """As `switch`, for staff who may change settings. Raises Refusal."""
    shop = switch(need_settings(staff).shop, is_on=is_on, now=now)
    log.info("shipping_info.switched", shop=shop.key, is_on=is_on, by=staff.user_id)
    return shop


def switch(shop: Shop, *, is_on: bool, now: datetime) -> Shop:
    """From now on this service tells WeChat of the shop's parcels, or leaves it to others."""
    shop.tells_shipping = is_on
    with transaction.atomic():
        shop.save(update_fields=["tells_shipping"])
        if is_on:
            look_at_shipping(now=now)
    return shop
