"""Logging in with WeChat: a wx.login code becomes a session, and may be tied to an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from ..domain.errors import ErrorCode, ProviderError, ProviderRejected, Refusal, Rejection, refuse
from ..models import Shop, WechatAccount
from .access import Viewer
from .openids import openid_index
from .sessions import Proved, Session, begin_session, user_id_of
from .texts import fault_of_text
from .visits import remember_visit
from .wechat_programs import mini_of, program_for

log = structlog.get_logger(__name__)

LONGEST_CHANNEL = 255


@dataclass(frozen=True, slots=True)
class LoggedIn:
    session: Session
    is_linked: bool  # the session is that of a Saleor account, too


def log_in(shop: Shop, code: str, channel: str, *, now: datetime) -> LoggedIn:
    """A session for whoever's wx.login gave this code. No transaction may be open.

    A code works once: after a lost answer only a new one helps. Raises Refusal.
    """
    proved = prove_openid(shop, code, channel, now=now)
    is_linked = bool(user_id_of(shop, proved))
    log.info("session.begun", shop=shop.key, is_linked=is_linked)
    return LoggedIn(begin_session(shop, proved, now=now), is_linked)


def link_account(customer: Viewer, code: str, channel: str, *, now: datetime) -> LoggedIn:
    """Tie the WeChat user behind the code to the customer's Saleor account; a repeat is no change.

    One account may have several WeChat users. One who was tied to another account moves: whoever
    calls holds both proofs at this moment, the older tie proves only the past. His sessions move
    with him at once; returns stay with whom they were asked for. Raises Refusal.
    """
    proved = prove_openid(customer.shop, code, channel, now=now)
    _tie(customer, proved, now)
    return LoggedIn(begin_session(customer.shop, proved, now=now), is_linked=True)


def _tie(customer: Viewer, proved: Proved, now: datetime) -> None:
    key = {"appid": proved.appid, "openid_index": proved.openid_index}
    fresh = WechatAccount(shop=customer.shop, user_id=customer.user_id, linked_at=now, **key)
    with transaction.atomic():
        # Of two at the same moment one inserts, and both then lock what it inserted.
        WechatAccount.objects.bulk_create([fresh], ignore_conflicts=True)
        account = WechatAccount.objects.select_for_update().get(shop=customer.shop, **key)
        has_moved = account.user_id != customer.user_id
        if has_moved:
            account.user_id, account.linked_at = customer.user_id, now
            account.save(update_fields=["user_id", "linked_at"])
    log.info("wechat_account.linked", account=str(account.pk), has_moved=has_moved)


def prove_openid(shop: Shop, code: str, channel: str, *, now: datetime) -> Proved:
    """Ask WeChat whose code this is, and remember the visit. Raises Refusal."""
    if fault := fault_of_text(channel, "channel", longest=LONGEST_CHANNEL):
        raise Refusal(fault)
    program = program_for(shop, channel)
    if program is None:
        raise refuse(ErrorCode.MINI_PROGRAM_MISSING, "channel")
    try:
        openid = mini_of(program).code_to_session(code).openid
    except ProviderError as trouble:
        raise _refusal(shop, trouble) from trouble
    proved = Proved(appid=program.appid, openid_index=openid_index(program.appid, openid))
    remember_visit(shop, proved, openid, now=now)
    return proved


def _refusal(shop: Shop, trouble: ProviderError) -> Refusal:
    kind = trouble.kind if isinstance(trouble, ProviderRejected) else None
    if kind is Rejection.REQUEST:
        return refuse(ErrorCode.WECHAT_CODE_INVALID, "code")
    if kind is Rejection.BUSINESS:
        return refuse(ErrorCode.WECHAT_LOGIN_REFUSED, "code")
    if kind is None:
        log.warning("wechat_login.unavailable", shop=shop.key, error=str(trouble))
    else:
        # Only the operator can mend the secret or the list of addresses.
        log.error("wechat_login.misconfigured", shop=shop.key, error=str(trouble))
    return refuse(ErrorCode.WECHAT_UNAVAILABLE, "code")
