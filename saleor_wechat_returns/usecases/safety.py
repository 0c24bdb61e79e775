"""What customers write and show is put before WeChat; what it doubts is hidden until staff decide.

Owns the rows of it. Never stands in the way: a request goes through whatever comes of its check.
Locks the subject (request, message, appeal or evidence) before its checks.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q

from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import Actor
from ..domain.talk import Safety
from ..models import Evidence, ReturnAppeal, ReturnMessage, ReturnRequest, SafetyCheck
from ..models.staff import StaffTaskKind
from ..outbox import put
from ..wechat.mini_safety import Suggest
from .access import Viewer
from .auto_decide import decide_later
from .bundles import delete_bundle
from .staff_tasks import close_tasks, open_task
from .stored_files import give_up
from .visits import ERASED, visitor_behind

log = structlog.get_logger(__name__)

CHECK = "safety.check"
# Shown to staff only. Of several pictures the worst word is that of the whole.
HELD = (Safety.RISKY, Safety.REVIEW)
WORST_FIRST = (*HELD, Safety.UNCHECKED, Safety.CHECKING, Safety.PASSED)


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG in the storage, and its bytes."""

    key: str
    size: int


Subject = ReturnRequest | ReturnMessage | ReturnAppeal | Evidence

NO_VISIT = "no_visit"
OUTCOMES = {
    Suggest.PASS: Safety.PASSED,
    Suggest.REVIEW: Safety.REVIEW,
    Suggest.RISKY: Safety.RISKY,
}


def check_note(request: ReturnRequest, caller: str, *, now: datetime) -> None:
    """Have a new or changed note checked, in the transaction that writes it."""
    _begin(request, caller, request.note, now)


def check_message(message: ReturnMessage, caller: str, *, now: datetime) -> None:
    """Have a customer's message checked, in the transaction that writes it."""
    _begin(message, caller, message.text, now)


def check_appeal(appeal: ReturnAppeal, caller: str, *, now: datetime) -> None:
    """Have an appeal checked, in the transaction that writes it."""
    _begin(appeal, caller, appeal.text, now)


def check_pictures(evidence: Evidence, pictures: Sequence[Picture], *, now: datetime) -> None:
    """Have a customer's picture, or frames of a video, checked; in the transaction that has them
    made.
    """
    for part, picture in enumerate(pictures):
        check = SafetyCheck(shop=evidence.shop, evidence=evidence, part=part)
        check.caller = evidence.caller
        check.media_key, check.media_size = picture.key, picture.size
        begin_round(check, now=now)
    sum_up(evidence, now)


def forget_pictures(evidence: Evidence, *, now: datetime) -> None:
    """Frames go with the video they were cut from, in the transaction that erases it."""
    checks = SafetyCheck.objects.filter(evidence=evidence).exclude(media_key="")
    own = set(checks.values_list("media_key", flat=True)) - {evidence.shown_key}
    give_up(*own, now=now)
    checks.filter(answered_at=None).update(
        answered_at=now, outcome=Safety.UNCHECKED, trouble=ERASED
    )
    checks.update(media_key="")


def is_hidden(viewer: Viewer, safety: str) -> bool:
    """May this viewer not see it? Staff see everything, with what WeChat said beside it."""
    return safety in HELD and not viewer.is_staff


def begin_round(check: SafetyCheck, *, now: datetime) -> None:
    """Queue the question, if WeChat could answer it: its author must have been there lately."""
    can_ask = visitor_behind(check.shop, check.caller, now=now) is not None
    check.outcome = Safety.CHECKING if can_ask else Safety.UNCHECKED
    check.answered_at = None if can_ask else now
    check.trouble = "" if can_ask else NO_VISIT
    check.asked_at, check.trace_id, check.label = None, "", None
    check.save()
    if can_ask:
        put(CHECK, check.pk, shop=check.shop, key=f"safety:{check.pk}", due_at=now)


def settle(
    check_id: uuid.UUID,
    round_: int,
    outcome: Safety,
    *,
    now: datetime,
    label: int | None = None,
    trouble: str = "",
) -> None:
    """Write down what WeChat said to one round, or that it said nothing; the first word counts."""
    with transaction.atomic():
        check = lock_check(check_id)
        if check.round != round_ or check.answered_at is not None:
            return
        check.outcome, check.label, check.trouble = outcome, label, trouble[:200]
        check.answered_at = now
        check.save(update_fields=["outcome", "label", "trouble", "answered_at"])
        sum_up(subject_of(check), now)
    log.info("safety.settled", check=str(check.pk), outcome=outcome, trouble=trouble)


