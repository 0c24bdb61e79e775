"""How much one customer may ask for, so that nobody can drown a shop. The shop's own numbers.

Whatever a race could pass is counted under a lock of that customer's, taken after the order lock
where both are needed. A refusal says when it is possible again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count

from ..domain.errors import ErrorCode, Fault, Refusal
from ..domain.lifecycle import Actor, Move, Status
from ..domain.limits import LimitRules
from ..models import (
    CountedTry,
    Evidence,
    ReturnableLine,
    ReturnEvent,
    ReturnLine,
    ReturnMessage,
    ReturnRequest,
    UploadTicket,
)
from ..secretbox import blind_index
from .access import Viewer
from .ownership import returns_of
from .policies import policy_for, rules_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OVER = (Status.REFUNDED, Status.CANCELED, Status.CLOSED, Status.REJECTED)


def need_request_room(
    customer: Viewer, lines: Collection[ReturnableLine], limits: LimitRules, *, now: datetime
) -> None:
    """Raises Refusal with everything that is used up. Needs the order lock."""
    _lock_caller(customer)
    faults = attempts_faults(lines, limits)
    mine = returns_of(customer).filter(split_from=None)
    if mine.exclude(status__in=OVER).count() >= limits.open_requests:
        faults.append(Fault(ErrorCode.TOO_MANY_OPEN_REQUESTS))
    asked = mine.filter(created_at__gt=now - DAY).order_by("created_at", "id")
    times = list(asked.values_list("created_at", flat=True))
    if again_at := _again(times, limits.requests_per_day, DAY):
        faults.append(Fault(ErrorCode.TOO_MANY_REQUESTS_TODAY, again_at=again_at))
    if faults:
        raise Refusal(*faults)


def attempts_faults(
    lines: Collection[ReturnableLine],
    limits: LimitRules,
    *,
    but: ReturnRequest | None = None,
) -> list[Fault]:
    """One for each line that was asked for too often: canceled and rejected attempts count.

    Refunded ones do not: their pieces are gone. `but` is the request that is being changed. Exact
    under the order lock.
    """
    # What was split from another return was asked for with that.
    asked = ReturnLine.objects.filter(line__in=lines, request__split_from=None)
    tried = asked.exclude(request__status=Status.REFUNDED)
    if but is not None:
        tried = tried.exclude(request=but)
    counts: dict[object, int] = dict(
        tried.order_by("line").values_list("line").annotate(n=Count("request", distinct=True))
    )
    return [
        Fault(ErrorCode.ATTEMPTS_USED_UP, "lines.orderLineId", lines=(line.order_line_id,))
        for line in lines
        if counts.get(line.pk, 0) >= limits.attempts_per_line
    ]


def need_message_room(viewer: Viewer, request: ReturnRequest, *, now: datetime) -> None:
    """For a message, or a change of a request, which may say as much. Needs a transaction.

    Staff may always write. Raises Refusal(TOO_MANY_MESSAGES).
    """
    if viewer.is_staff:
        return
    _lock_caller(viewer)
    mine = {"request__in": returns_of(viewer), "actor": Actor.CUSTOMER}
    sent = ReturnMessage.objects.filter(sent_at__gt=now - HOUR, **mine)
    changed = ReturnEvent.objects.filter(kind=Move.UPDATE, at__gt=now - HOUR, **mine)
    times = sorted([*sent.values_list("sent_at", flat=True), *changed.values_list("at", flat=True)])
    limits = rules_of(request).limits
    if again_at := _again(times, limits.messages_per_hour, HOUR):
        raise Refusal(Fault(ErrorCode.TOO_MANY_MESSAGES, again_at=again_at))


def need_upload_room(viewer: Viewer, *, now: datetime) -> None:
    """Raises Refusal(TOO_MANY_UPLOADS), counting tickets and the bytes that came with them.

    Needs the transaction in which the ticket is written.
    """
    _lock_caller(viewer)
    limits = rules_of(policy_for(viewer.shop, "")).limits
    files, size = limits.uploads_per_hour, limits.upload_bytes_per_day
    if viewer.is_staff:
        files, size = limits.staff_uploads_per_hour, limits.staff_upload_bytes_per_day
    mine = {"shop": viewer.shop, "caller__in": viewer.keys}
    given = UploadTicket.objects.filter(created_at__gt=now - HOUR, **mine)
    times = list(given.order_by("created_at", "id").values_list("created_at", flat=True))
    stored = Evidence.objects.filter(received_at__gt=now - DAY, **mine)
    sizes = list(stored.order_by("received_at", "id").values_list("received_at", "size"))
    again = [_again(times, files, HOUR), _room_again(sizes, size)]
    if late := [at for at in again if at is not None]:
        raise Refusal(Fault(ErrorCode.TOO_MANY_UPLOADS, again_at=max(late)))


def count_pickup_question(customer: Viewer, request: ReturnRequest, *, now: datetime) -> None:
    """Write down one more question to couriers, before they are asked. No transaction may be open.

    Raises Refusal(TOO_MANY_PICKUP_QUESTIONS), and then counts nothing.
    """
    keys = [blind_index(f"pickup:{key}") for key in customer.keys]
    most = rules_of(request).limits.pickup_questions_per_hour
    with transaction.atomic():
        _lock_caller(customer)
        asked = CountedTry.objects.filter(
            shop=customer.shop, key__in=keys, created_at__gt=now - HOUR
        )
        times = list(asked.order_by("created_at", "id").values_list("created_at", flat=True))
        if again_at := _again(times, most, HOUR):
            raise Refusal(Fault(ErrorCode.TOO_MANY_PICKUP_QUESTIONS, again_at=again_at))
        CountedTry.objects.create(shop=customer.shop, key=keys[0], created_at=now)


def _again(times: Sequence[datetime], most: int, window: timedelta) -> datetime | None:
    """When one more is possible, of what happened in the window, oldest first; None: now."""
    return times[-most] + window if len(times) >= most else None


def _room_again(sizes: Sequence[tuple[datetime, int]], most: int) -> datetime | None:
    """When less than `most` bytes are of the last day."""
    left = sum(size for _, size in sizes)
    if left < most:
        return None
    for received_at, size in sizes:
        left -= size
        if left < most:
            return received_at + DAY
    raise AssertionError("no bytes are less than any limit")


def _lock_caller(viewer: Viewer) -> None:
    """Until the end of the transaction: two devices of one person count one after the other."""
    with connection.cursor() as cursor:
        name = f"limits:{viewer.shop.pk}:{viewer.key}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
