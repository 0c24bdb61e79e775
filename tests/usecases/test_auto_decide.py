"""A rule of the shop …"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.domain.auto_decisions import AutoDecision, Facts, rule_for
from saleor_wechat_returns.domain.evidence import EvidenceStatus
from saleor_wechat_returns.domain.lifecycle import Kind
from saleor_wechat_returns.domain.policy import Rules
from saleor_wechat_returns.domain.talk import Safety
from saleor_wechat_returns.models import (
    Evidence,
    OutboxMessage,
    ReturnEvent,
    ReturnRequest,
    WechatAccount,
)
from saleor_wechat_returns.usecases.auto_decide import decide
from saleor_wechat_returns.usecases.policies import rules_of
from tests import evidence, make
from tests.graphql.wechat_logins import link
from tests.usecases.timers import follow, row, seen
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.usecases.wires import Killer, work_until_killed
from tests.world import World

FAST = {"name": "极速退货", "evidence_complete": False}


def last_event(world: World, request: dict[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = seen(world.shop.as_li, request)["events"][-1]
    return event


def with_pictures(
    world: World, order: Any, *shows: str, broken: str = "", **changes: Any
) -> dict[str, Any]:
    """A return for a defect, with a picture of each of these, not made anew yet."""
    whole = evidence.picture()
    given = [
        {
            "id": evidence.uploaded(world.shop, whole[:300] if what == broken else whole),
            "shows": what,
        }
        for what in shows
    ]
    return make.requested(world.shop, order, reason="quality_defect", evidence=given, **changes)


def test_approves_at_once_and_says_why_to_both_sides(world: World) -> None:
    rule = FAST | {"reasons": ["size_does_not_fit"], "max_amount_fen": 30000, "first_return": True}
    follow(world.shop, auto_decisions=[rule])

    request = make.requested(world.shop, world.shop.order())

    assert (request["status"], request["version"]) == ("APPROVED", 2)
    told = {
        "kind": "approve",
        "actor": "SYSTEM",
        "label": "系统自动同意:极速退货(退货原因符合、金额在限额以内、首次售后)",
        "en": "Approved by itself: 极速退货 (the reason, the amount, the first return)",
    }
    assert last_event(world, request) == told
    assert seen(world.shop.as_clerk, request)["events"][-1] == told
    event = ReturnEvent.objects.get(kind="approve")
    assert event.data == {
        "by": "rule",
        "rule": "极速退货",
        "why": ["reason", "amount", "first_return"],
    }
    assert seen(world.shop.as_li, request)["deadline"]["whoActs"] == "CUSTOMER"


def test_answers_a_repeat_with_the_same_return(world: World) -> None:
    follow(world.shop, auto_decisions=[FAST])
    wanted = make.wanted(world.shop.order())

    answers = together([partial(world.shop.as_li, make.CREATE, input=wanted, key="tap")] * 4)

    assert {answer.request["status"] for answer in answers} == {"APPROVED"}
    assert ReturnEvent.objects.filter(kind="approve").count() == 1


@pytest.mark.parametrize(
    "rule",
    [
        {"reasons": ["quality_defect"]},
        {"max_amount_fen": 19899},
        {"kinds": ["refund_only"]},
    ],
    ids=str,
)
def test_leaves_to_staff_what_it_does_not_cover(world: World, rule: dict[str, Any]) -> None:
    follow(world.shop, auto_decisions=[FAST | rule])

    request = make.requested(world.shop, world.shop.order())

    assert request["status"] == "REQUESTED"
    assert [event["kind"] for event in request["events"]] == ["create"]


def test_of_the_first_return_fits_once(world: World) -> None:
    follow(world.shop, auto_decisions=[FAST | {"first_return": True}])
    order = world.shop.order()

    first = make.requested(world.shop, order)
    second = make.requested(world.shop, order)
    wang = world.shop.as_wang(
        make.CREATE, input=make.wanted(world.shop.order(user=world.shop.wang)), key="k"
    ).request

    assert [r["status"] for r in (first, second, wang)] == ["APPROVED", "REQUESTED", "APPROVED"]


def test_of_the_first_return_knows_what_was_asked_for_before_the_account(world: World) -> None:
    """By WeChat alone; the log-in was tied to the account since."""
    follow(world.shop, auto_decisions=[FAST | {"first_return": True}])
    order = world.shop.order()
    make.requested(world.shop, order)
    link(world.shop, "openid-of-li", world.shop.saleor.user_token(world.shop.li))
    asked_as = {"customer_id": "", "openid_index": WechatAccount.objects.get().openid_index}
    ReturnRequest.objects.update(**asked_as)

    assert make.requested(world.shop, order)["status"] == "REQUESTED"


def test_pays_money_at_once_only_if_it_names_that_kind(world: World) -> None:
    follow(world.shop, auto_decisions=[FAST])
    left = make.requested(world.shop, world.shop.order(), kind="REFUND_ONLY")
    follow(world.shop, auto_decisions=[FAST | {"kinds": ["refund_only"]}])

    paid = make.requested(world.shop, world.shop.order(), kind="REFUND_ONLY")

    assert (left["status"], paid["status"]) == ("REQUESTED", "REFUNDING")
    world.run()
    assert row(paid).status == "refunded"
    assert len(world.wechat.refunds) == 1


def test_waits_until_the_evidence_can_be_seen(world: World) -> None:
    follow(world.shop, auto_decisions=[{"name": "凭证齐全"}])

    request = with_pictures(world, world.shop.order(), "DAMAGE", "LABEL")
    assert request["status"] == "REQUESTED"
    world.quiet()

    assert row(request).status == "approved"
    assert last_event(world, request)["label"] == "系统自动同意:凭证齐全(凭证齐全)"


@pytest.mark.parametrize("broken", ["DAMAGE", "LABEL"])
def test_leaves_incomplete_evidence_to_staff(world: World, broken: str) -> None:
    follow(world.shop, auto_decisions=[{"name": "凭证齐全"}])

    request = with_pictures(world, world.shop.order(), "DAMAGE", "LABEL", broken=broken)
    world.quiet()

    assert row(request).status == "requested"


def test_fits_once_a_reason_is_given_with_its_pictures(world: World) -> None:
    follow(world.shop, auto_decisions=[{"name": "凭证齐全", "reasons": ["quality_defect"]}])
    request = make.requested(world.shop, world.shop.order())

    changes = evidence.of_fault(world.shop)
    world.shop.as_li(make.UPDATE, id=request["id"], input=changes, key="k")
    assert row(request).status == "requested"
    world.quiet()

    assert row(request).status == "approved"


def test_fits_once_the_customer_has_answered(world: World) -> None:
    """Staff asked before the pictures could be seen."""
    follow(world.shop, auto_decisions=[{"name": "凭证齐全"}])
    request = with_pictures(world, world.shop.order(), "DAMAGE", "LABEL")
    world.shop.as_clerk(make.ASK_EVIDENCE, id=request["id"], version=1, text="请拍吊牌")
    world.quiet()
    assert row(request).status == "awaiting_customer"

    said = {"text": "已经拍了", "isAnswer": True}
    world.shop.as_li(make.MESSAGE, id=request["id"], input=said, key="k").request  # noqa: B018

    assert row(request).status == "approved"


def test_gives_no_more_than_staff_have_offered(world: World) -> None:
    order = world.shop.order()
    follow(world.shop, auto_decisions=[FAST | {"reasons": ["changed_mind"]}])
    request = make.offered(world.shop, order)

    changes = {"reason": "changed_mind"}
    world.shop.as_li(make.UPDATE, id=request["id"], input=changes, key="k").request  # noqa: B018

    assert row(request).status == "requested"


@pytest.mark.parametrize(
    "trouble",
    [
        {"safety": Safety.RISKY},
        {"safety": Safety.REVIEW},
        {"status": EvidenceStatus.UNREADABLE, "original_key": ""},
    ],
    ids=str,
)
def test_never_approves_what_somebody_must_look_at(world: World, trouble: dict[str, Any]) -> None:
    """Also where the rule asks for no evidence at all."""
    request = with_pictures(world, world.shop.order(), "DAMAGE", "LABEL")
    policy = follow(world.shop, auto_decisions=[FAST])
    found = row(request)
    found.policy = policy
    found.save()
    Evidence.objects.filter(request=found).update(**trouble)

    world.shop.as_li(make.UPDATE, id=request["id"], input={"note": "再看看"}, key="k")

    assert row(request).status == "requested"


@pytest.mark.parametrize("column", ["conflict", "legal_hold"])
def test_never_approves_in_a_conflict(world: World, column: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    found = row(request)
    found.policy = follow(world.shop, auto_decisions=[FAST])
    found.legal_hold = column == "legal_hold"
    found.save()
    found.order.conflict = column == "conflict"
    found.order.save()

    with nothing_changes(world):
        decide(found.pk)


def test_is_that_of_the_policy_the_return_was_made_under(world: World) -> None:
    """EC55: a rule that was added later approves nothing that was there before."""
    request = make.requested(world.shop, world.shop.order())
    follow(world.shop, auto_decisions=[FAST])

    world.shop.as_li(make.UPDATE, id=request["id"], input={"note": "再看看"}, key="k")

    assert row(request).status == "requested"


@pytest.mark.parametrize("at", range(1, 9))
def test_decides_once_however_often_the_worker_is_killed(world: World, at: int) -> None:
    follow(world.shop, auto_decisions=[{"name": "凭证齐全", "kinds": ["refund_only"]}])
    request = with_pictures(world, world.shop.order(), "DAMAGE", "LABEL", kind="REFUND_ONLY")
    killer = Killer(at)

    with killer.around(world):
        work_until_killed(world, killer)
    world.clock.forward(minutes=6)  # the lease of whoever died
    world.run()

    assert row(request).status == "refunded"
    assert ReturnEvent.objects.filter(kind="approve").count() == 1
    assert len(world.wechat.refunds) == 1
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_is_taken_in_its_order() -> None:
    rules = [
        AutoDecision(name="a", max_amount_fen=100),
        AutoDecision(name="b", evidence_complete=False),
    ]
    facts = Facts("r", Kind.RETURN_AND_REFUND, 100, evidence_complete=True, first_return=False)

    assert rule_for(rules, facts) is rules[0]


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"name": "n", "kinds": ()}, "kinds"),
        ({"name": "n", "max_amount_fen": 0}, "max_amount_fen"),
    ],
)
def test_of_no_use_is_refused(given: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        AutoDecision(**given)


@pytest.mark.parametrize(
    "names",
    [
        (AutoDecision(name="a"), AutoDecision(name="a")),
        (AutoDecision(name="a", reasons=("no_such_reason",)),),
    ],
)
def test_that_nobody_could_explain_is_refused(names: tuple[AutoDecision, ...]) -> None:
    shipped = rules_of(None)

    with pytest.raises(ValueError, match="auto_decisions"):
        Rules(window=shipped.window, reasons=shipped.reasons, auto_decisions=names)
