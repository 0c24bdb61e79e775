"""Reconciliation (对账): a day of a merchant, compared on three sides, as often as wanted.

Bills first, then Saleor, a few transactions at each step of the outbox. Refused, away or answer
lost: the step is repeated, the day stays unfinished, and staff see why. Repeating changes nothing
that is right: differences are found again, not doubled.
Source: WeChat Pay v3, bills are made from 10:00 of the next day on, in Beijing; read 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import transaction

from .. import clock, outbox
from ..domain.differences import DifferenceState
from ..domain.errors import ProviderRejected, Rejection
from ..models import Difference, OutboxMessage, Reconciliation, Shop, ShopApp, WechatMerchant
from ..models.reconciliation import ReconciliationStatus
from ..outbox import Later
from ..wechat.bill_rows import BEIJING
from ..wechat.bills import BillBeingMade, BillClient
from .compare_bill import TradeComparison
from .compare_funds import compare_funds, note_settled
from .compare_saleor import compare_some
from .differences import forget_the_others, rewrite
from .own_side import bounds_of, own_payments, own_refunds
from .shops import bills_of, merchant_numbered
from .take_from_bill import TAKE

log = structlog.get_logger(__name__)

RECONCILE = "reconciliation.compare"
READY_AT = time(10, 30)  # WeChat Pay says ten
# Days missed while nothing ran are made up for; days with open differences are looked at again.
DAYS_BACK = 7
LOOKED_AT_AGAIN_AFTER = timedelta(hours=20)
KEPT = timedelta(days=90)
# Still "being made" by then, a day of which we know nothing had nothing.
NEVER_MADE_AFTER = timedelta(days=2)

T = TypeVar("T")


class UnderWay(Exception):
    """A worker has the day in hand."""


class NoSuchMerchant(Exception):
    """The shop has no merchant of that number, or has several and none was named."""


class NoBills(Exception):
    """WeChat Pay has no bills of that day: it is not over, or too long ago."""


def begin_due_days(*, now: datetime) -> int:
    """The clock: queue every day whose bills are there and that is not compared. How many."""
    begun = 0
    for shop, mchid, since in _merchants():
        for day in days_due(since, now):
            begun += _begin_if_due(shop, mchid, day, now)
    return begun


def latest_day(now: datetime) -> date:
    """The latest day in Beijing whose bills are made."""
    here = now.astimezone(BEIJING)
    return here.date() - timedelta(days=1 if here.time() >= READY_AT else 2)


def days_due(since: datetime, now: datetime) -> Iterator[date]:
    """The last week's days, not earlier than we know the merchant."""
    latest = latest_day(now)
    first = max(since.astimezone(BEIJING).date(), latest - timedelta(days=DAYS_BACK - 1))
    for ahead in range((latest - first).days + 1):
        yield first + timedelta(days=ahead)


def begin(shop: Shop, mchid: str, day: date, *, now: datetime) -> Reconciliation:
    """Queue the comparison of a day, from the beginning, however often it was compared."""
    run = _row(shop, mchid, day)
    with transaction.atomic():
        _start_anew(run)
        _put(run, now)
    return run


def reconcile_now(shop: Shop, mchid: str, day: date, *, now: datetime) -> Reconciliation:
    """Compare a day to its end while somebody waits. What it found is taken by the worker.

    Raises NoBills, UnderWay, and what the calls may end in: the worker goes on then. No transaction
    may be open.
    """
    if not timedelta(0) < _age(day, now) <= KEPT:
        raise NoBills("WeChat Pay keeps the bills of the last three months, up to yesterday")
    run = _row(shop, mchid, day)
    with outbox.alone(RECONCILE, run.pk, shop=shop, key=key_of(run)) as is_alone:
        if not is_alone:
            raise UnderWay("this day is being compared just now")
        try:
            _start_anew(run)
            while reconcile(run.pk):
                pass
        finally:
            run.refresh_from_db()
            if run.status != ReconciliationStatus.DONE:
                with transaction.atomic():
                    _put(run, now)
    return run


def merchant_number(shop: Shop, mchid: str = "") -> str:
    """The shop's merchant number, or the one asked for. Raises NoSuchMerchant."""
    numbers = set(WechatMerchant.objects.filter(shop=shop).values_list("mchid", flat=True))
    found = numbers & {mchid} if mchid else numbers
    if len(found) != 1:
        raise NoSuchMerchant(f"this shop has the merchants {', '.join(sorted(numbers)) or 'none'}")
    return found.pop()


def key_of(run: Reconciliation) -> str:
    """What the outbox keeps apart: a day is compared by one worker at a time."""
    return f"reconciliation:{run.pk}"


def reconcile(run_pk: UUID) -> Later | None:
    """Effect: the next step of a day's comparison."""
    run = Reconciliation.objects.select_related("shop").get(pk=run_pk)
    if run.status == ReconciliationStatus.DUE:
        if _age(run.day, clock.now()) > KEPT:
            rewrite(run, latest_error="never compared, and WeChat Pay has no bills of it any more")
            return None
        merchant = merchant_numbered(run.shop, run.mchid)
        if merchant is None:
            rewrite(run, latest_error="the shop no longer has this merchant")
            return None
        _compare_bills(run, bills_of(merchant))
    if run.status == ReconciliationStatus.COMPARING and compare_some(run):
        return Later(0, "more transactions to read in Saleor")
    if run.status == ReconciliationStatus.COMPARING:
        _finish(run)
    return None


