"""The rules a return is made under: read from their row, or as shipped (cn_seven_day)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NewType

from pydantic import ConfigDict, TypeAdapter

from ..domain.lifecycle import Kind
from ..domain.policy import Party, Reason, Rules
from ..models import ReturnPolicy, ReturnRequest, Shop

SHIPPED_PACK = "cn_seven_day"
# 拒收: given by the system, never by a customer; a shop's rules may say otherwise under this code.
# The shop's own courier brings the goods back, so nothing is asked of the customer for it.
REFUSED_AT_DOOR = Reason(
    code="refused_at_door",
    zh="拒收",
    en="Refused at the door",
    kinds=(Kind.RETURN_AND_REFUND,),
    freight=Party.MERCHANT,
)
# A name of its own lets pydantic take a configuration for what is a plain dataclass.
WrittenRules = NewType("WrittenRules", Rules)
_RULES: TypeAdapter[Rules] = TypeAdapter(
    WrittenRules, config=ConfigDict(extra="forbid", strict=True)
)


def policy_for(shop: Shop, channel: str) -> ReturnPolicy:
    """The row that holds for a channel now: its own, else the one of every other channel.

    A shop that has none gets the shipped pack as version 1, so that there is always a row: with
    everything said, or a later version of this service could change what it leaves out.
    """
    found = current_policy(shop, channel)
    if found is not None:
        return found
    row, _ = ReturnPolicy.objects.get_or_create(
        shop=shop, channel="", version=1, defaults={"rules": write_rules(rules_of(None))}
    )
    return row


def current_policy(shop: Shop, channel: str) -> ReturnPolicy | None:
    """As `policy_for`, but None where the shop has no row yet."""
    rows = ReturnPolicy.objects.filter(shop=shop, channel__in={channel, ""})
    return rows.order_by("-channel", "-version").first()


def latest_of(shop: Shop, channel: str) -> ReturnPolicy | None:
    """The newest version of exactly this channel, "" being one."""
    return ReturnPolicy.objects.filter(shop=shop, channel=channel).order_by("-version").first()


def rules_of(of: ReturnPolicy | ReturnRequest | None) -> Rules:
    """What a row says, or the row a request is frozen onto; without one, as shipped."""
    policy = of.policy if isinstance(of, ReturnRequest) else of
    return read_rules(_shipped() if policy is None else policy.rules)


def reason_of(request: ReturnRequest) -> Reason:
    """The reason given, as the request's own rules know it."""
    reason = rules_of(request).reason(request.reason)
    if reason is None and request.reason == REFUSED_AT_DOOR.code:
        return REFUSED_AT_DOOR
    if reason is None:
        raise LookupError(f"{request.number} has no reason {request.reason}")
    return reason


def rules_in_force(shop: Shop) -> tuple[Rules, ...]:
    """What holds now for any of the shop's channels; as shipped where it has said nothing."""
    rows = ReturnPolicy.objects.filter(shop=shop).order_by("channel", "-version")
    found = {row.channel: row for row in rows.distinct("channel")}
    shipped = () if "" in found else (rules_of(None),)
    return (*(rules_of(row) for row in found.values()), *shipped)


def read_rules(written: Any) -> Rules:
    """Rules as written in JSON. Raises pydantic.ValidationError with the path of each mistake."""
    return _RULES.validate_json(json.dumps(written))


def write_rules(rules: Rules) -> dict[str, Any]:
    """The rules as JSON, with everything that was left out said."""
    written: dict[str, Any] = _RULES.dump_python(rules, mode="json")
    return written


@cache
def _shipped() -> dict[str, Any]:
    pack = files("saleor_wechat_returns") / "policies" / f"{SHIPPED_PACK}.json"
    read: dict[str, Any] = json.loads(pack.read_text("utf-8"))
    return read