def sum_up(subject: Subject, now: datetime) -> None:
    """Give the subject the worst word of its checks, in the transaction that holds its lock."""
    said = set(SafetyCheck.objects.filter(**_key(subject)).values_list("outcome", flat=True))
    before, worst = safety_of(subject), next(word for word in WORST_FIRST if word in said)
    if worst != before:
        _tell_subject(subject, worst)
        if isinstance(subject, Evidence) and subject.request is not None:
            decide_later(subject.request, now=now)
    if before not in HELD and worst in HELD:
        _take_out_of_bundles(subject, now)
    if before in HELD or worst in HELD:
        _tell_staff(subject, now)


def lock_check(check_id: uuid.UUID) -> SafetyCheck:
    """The check, its subject locked before it."""
    found = SafetyCheck.objects.select_related("message", "appeal", "evidence", "request")
    subject = subject_of(found.get(pk=check_id))
    type(subject)._default_manager.select_for_update().get(pk=subject.pk)
    return found.select_for_update(of=("self",)).get(pk=check_id)


def subject_of(check: SafetyCheck) -> Subject:
    for subject in (check.request, check.message, check.appeal, check.evidence):
        if subject is not None:
            return subject
    raise AssertionError("the database lets no check be of nothing")


def safety_of(subject: Subject) -> str:
    """What its checks came to."""
    return subject.note_safety if isinstance(subject, ReturnRequest) else subject.safety


def text_of(check: SafetyCheck) -> str:
    """What is checked now, blank for a picture."""
    match subject_of(check):
        case ReturnRequest() as request:
            return request.note
        case ReturnMessage() | ReturnAppeal() as written:
            return written.text
        case _:
            return ""


def now_attached(evidence: Evidence, *, now: datetime) -> None:
    """What was checked while it belonged to no return: its staff learn of it now."""
    if evidence.safety in HELD:
        _tell_staff(evidence, now)


def decide(
    staff: Viewer, kind: type[Subject], pk: uuid.UUID | None, *, is_shown: bool, now: datetime
) -> Subject:
    """Staff looked at it: show it to everybody, or keep it hidden. The latest word counts.

    Raises Refusal(NOT_FOUND) for what is another shop's, or was never to be checked.
    """
    with transaction.atomic():
        rows = kind._default_manager.select_for_update().filter(shop=staff.shop)
        subject = rows.filter(pk=pk).first() if pk else None
        checks = SafetyCheck.objects.filter(**_key(subject)) if subject else None
        if subject is None or not checks:
            raise refuse(ErrorCode.NOT_FOUND, "id")
        for check in checks.select_for_update().order_by("part"):
            check.outcome = Safety.PASSED if is_shown else Safety.RISKY
            check.answered_at = check.answered_at or now
            check.decided_by, check.decided_at = staff.user_id, now
            check.save()
        sum_up(subject, now)
    log.info("safety.decided", subject=str(subject.pk), is_shown=is_shown)
    return subject


def _begin(subject: Subject, caller: str, text: str, now: datetime) -> None:
    check = SafetyCheck.objects.select_for_update().filter(**_key(subject)).first()
    if check is None and not text:
        _tell_subject(subject, Safety.PASSED)
        return
    if check is None:
        check = SafetyCheck(shop=subject.shop, **_key(subject))
    else:
        check.round += 1
    check.caller = caller
    check.decided_by, check.decided_at = "", None
    if text:
        begin_round(check, now=now)
    else:  # nothing that could be objected to
        check.outcome, check.answered_at, check.trouble = Safety.PASSED, now, ""
        check.save()
    sum_up(subject, now)


def _tell_subject(subject: Subject, safety: Safety) -> None:
    column = "note_safety" if isinstance(subject, ReturnRequest) else "safety"
    setattr(subject, column, safety)
    type(subject)._default_manager.filter(pk=subject.pk).update(**{column: safety})


def _take_out_of_bundles(subject: Subject, now: datetime) -> None:
    """What was packed before for customers is theirs no more; they may ask for another bundle."""
    request = subject if isinstance(subject, ReturnRequest) else subject.request
    if request is not None:
        for bundle in request.bundles.filter(actor=Actor.CUSTOMER).order_by("pk"):
            delete_bundle(bundle.pk, now=now)


def _tell_staff(subject: Subject, now: datetime) -> None:
    """One task per return, while something of it is held that nobody has decided."""
    request = subject if isinstance(subject, ReturnRequest) else subject.request
    if request is None:
        return
    about = Q(request=request) | Q(message__request=request) | Q(appeal__request=request)
    checks = SafetyCheck.objects.filter(about | Q(evidence__request=request), decided_at=None)
    if checks.filter(outcome__in=HELD).exists():
        open_task(request, StaffTaskKind.CONTENT_HELD)
    else:
        close_tasks(request, StaffTaskKind.CONTENT_HELD, now=now)


def _key(subject: Subject) -> Mapping[str, Any]:
    match subject:
        case ReturnRequest():
            return {"request": subject}
        case ReturnMessage():
            return {"message": subject}
        case ReturnAppeal():
            return {"appeal": subject}
        case Evidence():
            return {"evidence": subject}
