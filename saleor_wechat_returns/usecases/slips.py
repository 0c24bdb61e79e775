"""退货单: a page to print or show, put into the parcel so that the warehouse finds the return.

Opened by a short-lived link, while the goods are to come back. It names no customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import segno
from django.conf import settings

from ..domain.lifecycle import Kind
from ..models import ReturnAddress, ReturnRequest, Shop
from .return_address import SHOWN
from .signed_links import sign, unsign

SLIP = "slip"


@dataclass(frozen=True, slots=True)
class SlipLine:
    product: str
    variant: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Slip:
    """`qr`: the number as an SVG picture."""

    number: str
    order_number: str
    lines: tuple[SlipLine, ...]
    address: ReturnAddress | None
    qr: str


def link_to_slip(request: ReturnRequest, *, now: datetime) -> str | None:
    """A link good for some minutes; None where nothing is to come back. The caller may see it."""
    if not _is_wanted(request):
        return None
    token = sign(SLIP, request.pk.hex, shop=request.shop, now=now)
    return f"{settings.PUBLIC_URL}/s/{request.shop.key}/slips/{token}"


def open_slip(shop: Shop, token: str, *, now: datetime) -> Slip | None:
    """The slip behind a link of this shop; None if it is forged, over, or no longer wanted."""
    said = unsign(SLIP, token, shop=shop, now=now)
    if said is None:
        return None
    (pk,) = said
    found = ReturnRequest.objects.filter(shop=shop, pk=pk)
    request = found.select_related("order", "return_address").first()
    return slip_of(request) if request is not None and _is_wanted(request) else None


def slip_of(request: ReturnRequest) -> Slip:
    parts = request.lines.select_related("line").order_by("line_id")
    return Slip(
        number=request.number,
        order_number=request.order.number,
        lines=tuple(
            SlipLine(part.line.product_name, part.line.variant_name, part.line.sku, part.quantity)
            for part in parts
        ),
        address=request.return_address,
        qr=segno.make_qr(request.number, error="m").svg_inline(scale=6, border=2),
    )


def _is_wanted(request: ReturnRequest) -> bool:
    return request.kind == Kind.RETURN_AND_REFUND and request.status in SHOWN
