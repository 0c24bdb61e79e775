"""The thread of messages (留言) of a return: both sides write, and see what was read.

A message is never changed or deleted. It is an event of the return, so staff who decide on what
they saw before it hear that the return changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.evidence import Shows
from ..domain.lifecycle import Move, Status
from ..domain.talk import MOST_MESSAGES, THREAD_STAYS_OPEN, OfferStatus
from ..models import ReturnMessage, ReturnRequest
from .access import Viewer, moves_of, need_open_move
from .attach_evidence import WantedEvidence, attach, told_of
from .auto_decide import decide_by_rule
from .idempotency import fault_of_key, once
from .limits import need_message_room
from .locks import lock_own_request, own_request
from .move import move, note
from .open_offers import end_offer
from .review import need_version, words_for_customer
from .safety import check_message
from .texts import fault_of_text

LONGEST_TEXT = 1000
MOST_WANTS = 20
# Of one thread at once. A list of returns brings the newest so many of each.
MOST_AT_ONCE = 50
ENDS = frozenset({Status.REFUNDED, Status.CANCELED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class WantedMessage:
    """`is_answer`: with it the customer is done with what staff asked for; evidence is one too."""

    request_id: str
    text: str
    is_answer: bool = False
    evidence: Sequence[WantedEvidence] = ()


@dataclass(frozen=True, slots=True)
class EvidenceWish:
    """What staff ask to be shown; of the whole return where no line is named."""

    shows: Shows
    order_line_id: str = ""


def post_message(
    viewer: Viewer, wanted: WantedMessage, *, idempotency_key: str, now: datetime
) -> ReturnRequest:
    """Write to the other side. A customer's answer gives the return back to staff.

    The same key writes it once. Takes the order lock. Raises Refusal.
    """
    faults = _faults_of_message(wanted, idempotency_key)
    if faults:
        raise Refusal(*faults)

    def change(request: ReturnRequest) -> None:
        _need_open_thread(request, now)
        if wanted.is_answer:
            need_open_move(viewer, request, Move.ANSWER)
        need_message_room(viewer, request, now=now)
        shows_something = bool(wanted.evidence) and Move.ANSWER in moves_of(viewer, request)
        message = write(viewer, request, wanted.text, now)
        attach(viewer, request, wanted.evidence, field="input.evidence", message=message, now=now)
        data = {"message": str(message.pk), **told_of(wanted.evidence)}
        if wanted.is_answer or shows_something:
            end_offer(request, OfferStatus.EXPIRED, now=now)
            move(request, Move.ANSWER, by=viewer.by, now=now, data=data)
            decide_by_rule(request, now=now)
        else:
            note(request, "message", by=viewer.by, now=now, data=data)

    return once(
        viewer,
        idempotency_key,
        wanted,
        lock=lambda: lock_own_request(viewer, wanted.request_id),
        change=change,
    )


def request_evidence(
    staff: Viewer,
    id: str,
    *,
    text: str,
    wishes: Sequence[EvidenceWish],
    expected_version: int,
    now: datetime,
) -> ReturnRequest:
    """Ask the customer for more, by a message that says for what. Takes the order lock.

    Raises Refusal.
    """
    words = words_for_customer(text, "text")
    if len(wishes) > MOST_WANTS:
        raise refuse(ErrorCode.TOO_MANY, "wants")
    with transaction.atomic():
        request = lock_own_request(staff, id)
        need_version(request, expected_version)
        _need_own_lines(request, wishes)
        wants = [
            {"shows": wish.shows.value, "order_line_id": wish.order_line_id} for wish in wishes
        ]
        message = write(staff, request, words, now, wants=wants)
        data = {"message": str(message.pk)}
        move(request, Move.REQUEST_EVIDENCE, by=staff.by, now=now, data=data)
        return request


def read_messages(viewer: Viewer, id: str, *, up_to: UUID | None, now: datetime) -> ReturnRequest:
    """The viewer has seen the other side's messages up to this one. Safe to repeat.

    No event: it changes nothing that anybody decides on. Raises Refusal.
    """
    request = own_request(viewer, id)
    thread = ReturnMessage.objects.filter(request=request)
    if up_to is None or not thread.filter(pk=up_to).exists():
        raise refuse(ErrorCode.NOT_FOUND, "upTo")
    seen = thread.filter(pk__lte=up_to, read_at=None).exclude(actor=viewer.actor)
    seen.update(read_at=now)
    return request


def list_messages(
    request: ReturnRequest, *, first: int, after: UUID | None
) -> tuple[list[ReturnMessage], bool]:
    """A page of the thread, newest first, and whether there are older ones. Raises Refusal."""
    if first < 1:
        raise refuse(ErrorCode.MALFORMED, "first")
    if first > MOST_AT_ONCE:
        raise refuse(ErrorCode.TOO_MANY, "first")
    if after is None:
        rows: list[ReturnMessage] = request.newest_messages  # type: ignore[attr-defined]
    else:
        rows = list(_newest_first().filter(request=request, pk__lt=after)[: first + 1])
    return rows[:first], len(rows) > first


def newest_messages() -> Prefetch[str, QuerySet[ReturnMessage], str]:
    """What `visible` brings of each thread: one more than a page, to know whether there is."""
    newest = _newest_first()[: MOST_AT_ONCE + 1]
    return Prefetch("messages", queryset=newest, to_attr="newest_messages")


def unread_of(viewer: Viewer) -> Coalesce:
    """How many messages of the other side the viewer's has not read, of each return."""
    unread = ReturnMessage.objects.filter(request=OuterRef("pk"), read_at=None)
    unread = unread.exclude(actor=viewer.actor).order_by()
    counts = unread.values("request").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), 0)


