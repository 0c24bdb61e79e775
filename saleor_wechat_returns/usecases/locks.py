"""The locks, in their one order: ReturnableOrder → ReturnRequest → Refund."""

from __future__ import annotations

from uuid import UUID

from ..domain.errors import ErrorCode, refuse
from ..models import Refund, ReturnableOrder, ReturnRequest
from .access import Viewer


def lock_own_request(viewer: Viewer, text_id: str) -> ReturnRequest:
    """Lock a return that is the viewer's to touch: staff's shop, a customer's own.

    Raises Refusal(NOT_FOUND).
    """
    try:
        pk = UUID(text_id)
    except ValueError as wrong:
        raise refuse(ErrorCode.NOT_FOUND, "id") from wrong
    found = ReturnRequest.objects.filter(shop=viewer.shop, pk=pk)
    if not viewer.is_staff:
        found = found.filter(customer_id=viewer.user_id)
    order_pk = found.values_list("order_id", flat=True).first()
    if order_pk is None:
        raise refuse(ErrorCode.NOT_FOUND, "id")
    lock_order_row(order_pk)
    return lock_request(pk)


def lock_order_row(pk: UUID) -> ReturnableOrder:
    """The order lock, without news from Saleor."""
    return ReturnableOrder.objects.select_for_update().get(pk=pk)


def lock_request(pk: UUID) -> ReturnRequest:
    """Needs the order lock."""
    return (
        ReturnRequest.objects.select_for_update(of=("self",))
        .select_related("order", "shop")
        .get(pk=pk)
    )


def lock_refund(pk: UUID) -> Refund:
    """Lock order, return and refund, in that order."""
    order_pk, request_pk = Refund.objects.values_list("order_id", "request_id").get(pk=pk)
    lock_order_row(order_pk)
    request = lock_request(request_pk)
    refund = Refund.objects.select_for_update().get(pk=pk)
    refund.request = request
    return refund
