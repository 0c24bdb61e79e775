"""What happened, in words: of what nobody did, also why."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..domain.auto_decisions import GROUND_LABELS, Ground
from ..domain.lifecycle import Actor, Move, Status
from ..domain.money import Fen, yuan_of_fen
from ..domain.policy import Party
from ..models import ReturnEvent
from ..usecases.extend_deadline import MOVED
from ..usecases.freight import COMPENSATED
from ..usecases.run_deadlines import BY_DEADLINE, REMINDED
from ..usecases.send_back import SENT
from ..usecases.split import SPLIT, SPLIT_OFF
from . import enums

EXPIRED: dict[str, tuple[str, str]] = {
    Status.REQUESTED: (
        "买家未在时限内处理,转商家审核",
        "The customer did not answer in time: back to the shop",
    ),
    Status.CANCELED: (
        "买家未在时限内寄回,自动撤销",
        "Nothing was sent in time: canceled",
    ),
    Status.REFUNDING: (
        "买家未在时限内处理,按验货结果退款",
        "The customer did not answer in time: what the inspection gave is refunded",
    ),
    Status.CLOSED: ("买家未在时限内申诉,自动关闭", "Nobody appealed in time: closed"),
}
APPROVED_LATE = (
    "系统自动同意:商家逾期未审核",
    "Approved by itself: the shop did not decide in time",
)
REFUSED_AT_DOOR = (
    "买家拒收,快递正在退回商家",
    "Refused at the door: its courier brings it back",
)
# Of refused goods that go back.
SENT_AT: dict[str, tuple[str, str]] = {
    Party.MERCHANT: ("运费由商家承担", "the shop pays for it"),
    Party.CUSTOMER: ("运费到付", "the customer pays for it on delivery"),
}


def event_label(event: ReturnEvent, zone: ZoneInfo, language_code: Any) -> str:
    """One sentence; times in the shop's zone."""
    words = enums.EVENT_LABELS[event.kind]
    match event.kind:
        case Move.APPROVE if event.actor == Actor.SYSTEM:
            words = _why_approved(event)
        case Move.PICK_UP if "refused" in event.data:
            words = REFUSED_AT_DOOR
        case Move.EXPIRE:
            words = EXPIRED[event.status]
        case kind if kind in (Move.EXTEND_DEADLINE, MOVED):
            until, reason = _moment(event, zone), event.data.get("reason", "")
            words = (
                f"{words[0]}至 {until}" + (f":{reason}" if reason else ""),
                f"{words[1]} to {until}" + (f": {reason}" if reason else ""),
            )
        case kind if kind == SENT:
            zh, en = SENT_AT[event.data["payer"]]
            words = (f"{words[0]}({zh})", f"{words[1]} ({en})")
        case kind if kind == COMPENSATED:
            yuan, said = yuan_of_fen(Fen(event.data["fen"])), event.data["note"]
            words = (
                f"{words[0]} {yuan} 元" + (f":{said}" if said else ""),
                f"{words[1]}: {yuan} yuan" + (f" ({said})" if said else ""),
            )
        case kind if kind == REMINDED:
            until = _moment(event, zone)
            words = (f"{words[0]}(截止 {until})", f"{words[1]} ({until})")
        case kind if kind in (SPLIT, SPLIT_OFF):
            number = event.data["rest" if kind == SPLIT else "split_from"]
            words = (f"{words[0]}:{number}", f"{words[1]}: {number}")
    if count := len(event.data.get("evidence", ())):
        files = "picture or video" if count == 1 else "pictures or videos"
        words = (f"{words[0]}(附凭证 {count} 件)", f"{words[1]} ({count} {files})")
    return enums.in_language(words, language_code)


def _why_approved(event: ReturnEvent) -> tuple[str, str]:
    if event.data["by"] == BY_DEADLINE:
        return APPROVED_LATE
    grounds = [GROUND_LABELS[Ground(ground)] for ground in event.data["why"]]
    name = event.data["rule"]
    zh = "、".join(zh for zh, _ in grounds)
    en = ", ".join(en for _, en in grounds)
    return f"系统自动同意:{name}({zh})", f"Approved by itself: {name} ({en})"


def _moment(event: ReturnEvent, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(event.data["due_at"]).astimezone(zone)
    return f"{at:%Y-%m-%d %H:%M}"
