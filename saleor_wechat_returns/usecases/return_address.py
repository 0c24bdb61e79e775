"""Where the goods of one return go: chosen with the approval, and kept whatever the shop changes.

A shop that has entered no address approves all the same: the doctor says so.
"""

from __future__ import annotations

from uuid import UUID

from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import Status, When
from ..models import ReturnAddress, ReturnRequest, Shop
from .access import Viewer

# The goods are to come back, so the customer may know where to.
SHOWN = frozenset({Status.APPROVED, Status.AWAITING_PICKUP, Status.IN_TRANSIT})
COMES_BACK = frozenset({When.GOODS_EXPECTED, When.PARCEL_KNOWN})


def address_shown(viewer: Viewer, request: ReturnRequest) -> ReturnAddress | None:
    """Never before the approval, and to customers only while they need it."""
    if viewer.is_staff or request.status in SHOWN:
        return request.return_address
    return None


def choose_address(request: ReturnRequest, when: When, address_id: str = "") -> None:
    """Set where the goods go, if they are to come back; not saved, since a move follows.

    `address_id`: named by staff, instead of the rule. Raises Refusal.
    """
    if when not in COMES_BACK:
        return
    if address_id:
        request.return_address = address_in_use(request.shop, address_id, "addressId")
    elif request.return_address_id is None:
        request.return_address = address_by_rule(request)


def address_by_rule(request: ReturnRequest) -> ReturnAddress | None:
    """The first by position that is for the order's channel and the return's reason."""
    found = ReturnAddress.objects.filter(
        shop_id=request.shop_id, archived_at=None, channel__in=["", request.order.channel]
    )
    fitting = (it for it in found.order_by("position", "id") if fits(it, request))
    return next(fitting, None)


def fits(address: ReturnAddress, request: ReturnRequest) -> bool:
    return not address.reasons or request.reason in address.reasons


def address_in_use(shop: Shop, text_id: str, field: str) -> ReturnAddress:
    """Raises Refusal: NOT_FOUND, or ADDRESS_ARCHIVED."""
    address = find_address(shop, text_id, field)
    if address.archived_at is not None:
        raise refuse(ErrorCode.ADDRESS_ARCHIVED, field)
    return address


def find_address(shop: Shop, text_id: str, field: str) -> ReturnAddress:
    """Raises Refusal(NOT_FOUND)."""
    try:
        pk = UUID(text_id)
    except ValueError as wrong:
        raise refuse(ErrorCode.NOT_FOUND, field) from wrong
    address = ReturnAddress.objects.filter(shop=shop, pk=pk).first()
    if address is None:
        raise refuse(ErrorCode.NOT_FOUND, field)
    return address