def _age(day: date, now: datetime) -> timedelta:
    return now.astimezone(BEIJING).date() - day


def _row(shop: Shop, mchid: str, day: date) -> Reconciliation:
    due = {"status": ReconciliationStatus.DUE}
    run, _ = Reconciliation.objects.get_or_create(shop=shop, mchid=mchid, day=day, defaults=due)
    return run


def _start_anew(run: Reconciliation) -> None:
    run.status = ReconciliationStatus.DUE
    run.save(update_fields=["status"])


def _put(run: Reconciliation, now: datetime) -> None:
    outbox.put(RECONCILE, run.pk, shop=run.shop, key=key_of(run), due_at=now)


def stuck(message: OutboxMessage) -> bool:
    """A comparison that keeps failing says so where staff look. Was it one?"""
    trouble = message.latest_error[:500]
    if message.topic == TAKE:
        Difference.objects.filter(pk=message.subject).update(detail=trouble)
        return True
    if message.topic != RECONCILE:
        return False
    Reconciliation.objects.filter(pk=message.subject).update(latest_error=trouble)
    log.error("reconciliation.stuck", reconciliation=str(message.subject), error=trouble)
    return True


def _merchants() -> Iterator[tuple[Shop, str, datetime]]:
    """Each shop's merchant numbers, and since when each is known; not while Saleor refuses us."""
    since: dict[tuple[UUID, str], WechatMerchant] = {}
    closed = ShopApp.objects.filter(is_current=True, refused_at__isnull=False)
    served = WechatMerchant.objects.exclude(shop__in=closed.values("shop"))
    for merchant in served.select_related("shop").order_by("created_at", "pk"):
        since.setdefault((merchant.shop_id, merchant.mchid), merchant)
    for merchant in since.values():
        yield merchant.shop, merchant.mchid, merchant.created_at


def _begin_if_due(shop: Shop, mchid: str, day: date, now: datetime) -> bool:
    run = Reconciliation.objects.filter(shop=shop, mchid=mchid, day=day).first()
    if run is not None and not _is_due_again(run, now):
        return False
    begin(shop, mchid, day, now=now)
    return True


def _is_due_again(run: Reconciliation, now: datetime) -> bool:
    if run.status != ReconciliationStatus.DONE or run.finished_at is None:
        at_work = OutboxMessage.objects.filter(topic=RECONCILE, subject=run.pk, done_at=None)
        return not at_work.exists()
    is_open = run.differences.filter(state=DifferenceState.OPEN).exists()
    return is_open and run.finished_at <= now - LOOKED_AT_AGAIN_AFTER


def _compare_bills(run: Reconciliation, client: BillClient) -> None:
    with ExitStack() as stack:
        trade = _bill(stack, client.trade_bill, run)
        funds, remark = None, ""
        try:
            funds = _bill(stack, client.fund_bill, run)
        except ProviderRejected as no:
            if no.kind is not Rejection.CONFIGURATION:
                raise
            remark = f"the fund-flow bill is refused: {no}"  # a permission of its own
        _begin_turn(run)
        comparison = TradeComparison(run)
        comparison.compare(trade.rows() if trade else ())
        if funds is not None:
            compare_funds(run, funds.rows(), comparison.numbers)
    note_settled(run)
    rewrite(run, status=ReconciliationStatus.COMPARING, cursor="", remark=remark[:500])


def _begin_turn(run: Reconciliation) -> None:
    """From now on whoever works on an older turn, its lease run out, changes nothing here."""
    with transaction.atomic():
        run.turn = Reconciliation.objects.select_for_update().get(pk=run.pk).turn + 1
        run.save(update_fields=["turn"])


def _bill(
    stack: ExitStack, ask: Callable[[date], AbstractContextManager[T | None]], run: Reconciliation
) -> T | None:
    try:
        return stack.enter_context(ask(run.day))
    except BillBeingMade:
        if _had_nothing(run):
            return None
        raise


def _had_nothing(run: Reconciliation) -> bool:
    """The documents leave open whether a day without trade is "being made" for ever."""
    day = bounds_of(run)
    is_late = clock.now() - day[1] > NEVER_MADE_AFTER
    ours = (own_payments(run), own_refunds(run))
    return is_late and not any(rows.filter(success_at__range=day).exists() for rows in ours)


def _finish(run: Reconciliation) -> None:
    with transaction.atomic():
        forget_the_others(run)
        rewrite(run, status=ReconciliationStatus.DONE, finished_at=clock.now(), latest_error="")
    open_ones = run.differences.filter(state=DifferenceState.OPEN).count()
    log.info("reconciliation.done", mchid=run.mchid, day=str(run.day), open=open_ones)
