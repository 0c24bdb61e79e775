"""Who was in the mini-program just now: content is checked only for an openid seen lately."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from ..domain.talk import Safety
from ..models import SafetyCheck, Shop, WechatAccount, WechatVisit
from ..outbox import put
from ..secretbox import open_sealed, seal
from .sessions import Proved, user_id_of

VISITED = "safety.visited"
# Why it stays unchecked for good: the file is gone.
ERASED = "erased"
# WeChat's own limit; after it the answer is 61010.
LASTS = timedelta(hours=2)
# An answer that never comes is not waited for at every log-in.
MOST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Visitor:
    appid: str
    openid: str = field(repr=False)


def remember_visit(shop: Shop, proved: Proved, openid: str, *, now: datetime) -> None:
    """Keep the openid for two hours. What its owner wrote unchecked is asked about once more."""
    sealed, key_id = seal(openid)
    with transaction.atomic():
        visit, _ = WechatVisit.objects.update_or_create(
            shop=shop,
            appid=proved.appid,
            openid_index=proved.openid_index,
            defaults={"openid_sealed": sealed, "sealed_key_id": key_id, "visited_at": now},
        )
        if unchecked_of(visit).exists():
            put(VISITED, visit.pk, shop=shop, key=f"visit:{visit.pk}", due_at=now)


def unchecked_of(visit: WechatVisit) -> QuerySet[SafetyCheck]:
    """What this visitor wrote or uploaded and nobody has looked at."""
    user_id = user_id_of(visit.shop, Proved(visit.appid, visit.openid_index))
    keys = [key for key in (visit.openid_index, user_id) if key]
    return SafetyCheck.objects.filter(
        shop=visit.shop,
        caller__in=keys,
        outcome=Safety.UNCHECKED,
        round__lt=MOST_ROUNDS,
        decided_at=None,
    ).exclude(trouble=ERASED)


def visitor_behind(shop: Shop, caller: str, *, now: datetime) -> Visitor | None:
    """Whoever has this `Viewer.key`, if seen within two hours; by the latest of several openids."""
    tied = WechatAccount.objects.filter(shop=shop, user_id=caller).values("openid_index")
    visit = (
        WechatVisit.objects.filter(shop=shop, visited_at__gt=now - LASTS)
        .filter(Q(openid_index=caller) | Q(openid_index__in=tied))
        .order_by("-visited_at", "-id")
        .first()
    )
    if visit is None:
        return None
    return Visitor(visit.appid, open_sealed(bytes(visit.openid_sealed), visit.sealed_key_id))


def forget_visits(*, now: datetime) -> int:
    """Delete openids that WeChat would no longer take."""
    deleted, _ = WechatVisit.objects.filter(visited_at__lte=now - LASTS).delete()
    return deleted
