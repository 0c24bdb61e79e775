"""The locks, in their one order: ReturnableOrder → ReturnRequest → Refund."""

from __future__ import annotations

from uuid import UUID

from ..domain.errors import ErrorCode, refuse
from ..models import Refund, ReturnableOrder, ReturnRequest
from .access import Viewer
from .ownership import returns_of


def own_request(viewer: Viewer, text_id: str) -> ReturnRequest:
    """A return that is the viewer's to touch: staff's shop, a customer's own. Not locked.

    Raises Refusal(NOT_FOUND).
    """
    try:
        pk = UUID(text_id)
    except ValueError as wrong:
        raise refuse(ErrorCode.NOT_FOUND, "id") from wrong
    request = returns_of(viewer).filter(pk=pk).select_related("order").first()
    if request is None:
        raise refuse(ErrorCode.NOT_FOUND, "id")
    return request


def lock_own_request(viewer: Viewer, text_id: str) -> ReturnRequest:
    """`own_request`, with the order lock and its own. Raises Refusal(NOT_FOUND)."""
    request = own_request(viewer, text_id)
    lock_order_row(request.order_id)
    return lock_request(request.pk)


def lock_order_row(pk: UUID) -> ReturnableOrder:
    """The order lock, without news from Saleor."""
    return ReturnableOrder.objects.select_for_update().get(pk=pk)


def lock_request(pk: UUID) -> ReturnRequest:
    """Needs the order lock.

    Rows that only point to the return, as a task for staff, need not wait: whoever writes one may
    hold what we ask for next.
    """
    return (
        ReturnRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("order", "shop", "policy")
        .get(pk=pk)
    )


def lock_refund(pk: UUID) -> Refund:
    """Lock order, return (where it is of one) and refund, in that order."""
    order_pk, request_pk = Refund.objects.values_list("order_id", "request_id").get(pk=pk)
    if order_pk:
        lock_order_row(order_pk)
    request = lock_request(request_pk) if request_pk else None
    refund = Refund.objects.select_for_update().get(pk=pk)
    refund.request = request
    return refund


def find_own_refund(staff: Viewer, text_id: str) -> Refund:
    """A refund of the staff's shop, without a lock. Raises Refusal(NOT_FOUND)."""
    try:
        pk = UUID(text_id)
    except ValueError as wrong:
        raise refuse(ErrorCode.NOT_FOUND, "refundId") from wrong
    refund = Refund.objects.select_related("shop").filter(shop=staff.shop, pk=pk).first()
    if refund is None:
        raise refuse(ErrorCode.NOT_FOUND, "refundId")
    return refund


def need_refund_version(refund: Refund, expected: int) -> None:
    """Staff decide on what they saw. Raises Refusal(VERSION_CONFLICT) if it changed."""
    if refund.version != expected:
        raise refuse(ErrorCode.VERSION_CONFLICT, "expectedVersion")