def _newest_first() -> QuerySet[ReturnMessage]:
    return ReturnMessage.objects.order_by("-id").prefetch_related("evidence__line")


def write(
    viewer: Viewer,
    request: ReturnRequest,
    text: str,
    now: datetime,
    *,
    wants: Sequence[dict[str, str]] = (),
) -> ReturnMessage:
    """Into the thread, in the caller's transaction; a customer's words are checked."""
    message = ReturnMessage.objects.create(
        shop_id=request.shop_id,
        request=request,
        actor=viewer.actor,
        actor_id=viewer.user_id,
        text=text,
        wants=list(wants),
        sent_at=now,
    )
    if not viewer.is_staff:
        check_message(message, viewer.key, now=now)
    return message


def _faults_of_message(wanted: WantedMessage, key: str) -> list[Fault]:
    faults = [fault] if (fault := fault_of_key(key)) else []
    if not wanted.text and not wanted.evidence:
        faults.append(Fault(ErrorCode.REQUIRED, "input.text"))
    if fault := fault_of_text(wanted.text, "input.text", longest=LONGEST_TEXT):
        faults.append(fault)
    return faults


def _need_open_thread(request: ReturnRequest, now: datetime) -> None:
    """Not for ever after the end, and not without end. Raises Refusal(THREAD_CLOSED)."""
    moves = [event.at for event in request.events.all() if event.kind != "message"]
    is_old = request.status in ENDS and now - max(moves) > THREAD_STAYS_OPEN
    if is_old or request.messages.count() >= MOST_MESSAGES:
        raise refuse(ErrorCode.THREAD_CLOSED, "id")


def _need_own_lines(request: ReturnRequest, wishes: Sequence[EvidenceWish]) -> None:
    lines = set(request.lines.values_list("line__order_line_id", flat=True))
    foreign = {wish.order_line_id for wish in wishes if wish.order_line_id} - lines
    if foreign:
        raise refuse(ErrorCode.LINE_NOT_IN_ORDER, "wants.orderLineId", lines=tuple(sorted(foreign)))
