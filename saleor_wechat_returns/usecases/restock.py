"""Accepted pieces go back into Saleor's stock, where the shop's rules say so. Off as shipped.

Recording a return does not do it (measured, 3.21-3.23), and Saleor has no increment: what is there
is read, written down with what it shall be, and set at once. Refused: a task for staff. Away:
nothing happened, read anew. Answer lost: the stock is read, and tells whether it was heard; a
third number is for staff, since somebody else has changed it meanwhile.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from .. import clock, outbox
from ..domain.errors import ProviderRejected, ProviderUnavailable, Rejection
from ..domain.inspection import Disposition
from ..models import InspectedPieces, ReturnRequest, StockChange
from ..models.staff import StaffTaskKind
from ..models.stock import StockChangeStatus
from ..outbox import Later
from ..saleor.client import Saleor
from ..saleor.stock import set_stock, stock_in, variant_of_line
from .locks import lock_order_row, lock_request
from .move import note
from .policies import rules_of
from .shops import saleor_of
from .staff_tasks import open_task

log = structlog.get_logger(__name__)

RESTOCK = "stock.change"
RESTOCKED = "restocked"
WAIT_SECONDS = 60.0
OPEN = frozenset({StockChangeStatus.DUE, StockChangeStatus.ASKED})


def restock_recorded(request: ReturnRequest, *, now: datetime) -> None:
    """Queue what goes into stock, in the transaction that ends the hold. Once for pieces.

    Our own return, recorded in Saleor, proves that they are not in stock yet.
    """
    for change in _changes_due(request):
        key = f"stock:{request.shop_id}"  # one at a time: two of ours never meet in one stock
        outbox.put(RESTOCK, change.pk, shop=request.shop, key=key, due_at=now)


def leave_stock_to_staff(request: ReturnRequest, why: str, *, now: datetime) -> None:
    """Without a return of ours Saleor may have them in stock: a canceled parcel puts them there."""
    for change in _changes_due(request):
        _end_failed(request, change, f"MAYBE_IN_STOCK: {why}", now=now)


def _changes_due(request: ReturnRequest) -> list[StockChange]:
    """New rows: one for each kind of pieces that is to go into stock, and has none."""
    if not rules_of(request).restock:
        return []
    found = InspectedPieces.objects.filter(
        line__request=request, disposition=Disposition.RESTOCK, superseded_at=None
    )
    usual = request.return_address.warehouse_id if request.return_address else ""
    return [
        StockChange.objects.create(
            shop_id=request.shop_id, pieces=pieces, warehouse_id=pieces.warehouse_id or usual
        )
        for pieces in found.filter(stock_change=None).select_related("line__line").order_by("id")
    ]


def restock(change_pk: UUID) -> Later | None:
    """Effect: add the pieces to the stock, once."""
    change = _load(change_pk)
    if change.status not in OPEN:
        return None
    try:
        is_set = _set(change, saleor_of(change.shop))
    except ProviderRejected as no:
        if no.kind is Rejection.CONFIGURATION:
            raise
        _fail(change, str(no))
    else:
        if not is_set:
            return Later(WAIT_SECONDS, "nobody knows yet whether an earlier number was heard")
        _done(change)
    return None


def _set(change: StockChange, saleor: Saleor) -> bool:
    """True once Saleor has the number, False while it may not be asked.

    Raises the provider errors.
    """
    there = _pieces_there(change, saleor)
    if change.status == StockChangeStatus.ASKED:
        if there == change.after:
            return True  # heard: the answer was lost
        if there != change.before:
            moved = f"{change.before} should have become {change.after}, and it is {there}"
            raise ProviderRejected(Rejection.BUSINESS, "STOCK_MOVED", moved)
    elif _is_another_unknown(change):
        return False
    change.status = StockChangeStatus.ASKED
    change.before, change.after = there, there + change.pieces.quantity
    change.save()
    try:
        set_stock(saleor, change.variant_id, change.warehouse_id, change.after)
    except (ProviderUnavailable, ProviderRejected):
        # Nothing happened there: the next try counts from what is there by then.
        change.status = StockChangeStatus.DUE
        change.save()
        raise
    return True


def _is_another_unknown(change: StockChange) -> bool:
    """Set now, ours would look as if the other number had been heard, or as if it had not."""
    asked = StockChange.objects.filter(
        shop=change.shop_id,
        variant_id=change.variant_id,
        warehouse_id=change.warehouse_id,
        status=StockChangeStatus.ASKED,
    )
    return asked.exclude(pk=change.pk).exists()


def _pieces_there(change: StockChange, saleor: Saleor) -> int:
    """Only a stock that there is already is added to: none is made by a mistake of ours."""
    if not change.warehouse_id:
        raise ProviderRejected(Rejection.BUSINESS, "NO_WAREHOUSE", "no warehouse is named")
    line = change.pieces.line.line
    if not change.variant_id:
        found = variant_of_line(saleor, line.order.order_id, line.order_line_id)
        if found is None:
            raise ProviderRejected(Rejection.BUSINESS, "NO_VARIANT", "the variant is gone")
        change.variant_id = found
    there = stock_in(saleor, change.variant_id, change.warehouse_id)
    if there is None:
        raise ProviderRejected(Rejection.BUSINESS, "NO_STOCK", "no stock in that warehouse")
    return there


def _done(change: StockChange) -> None:
    now = clock.now()
    with transaction.atomic():
        request = _lock(change)
        change.status, change.ended_at = StockChangeStatus.DONE, now
        change.save()
        data = {"pieces": change.pieces.quantity, "before": change.before, "after": change.after}
        note(request, RESTOCKED, now=now, data=data | {"line": str(change.pieces.line_id)})
    log.info("stock.changed", number=request.number, before=change.before, after=change.after)


def _fail(change: StockChange, why: str) -> None:
    with transaction.atomic():
        _end_failed(_lock(change), change, why, now=clock.now())


def _end_failed(request: ReturnRequest, change: StockChange, why: str, *, now: datetime) -> None:
    change.status, change.ended_at = StockChangeStatus.FAILED, now
    change.detail = why[:500]
    change.save()
    goods = f"{change.pieces.quantity} of {change.pieces.line.line}"
    open_task(request, StaffTaskKind.RESTOCK_FAILED, f"{goods}: {why}")


def _lock(change: StockChange) -> ReturnRequest:
    part = change.pieces.line
    lock_order_row(part.line.order_id)
    return lock_request(part.request_id)


def _load(pk: UUID) -> StockChange:
    return StockChange.objects.select_related("shop", "pieces__line__line__order").get(pk=pk)
