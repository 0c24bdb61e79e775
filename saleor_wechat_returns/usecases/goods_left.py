"""Goods that a decided return leaves with the shop although they are the customer's."""

from __future__ import annotations

from ..domain.inspection import Disposition
from ..domain.lifecycle import DeliveryDirection, DeliveryStatus, Status
from ..models import InspectedPieces, ReturnRequest, ReverseDelivery
from ..models.staff import StaffTaskKind
from .staff_tasks import open_task

# What the inspection gave stands: nobody can appeal any more.
DECIDED = frozenset(
    {
        Status.REFUNDING,
        Status.REFUND_FAILED,
        Status.REFUNDED,
        Status.CLOSED,
        Status.CANCELED,  # the customer took his appeal back
    }
)


def pieces_left(request: ReturnRequest) -> list[InspectedPieces]:
    """Pieces that go back to the customer, as the latest inspection said."""
    found = InspectedPieces.objects.filter(
        line__request=request, disposition=Disposition.SEND_BACK, superseded_at=None
    )
    return list(found.select_related("line__line").order_by("line_id", "id"))


def way_back(request: ReturnRequest) -> ReverseDelivery | None:
    """The parcel in which they went, if they have; a corrected number's is not it."""
    sent = ReverseDelivery.objects.filter(
        request=request, direction=DeliveryDirection.TO_CUSTOMER
    ).exclude(status=DeliveryStatus.CANCELED)
    return sent.select_related("parcel").order_by("-id").first()


def tell_of_goods_left(request: ReturnRequest) -> None:
    """Put them on staff's list, in the transaction that decides the return."""
    pieces = sum(found.quantity for found in pieces_left(request))
    if pieces and way_back(request) is None:
        open_task(request, StaffTaskKind.SEND_BACK_DUE, f"{pieces} pieces")
