"""Asking WeChat about a text or a picture, for as long as it may be asked.

Every way out ends in an outcome; where WeChat could not say, it is `unchecked`, and the author's
next visit asks again. For each call: refused → unchecked, with its code; away or answer lost →
again, until two hours after the visit: asking twice harms nobody, the trace asked for last counts.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction

from .. import clock
from ..domain.errors import ProviderRejected, Rejection
from ..domain.talk import Safety
from ..models import SafetyCheck, WechatMiniProgram, WechatPush, WechatVisit
from ..outbox import Later
from ..wechat.mini_errors import QuotaUsedUp
from .checker_links import link_for
from .safety import (
    NO_VISIT,
    OUTCOMES,
    begin_round,
    lock_check,
    settle,
    subject_of,
    sum_up,
    text_of,
)
from .visits import Visitor, unchecked_of, visitor_behind
from .wechat_programs import mini_of
from .wechat_pushes import heard

log = structlog.get_logger(__name__)

# WeChat says half an hour; the rest is for what is on its way.
ANSWERS_WITHIN = timedelta(minutes=35)
PATIENCE_SECONDS = 10.0
MOST_AT_ONCE = 100
NO_PROGRAM = "no_program"
NO_PUSH = "no_push"
NO_ANSWER = "no_answer"
QUOTA = "45009"
# WeChat counts a day's calls as the day is in Beijing.
BEIJING = ZoneInfo("Asia/Shanghai")


class CannotSay(Exception):
    """WeChat has no word on it, and repeating now is of no use; carries why, in a word."""


def check(check_id: uuid.UUID) -> Later | None:
    """Effect: ask, and of a picture wait for what is pushed."""
    related = ("shop", "request", "message", "appeal", "evidence")
    row = SafetyCheck.objects.select_related(*related).get(pk=check_id)
    if row.answered_at is not None:
        return None
    try:
        return _wait(row, clock.now()) if row.trace_id else _ask(row, clock.now())
    except CannotSay as why:
        settle(row.pk, row.round, Safety.UNCHECKED, now=clock.now(), trouble=str(why))
        return None


def _ask(row: SafetyCheck, now: datetime) -> Later | None:
    visitor = visitor_behind(row.shop, row.caller, now=now)
    if visitor is None:
        raise CannotSay(NO_VISIT)
    program = WechatMiniProgram.objects.filter(shop=row.shop, appid=visitor.appid).first()
    if program is None:
        raise CannotSay(NO_PROGRAM)
    if _quota_was_used_up(row, visitor, now):
        raise CannotSay(QUOTA)
    try:
        if row.evidence_id:
            return _ask_about_picture(row, visitor, program)
        _ask_about_text(row, visitor, program)
    except QuotaUsedUp:
        told = SafetyCheck.objects.filter(pk=row.pk)
        told.update(appid=visitor.appid, quota_ended_at=clock.now())
        raise CannotSay(QUOTA) from None
    except ProviderRejected as no:
        if no.kind is Rejection.CONFIGURATION:
            log.error("safety.misconfigured", shop=row.shop.key, error=str(no))
        raise CannotSay(no.code) from None
    return None


def ask_again(visit_id: uuid.UUID) -> None:
    """Effect of a visit: what its author wrote unchecked gets another round."""
    visit = WechatVisit.objects.select_related("shop").filter(pk=visit_id).first()
    if visit is None:  # two hours ago
        return
    waiting = unchecked_of(visit).order_by("-created_at", "-id").values_list("pk", flat=True)
    for check_id in waiting[:MOST_AT_ONCE]:
        with transaction.atomic():
            row = lock_check(check_id)
            if row.outcome == Safety.UNCHECKED and row.decided_at is None:
                row.round += 1
                begin_round(row, now=clock.now())
                sum_up(subject_of(row), clock.now())


def _ask_about_text(row: SafetyCheck, visitor: Visitor, program: WechatMiniProgram) -> None:
    mini = mini_of(program, seconds=PATIENCE_SECONDS)
    verdict = mini.check_text(text_of(row), visitor.openid)
    outcome = OUTCOMES[verdict.suggest]
    settle(row.pk, row.round, outcome, now=clock.now(), label=verdict.label)


def _ask_about_picture(
    row: SafetyCheck, visitor: Visitor, program: WechatMiniProgram
) -> Later | None:
    if not WechatPush.objects.filter(appid=program.appid).exists():
        raise CannotSay(NO_PUSH)
    mini = mini_of(program, seconds=PATIENCE_SECONDS)
    trace = mini.ask_about_picture(link_for(row, now=clock.now()), visitor.openid)
    now = clock.now()
    mine = SafetyCheck.objects.filter(pk=row.pk, round=row.round, answered_at=None)
    if not mine.update(trace_id=trace, appid=program.appid, asked_at=now):
        return None
    row.trace_id, row.appid, row.asked_at = trace, program.appid, now
    return _wait(row, now)


def _wait(row: SafetyCheck, now: datetime) -> Later | None:
    """The event may have come before we had stored its trace: then nobody knew it."""
    if heard(row):
        return None
    assert row.asked_at is not None  # noqa: S101 - written with the trace
    left = (row.asked_at + ANSWERS_WITHIN - now).total_seconds()
    if left > 0:
        return Later(left, "WeChat looks at the picture")
    raise CannotSay(NO_ANSWER)


def _quota_was_used_up(row: SafetyCheck, visitor: Visitor, now: datetime) -> bool:
    """Nobody asks again before midnight, once WeChat has said that the day's calls are used up."""
    midnight = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    told = SafetyCheck.objects.filter(
        shop=row.shop, appid=visitor.appid, quota_ended_at__gte=midnight
    )
    return told.filter(evidence__isnull=row.evidence_id is None).exists()
