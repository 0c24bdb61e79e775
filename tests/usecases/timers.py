"""The clock's own work, and a shop's hours: what the tests of deadlines share."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import ReturnDeadline, ReturnPolicy, ReturnRequest
from saleor_wechat_returns.usecases.policies import rules_of, write_rules
from saleor_wechat_returns.usecases.run_deadlines import run_deadlines
from tests.make import ERRORS, FIELDS
from tests.world import Answer, TestShop, World

DEADLINE = """query($id: ID!) { returnRequest(id: $id) { status version
  deadline { dueAt remindAt isReminded whoActs whoActsLabel then thenLabel
    thenEn: thenLabel(languageCode: EN) level levelLabel isExtended extensionReason extensionHours }
  events { kind actor label en: label(languageCode: EN) } availableActions { action } } }"""
EXTEND = f"""mutation($id: ID!, $reason: String!, $version: Int, $key: String) {{
  returnDeadlineExtend(id: $id, reason: $reason, expectedVersion: $version, idempotencyKey: $key) {{
    returnRequest {{ {FIELDS} }} {ERRORS} }} }}"""
# As often as a test likes.
NO_LIMITS = {"attempts_per_line": 10**4, "open_requests": 10**4, "requests_per_day": 10**4}


def follow(shop: TestShop, **rules: Any) -> ReturnPolicy:
    """The shop's rules from now on: as shipped, but for these."""
    written = write_rules(rules_of(None))
    for name, changes in rules.items():
        is_part = isinstance(changes, dict)
        written[name] = written[name] | changes if is_part else changes
    version = ReturnPolicy.objects.filter(shop=shop.row, channel="").count() + 1
    return ReturnPolicy.objects.create(shop=shop.row, version=version, rules=written)


def strike(world: World, **by: float) -> int:
    """Let time pass, then let the clock come by. How many deadlines it ran."""
    world.clock.forward(**by)
    return run_deadlines(now=world.clock.now)


def seen(ask: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The return as somebody sees it with its deadline: `seen(shop.as_li, request)`."""
    answer: Answer = ask(DEADLINE, id=request["id"])
    return dict(answer.data["returnRequest"])


def row(request: dict[str, Any]) -> ReturnRequest:
    return ReturnRequest.objects.get(number=request["number"])


def deadlines(request: dict[str, Any]) -> list[ReturnDeadline]:
    return list(row(request).deadlines.order_by("id"))
