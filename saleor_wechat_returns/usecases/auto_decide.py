"""The shop's rules approve a return at once, and the event says which rule and why.

Asked at the end of every change that could make one fit, in its transaction. Callers hold the order
lock.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from .. import clock, outbox
from ..domain.auto_decisions import AutoDecision, Facts, grounds_of, rule_for
from ..domain.evidence import EvidenceStatus
from ..domain.lifecycle import Kind, Status
from ..domain.policy import Rules, missing_evidence
from ..domain.talk import Safety
from ..models import ReturnRequest, WechatAccount
from .checklist import shown_by
from .locks import lock_order_row, lock_request
from .move import SYSTEM
from .policies import rules_of
from .review import approve_under_lock, why_staff_must_look

log = structlog.get_logger(__name__)

BY_RULE = "rule"
DECIDE = "return.decide"


def decide_by_rule(request: ReturnRequest, *, now: datetime) -> bool:
    """Approve it, if one of its shop's rules does. Never what a person must look at first.

    Nor what staff have made an offer for: they want something else.
    """
    rules = rules_of(request)
    if request.status != Status.REQUESTED or not rules.auto_decisions:
        return False
    rule = rule_for(rules.auto_decisions, _facts(request, rules))
    if rule is None:
        return False
    if why := "offer" if request.offers.exists() else why_staff_must_look(request):
        log.info("return.left_to_staff", number=request.number, rule=rule.name, why=why)
        return False
    approve_under_lock(request, by=SYSTEM, now=now, data=_told(rule))
    log.info("return.approved_by_rule", number=request.number, rule=rule.name)
    return True


def decide_later(request: ReturnRequest, *, now: datetime) -> None:
    """Its evidence can be seen by now, or was checked: look again, without the order lock here."""
    if request.status == Status.REQUESTED and rules_of(request).auto_decisions:
        key = f"decide:{request.pk}"
        outbox.put(DECIDE, request.pk, shop=request.shop, key=key, due_at=now)


def decide(request_id: UUID) -> None:
    """Effect: `decide_by_rule`, of what has changed without a move. Takes the order lock."""
    order_id = ReturnRequest.objects.values_list("order_id", flat=True).get(pk=request_id)
    with transaction.atomic():
        lock_order_row(order_id)
        decide_by_rule(lock_request(request_id), now=clock.now())


def _facts(request: ReturnRequest, rules: Rules) -> Facts:
    return Facts(
        reason=request.reason,
        kind=Kind(request.kind),
        amount_fen=request.promised_fen,
        evidence_complete=_has_evidence(request, rules),
        first_return=_is_first(request),
    )


def _has_evidence(request: ReturnRequest, rules: Rules) -> bool:
    """Everything its reason asks for can be seen, and WeChat's check is not under way."""
    shown = request.evidence.exclude(status=EvidenceStatus.ERASED)
    if shown.exclude(status=EvidenceStatus.READY).exists():
        return False
    if shown.filter(safety=Safety.CHECKING).exists():
        return False
    reason = rules.reason(request.reason)
    return reason is not None and not missing_evidence(reason.evidence, shown_by(shown))


def _is_first(request: ReturnRequest) -> bool:
    """Of this customer in the shop, under whatever log-in. Of a guest nobody can say."""
    who = Q(pk__in=[])
    if request.customer_id:
        tied = WechatAccount.objects.filter(shop=request.shop_id, user_id=request.customer_id)
        who |= Q(customer_id=request.customer_id)
        who |= Q(openid_index__in=tied.values("openid_index"))
    if request.openid_index:
        who |= Q(openid_index=request.openid_index)
    is_known = bool(request.customer_id or request.openid_index)
    others = ReturnRequest.objects.filter(who, shop=request.shop_id).exclude(pk=request.pk)
    return is_known and not others.exists()


def _told(rule: AutoDecision) -> dict[str, object]:
    return {"by": BY_RULE, "rule": rule.name, "why": [str(ground) for ground in grounds_of(rule)]}
