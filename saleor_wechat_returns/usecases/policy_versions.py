"""New versions of a shop's rules: written whole, checked whole, and never changed afterwards."""

from __future__ import annotations

import json
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from pydantic import ValidationError

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..domain.policy import Rules
from ..models import ReturnPolicy, Shop
from .access import Viewer, need_settings
from .policies import latest_of, read_rules, write_rules
from .texts import fault_of_text
from .viewing import check_rows

log = structlog.get_logger(__name__)

LONGEST_CHANNEL = 255
LARGEST_RULES = 200_000  # characters
MOST_FAULTS = 50


def update_policy(
    staff: Viewer, channel: str, written: str, *, expected_version: int, now: datetime
) -> ReturnPolicy:
    """Put rules, as JSON text, in force for a channel; "" is every channel without its own.

    `expected_version`: of the channel's own rules as staff saw them, 0 where it has none. Returns
    under older versions stay under them. Raises Refusal with the path of every mistake.
    """
    need_settings(staff)
    rules = parse_rules(written)
    if fault := fault_of_text(channel, "channel", longest=LONGEST_CHANNEL):
        raise Refusal(fault)
    row = keep_rules(
        staff.shop,
        channel,
        rules,
        expected_version=expected_version,
        created_by=staff.user_id,
        now=now,
    )
    log.info("policy.updated", shop=staff.shop.key, channel=channel, version=row.version)
    return row


def keep_rules(
    shop: Shop,
    channel: str,
    rules: Rules,
    *,
    expected_version: int,
    now: datetime,
    created_by: str = "",
) -> ReturnPolicy:
    """Write the next version. Raises Refusal(VERSION_CONFLICT)."""
    latest = latest_of(shop, channel)
    if expected_version != (latest.version if latest else 0):
        raise refuse(ErrorCode.VERSION_CONFLICT, "expectedVersion")
    try:
        with transaction.atomic():
            return ReturnPolicy.objects.create(
                shop=shop,
                channel=channel,
                version=expected_version + 1,
                rules=write_rules(rules),
                created_by=created_by,
                created_at=now,
            )
    except IntegrityError as late:  # somebody else at the same moment
        raise refuse(ErrorCode.VERSION_CONFLICT, "expectedVersion") from late


def list_policies(staff: Viewer, channel: str | None, *, first: int) -> list[ReturnPolicy]:
    """Every version, newest first, channel by channel; None: of all. Raises Refusal."""
    check_rows(first)
    rows = ReturnPolicy.objects.filter(shop=staff.shop)
    if channel is not None:
        if fault := fault_of_text(channel, "channel", longest=LONGEST_CHANNEL):
            raise Refusal(fault)
        rows = rows.filter(channel=channel)
    return list(rows.order_by("channel", "-version")[:first])


def parse_rules(written: str) -> Rules:
    """Rules from JSON text. Raises Refusal(RULES_INVALID) with the path of every mistake."""
    if len(written) > LARGEST_RULES:
        raise refuse(ErrorCode.TOO_LONG, "rules")
    try:
        read = json.loads(written)
        text = json.dumps(read, ensure_ascii=False)
    except (ValueError, RecursionError) as wrong:
        raise Refusal(Fault(ErrorCode.RULES_INVALID, "rules", str(wrong))) from wrong
    if fault := fault_of_text(text.replace("\\u0000", "\x00"), "rules", longest=2 * LARGEST_RULES):
        raise Refusal(fault)
    try:
        return read_rules(read)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_context=False, include_input=False)
        raise Refusal(*(_fault(e["loc"], e["msg"]) for e in errors[:MOST_FAULTS])) from wrong


def _fault(path: tuple[int | str, ...], message: str) -> Fault:
    """`rules.reasons.0.kinds.1`, and in English what the reader of a file needs to mend it."""
    field = ".".join(["rules", *(str(step) for step in path)])
    return Fault(ErrorCode.RULES_INVALID, field, message.removeprefix("Value error, "))
