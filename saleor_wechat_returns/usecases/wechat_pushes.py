"""What WeChat pushes to a mini-program's server: believed at the door, kept, heard by a worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import structlog
from django.conf import settings
from django.db.models import QuerySet

from .. import clock, inbox
from ..domain.talk import Safety
from ..models import InboxMessage, SafetyCheck, Shop, WechatMiniProgram, WechatPush
from ..secretbox import UnreadableSecretError, open_sealed
from ..wechat.mini_safety import read_number, read_trace, read_verdict
from ..wechat.push import PushFault, PushKeys, PushRefused, check_echo, open_push
from ..wechat.wire import JsonObject, Malformed
from .safety import OUTCOMES, settle
from .shipping_pushes import TRADE, read_trade
from .shops import installed_shop

log = structlog.get_logger(__name__)

MEDIA_CHECKED = "wechat_mini.media_checked"
EVENT = "wxa_media_check"


def push_address(api_url: str) -> str:
    """What the console is to be given. Raises ShopUnknown."""
    return f"{settings.PUBLIC_URL}/s/{installed_shop(api_url).key}/wechat-push/"


def echo(shop: Shop, query: Mapping[str, str], *, now: datetime) -> str:
    """What the console wants to read before it saves our address. Raises PushRefused."""
    refused = PushRefused(PushFault.NO_KEYS)
    for keys in _keys_of(shop):
        try:
            return check_echo(query, keys, now)
        except PushRefused as no:
            refused = no
    raise refused


def hear_push(shop: Shop, query: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Keep a message that is believed and of use to us; a repeat changes nothing.

    Raises PushRefused.
    """
    refused = PushRefused(PushFault.NO_KEYS)
    for keys in _keys_of(shop):
        try:
            message = open_push(query, body, keys, now)
        except PushRefused as no:
            refused = no
        else:
            _keep(shop, keys.appid, message)
            return
    raise refused


def media_checked(message: InboxMessage) -> None:
    """Handler: the answer to a picture's check, if it is the one that we wait for."""
    appid, trace = message.key.split(" ")
    check = SafetyCheck.objects.filter(appid=appid, trace_id=trace).first()
    if check is None:
        # Asked twice, or told before the trace was stored: `heard` finds it then.
        log.info("safety.answer_for_unknown", trace=trace)
        return
    _settle(check, message)


def heard(check: SafetyCheck) -> bool:
    """Settle the check by an answer that came before we knew its trace."""
    key = _key(check.appid, check.trace_id)
    message = _kept(check.appid, MEDIA_CHECKED).filter(key=key).order_by("id").first()
    if message is None:
        return False
    _settle(check, message)
    return True


def latest_push(appid: str) -> datetime | None:
    """When something last came for this mini-program."""
    kept = _kept(appid, MEDIA_CHECKED, TRADE).filter(key__startswith=f"{appid} ")
    latest = kept.order_by("-created_at").first()
    return latest.created_at if latest else None


def _kept(appid: str, *sources: str) -> QuerySet[InboxMessage]:
    """Whatever shop of the mini-program it came to."""
    shops = WechatMiniProgram.objects.filter(appid=appid).values("shop")
    return InboxMessage.objects.filter(shop__in=shops, source__in=sources)


def _settle(check: SafetyCheck, message: InboxMessage) -> None:
    said = message.payload
    settle(
        check.pk,
        check.round,
        Safety(said["outcome"]),
        now=clock.now(),
        label=said["label"],
        trouble=said["trouble"],
    )


def _keep(shop: Shop, appid: str, message: JsonObject) -> None:
    """Other events are taken and forgotten: WeChat would repeat what is not taken."""
    try:
        if message.get("Event") == EVENT:
            trace, said = read_trace(message), _read(message)
            inbox.receive(shop, MEDIA_CHECKED, _key(appid, trace), said)
        elif (told := read_trade(message)) is not None:
            inbox.receive(shop, TRADE, _key(appid, told.key), told.payload)
        else:
            log.info("wechat_push.of_no_use", shop=shop.key)
    except Malformed:
        raise PushRefused(PushFault.MALFORMED) from None


def _read(message: JsonObject) -> dict[str, object]:
    errcode = read_number(message, "errcode")
    if errcode:  # -1008: WeChat could not fetch the picture
        return {"outcome": Safety.UNCHECKED, "label": None, "trouble": str(errcode)}
    verdict = read_verdict(message)
    return {"outcome": OUTCOMES[verdict.suggest], "label": verdict.label, "trouble": ""}


def _key(appid: str, trace: str) -> str:
    return f"{appid} {trace}"


def _keys_of(shop: Shop) -> Iterator[PushKeys]:
    appids = WechatMiniProgram.objects.filter(shop=shop).values("appid")
    for row in WechatPush.objects.filter(appid__in=appids).order_by("appid"):
        try:
            yield _opened(row)
        except UnreadableSecretError as why:
            log.error("wechat_push.unreadable", shop=shop.key, why=str(why))


def _opened(row: WechatPush) -> PushKeys:
    key_id = row.sealed_key_id
    sealed = row.aes_key_sealed
    aes_key = open_sealed(bytes(sealed), key_id) if sealed else ""
    return PushKeys(row.appid, open_sealed(bytes(row.token_sealed), key_id), aes_key)
