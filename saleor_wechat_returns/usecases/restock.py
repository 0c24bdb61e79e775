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
from ..models import InspectedPieces, OutboxMessage, ReturnRequest, StockChange
from ..models.staff import StaffTaskKind
from ..models.stock import StockChangeStatus
from ..outbox import Later
from ..saleor.client import Saleor
from ..saleor.stock import set_stock, stock_in, variant_of_line
from .locks import lock_order_row, lock_request
from .move import note
from .policies import rules_of
from .shops import saleor_of
from .staff_tasks import add_to_task, close_tasks, open_task

log = structlog.get_logger(__name__)

RESTOCK = "stock.change"
RESTOCKED = "restocked"
WAIT_SECONDS = 60.0
LONGEST_DETAIL = 500
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
        _fail(request, change, f"MAYBE_IN_STOCK: {why}", now=now)


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
        with transaction.atomic():
            _fail(_lock(change), change, str(no), now=clock.now())
    else:
        if not is_set:
            return Later(WAIT_SECONDS, "another number is under way, or another worker")
        _done(change)
    return None


def _set(change: StockChange, saleor: Saleor) -> bool:
    """True once Saleor has the number, False while it may not be asked.

    Raises the provider errors.
    """
    there, status = _pieces_there(change, saleor), change.status
    is_new = status == StockChangeStatus.DUE
    if is_new and _is_another_unknown(change):
        return False
    if not is_new and there == change.after:
        return True  # heard: the answer was lost
    if not is_new and there != change.before:
        moved = f"{change.before} should have become {change.after}, and it is {there}"
        raise ProviderRejected(Rejection.BUSINESS, "STOCK_MOVED", moved)
    change.before, change.after = there, there + change.pieces.quantity
    if not _write(change, StockChangeStatus.ASKED, was=status):
        return False
    try:
        set_stock(saleor, change.variant_id, change.warehouse_id, change.after)
    except (ProviderUnavailable, ProviderRejected):
        # Nothing happened there, so the next try counts anew; but an earlier one may be heard yet.
        if is_new:
            _write(change, StockChangeStatus.DUE, was=StockChangeStatus.ASKED)
        raise
    return True


def _write(change: StockChange, status: StockChangeStatus, *, was: str) -> bool:
    """False: a worker that took over meanwhile was faster."""
    row = StockChange.objects.filter(pk=change.pk, status=was)
    return bool(
        row.update(
            status=status, variant_id=change.variant_id, before=change.before, after=change.after
        )
    )


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
        if not _end(request, change, StockChangeStatus.DONE, now=now):
            return
        data = {"pieces": change.pieces.quantity, "before": change.before, "after": change.after}
        note(request, RESTOCKED, now=now, data=data | {"line": str(change.pieces.line_id)})
    log.info("stock.changed", number=request.number, before=change.before, after=change.after)


def _fail(request: ReturnRequest, change: StockChange, why: str, *, now: datetime) -> None:
    if not _end(request, change, StockChangeStatus.FAILED, now=now, detail=why):
        return
    goods = f"{change.pieces.quantity} of {change.pieces.line.line}"
    add_to_task(request, StaffTaskKind.RESTOCK_FAILED, f"{goods}: {why}")


def _end(
    request: ReturnRequest,
    change: StockChange,
    status: StockChangeStatus,
    *,
    now: datetime,
    detail: str = "",
) -> bool:
    """False: it has ended already. Needs the locks."""
    close_tasks(request, StaffTaskKind.STUCK, now=now, begins=RESTOCK)
    row = StockChange.objects.filter(pk=change.pk, status__in=OPEN)
    return bool(row.update(status=status, ended_at=now, detail=detail[:LONGEST_DETAIL]))


def stuck(message: OutboxMessage) -> bool:
    """Was it about a stock? Then staff read why it does not come to an end."""
    if message.topic != RESTOCK:
        return False
    change = _load(message.subject)
    if change.status in OPEN:
        detail = f"{RESTOCK}: {message.latest_error}"
        open_task(change.pieces.line.request, StaffTaskKind.STUCK, detail)
    return True


def _lock(change: StockChange) -> ReturnRequest:
    part = change.pieces.line
    lock_order_row(part.line.order_id)
    return lock_request(part.request_id)


def _load(pk: UUID) -> StockChange:
    return StockChange.objects.select_related("shop", "pieces__line__line__order").get(pk=pk)
