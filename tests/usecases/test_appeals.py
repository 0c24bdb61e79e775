"""A customer who does not accept a rejection …"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import (
    ReturnableLine,
    ReturnAppeal,
    ReturnDeadline,
    ReturnEvent,
    ReturnRequest,
    SafetyCheck,
)
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import evidence, make
from tests.usecases import dashboard
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, SHIRT, Answer, World

PICTURE = evidence.picture(40, 30)
OF_WHAT = """query($id: ID) { returnRequest(id: $id) {
  appeals { text isGranted decision { kind label status rejectionCode explanation } }
} }"""
THREE_FOR_TEN = LineSpec("袜子 Socks", "38-40", "SOCKS", 3, "3.33", total_price="10.00")


def held() -> list[int]:
    return [line.held_shipped for line in ReturnableLine.objects.order_by("id")]


def refused_goods(world: World, order: Any, quantities: dict[int, int]) -> dict[str, Any]:
    """The goods came back, and no piece was accepted."""
    return make.inspected(world.shop, order, quantities, dict.fromkeys(quantities, 0))


def test_says_why_and_is_looked_at_again(world: World) -> None:
    shop = world.shop
    request = make.rejected(shop, shop.order())
    assert held() == [0, 0]
    shown = {"id": evidence.uploaded(shop, PICTURE)}

    seen = shop.as_li(
        make.APPEAL,
        id=request["id"],
        input={"text": "吊牌 <b>都在</b>", "evidence": [shown]},
        key="k",
    ).request

    assert seen["status"] == "APPEALED"
    assert seen["events"][-1] == {"kind": "appeal", "actor": "CUSTOMER", "status": "APPEALED"}
    assert seen["appeal"] == {
        "text": "吊牌 <b>都在</b>",
        "evidence": [shown],
        "isGranted": None,
        "resolution": "",
        "samePersonReason": "",
    }
    assert seen["promisedAmount"]["fen"] == 19900
    assert held() == [1, 0]
    assert ReturnRequest.objects.get().holds_ended_at is None
    assert ReturnAppeal.objects.get().rejected_by == shop.clerk.id
    assert SafetyCheck.objects.filter(appeal__isnull=False).count() == 1


def test_is_told_until_when_and_who_else_can_help(world: World) -> None:
    request = make.rejected(world.shop, world.shop.order())

    seen = world.shop.as_li(make.READ_TALK, id=request["id"]).data["returnRequest"]

    assert seen["appealUntil"] == (world.clock.now + timedelta(days=7)).isoformat()
    assert (seen["rejectionCode"], seen["rejectionLabel"]) == ("NOT_COVERED", "商品不支持此类退货")
    assert "客服" in seen["furtherHelp"]
    assert "12315" in seen["furtherHelp"]


def test_is_told_of_nobody_else_before_a_no(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    seen = make.read_talk(world.shop, request)

    assert (seen["furtherHelp"], seen["appealUntil"], seen["rejectionCode"]) == ("", None, None)


@pytest.mark.parametrize(("accepted", "is_told"), [(1, True), (2, False)])
def test_is_told_who_else_can_help_where_some_pieces_were_refused(
    world: World, accepted: int, is_told: bool
) -> None:
    """EC48"""
    request = make.inspected(world.shop, world.shop.order(), {0: 2}, {0: accepted})

    assert ("12315" in make.read_talk(world.shop, request)["furtherHelp"]) == is_told
    seen = make.agree(world.shop, request)

    assert (seen["status"], "12315" in seen["furtherHelp"]) == ("REFUNDING", is_told)


@pytest.mark.parametrize(("early", "is_taken"), [(0.001, True), (0, False)])
def test_has_seven_days(world: World, early: float, is_taken: bool) -> None:
    request = make.rejected(world.shop, world.shop.order())
    world.clock.forward(days=7, seconds=-early)

    if is_taken:
        assert make.appeal(world.shop, request).request["status"] == "APPEALED"
    else:
        with nothing_changes(world, reads=1):
            answer = make.appeal(world.shop, request)
        assert answer.refusals == [("APPEAL_TOO_LATE", "id")]


def test_has_as_long_as_the_returns_own_deadline_says(world: World) -> None:
    """As when it was extended."""
    request = make.rejected(world.shop, world.shop.order())
    row = ReturnRequest.objects.get()
    due_at = world.clock.now + timedelta(days=10)
    ReturnDeadline.objects.update_or_create(
        shop=row.shop, request=row, status="rejected", defaults={"due_at": due_at}
    )
    world.clock.forward(days=9)

    assert make.appeal(world.shop, request).request["status"] == "APPEALED"


def test_appeals_of_each_decision(world: World) -> None:
    """EC48: rejected, appealed, granted, shipped, refused at the inspection: that is a new no."""
    shop = world.shop
    order = shop.order()
    granted = make.resolve(
        shop, make.appeal(shop, make.rejected(shop, order), "没有剪").request, granted=True
    ).request
    receive = {"id": granted["id"], "version": granted["version"]}
    refused = make.inspected_again(shop, shop.as_clerk(make.RECEIVE, **receive).request, 0)
    assert refused["status"] == "REJECTED"
    read = shop.as_li(make.READ_TALK, id=refused["id"]).data["returnRequest"]
    assert (make.actions(read), read["appealUntil"]) == (
        ["APPEAL"],
        (world.clock.now + timedelta(days=7)).isoformat(),
    )

    appealed = make.appeal(shop, refused, "没有穿过").request
    seen = make.resolve(shop, appealed, granted=True).request
    world.run()

    assert (seen["status"], seen["appeal"]["text"]) == ("RECEIVED", "没有穿过")
    read = shop.as_li(OF_WHAT, id=seen["id"]).data["returnRequest"]
    both = [(a["text"], a["isGranted"], a["decision"]) for a in read["appeals"]]
    assert [(text, granted, said["kind"]) for text, granted, said in both] == [
        ("没有剪", True, "reject"),
        ("没有穿过", True, "inspect"),
    ]
    assert [(said["rejectionCode"], said["explanation"]) for _, _, said in both] == [
        ("NOT_COVERED", "不符合条件"),
        ("NOT_INTACT", "有污渍"),
    ]
    paid = make.inspected_again(shop, seen, 1)
    world.run()
    assert_paid_once(shop, order, paid, 19900, pieces=1)


@pytest.mark.parametrize(
    ("is_granted", "code"),
    [(None, "APPEALED_ALREADY"), (False, "APPEALED_ALREADY"), (True, "MOVE_NOT_ALLOWED")],
)
def test_appeals_of_one_decision_once(world: World, is_granted: bool | None, code: str) -> None:
    shop = world.shop
    request = make.appeal(shop, make.rejected(shop, shop.order())).request
    if is_granted is not None:
        request = make.resolve(shop, request, granted=is_granted).request

    with nothing_changes(world, reads=1):
        answer = make.appeal(shop, request)

    assert answer.refusals == [(code, "id")]


def test_appeals_once_for_each_key(world: World) -> None:
    """EC2."""
    request = make.rejected(world.shop, world.shop.order())
    tap = partial(
        world.shop.as_li, make.APPEAL, id=request["id"], input={"text": "吊牌都在"}, key="tap"
    )

    answers = together([tap] * 4)

    assert {answer.request["version"] for answer in answers} == {request["version"] + 1}
    assert ReturnAppeal.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "code"), [("", "REQUIRED"), ("　\n", "REQUIRED"), ("长" * 1001, "TOO_LONG")]
)
def test_gives_a_reason(world: World, text: str, code: str) -> None:
    request = make.rejected(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = make.appeal(world.shop, request, text)

    assert answer.refusals == [(code, "input.text")]


def test_finds_the_pieces_gone_to_another_return(world: World) -> None:
    """EC1: both hoodies; one is in another return by now, the T-shirts are not."""
    order = world.shop.order()
    request = make.rejected(world.shop, order, {0: 2, 1: 1})
    make.requested(world.shop, order, {0: 1})

    with nothing_changes(world, reads=1):
        answer = make.appeal(world.shop, request)

    (error,) = answer.payload["errors"]
    assert (error["code"], error["field"]) == ("QUANTITY_EXCEEDS_RETURNABLE", "id")
    assert error["lines"] == [order.lines[0].id]
    assert "其他售后单" in error["message"]


def test_finds_the_pieces_returned_in_the_dashboard(world: World) -> None:
    """EC8: what Saleor says now counts, not what it said at the request."""
    order = world.shop.order()
    request = make.rejected(world.shop, order, {0: 2})
    dashboard.return_pieces(world.shop, order, {0: 2})

    with nothing_changes(world, reads=1):
        answer = make.appeal(world.shop, request)

    assert answer.refusals == [("QUANTITY_EXCEEDS_RETURNABLE", "id")]


def test_appeals_of_what_was_refused_at_the_inspection(world: World) -> None:
    """EC48: the goods are with the shop, and are looked at anew."""
    shop = world.shop
    order = shop.order()
    request = refused_goods(world, order, {0: 2, 1: 1})
    assert (request["status"], held()) == ("REJECTED", [0, 0])

    appealed = make.appeal(shop, request).request
    assert [line["quantity"] for line in appealed["lines"]] == [2, 1]
    assert {line["acceptedQuantity"] for line in appealed["lines"]} == {None}
    assert (appealed["promisedAmount"]["fen"], held()) == (49790, [2, 1])
    granted = make.resolve(shop, appealed, granted=True).request
    assert granted["status"] == "RECEIVED"
    lines = [
        {"orderLineId": line["orderLineId"], "acceptedQuantity": line["quantity"]}
        for line in granted["lines"]
    ]
    inspect = {"id": granted["id"], "version": granted["version"], "lines": lines}
    shop.as_clerk(make.INSPECT, **inspect).request  # noqa: B018
    world.run()

    assert_paid_once(shop, order, request, 49790, pieces=3)


def test_keeps_the_agreed_amount(world: World) -> None:
    """EC48: 150.00 agreed for a hoodie, refused at the inspection, appealed, accepted."""
    shop = world.shop
    order = shop.order()
    offered = make.offered(shop, order, {0: (1, 15000)}, kind="RETURN_AND_REFUND")
    accepted = make.accept(shop, offered).request
    received = shop.as_clerk(make.RECEIVE, id=accepted["id"], version=accepted["version"]).request
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 0}]
    rejected = shop.as_clerk(
        make.INSPECT, id=accepted["id"], version=received["version"], lines=lines
    ).request

    appealed = make.appeal(shop, rejected).request

    assert appealed["promisedAmount"]["fen"] == 15000
    granted = make.resolve(shop, appealed, granted=True).request
    lines[0]["acceptedQuantity"] = 1
    done = shop.as_clerk(
        make.INSPECT, id=granted["id"], version=granted["version"], lines=lines
    ).request
    assert [refund["amount"]["fen"] for refund in done["refunds"]] == [15000]


def test_keeps_the_promise_to_the_fen(world: World) -> None:
    """EC21: the dear fen went to another return between; the promise stands."""
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    request = make.rejected(world.shop, order)
    assert request["promisedAmount"]["fen"] == 334
    make.requested(world.shop, order)  # 334

    assert make.appeal(world.shop, request).request["promisedAmount"]["fen"] == 334

    assert make.requested(world.shop, order)["promisedAmount"]["fen"] == 332


# --- staff decide


@pytest.mark.parametrize("kind", ["RETURN_AND_REFUND", "REFUND_ONLY"])
@pytest.mark.parametrize("is_shipped", [True, False])
def test_is_granted_and_goes_on(world: World, kind: str, is_shipped: bool) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order(), kind=kind)
    if is_shipped and kind == "RETURN_AND_REFUND":
        parcel = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
        request = shop.as_li(make.SUBMIT, id=request["id"], input=parcel, key="p").request
    rejected = shop.as_clerk(
        make.REJECT, id=request["id"], version=request["version"], why="不符"
    ).request

    seen = make.resolve(shop, make.appeal(shop, rejected).request, granted=True).request

    if kind == "REFUND_ONLY":
        assert (seen["status"], len(seen["refunds"])) == ("REFUNDING", 1)
    else:
        assert seen["status"] == ("IN_TRANSIT" if is_shipped else "APPROVED")
    assert (seen["appeal"]["isGranted"], seen["appeal"]["resolution"]) == (True, "已复核")
    assert seen["furtherHelp"] == ""


def test_is_denied_and_told_who_else_can_help(world: World) -> None:
    shop = world.shop
    appealed = make.appeal(shop, make.rejected(shop, shop.order())).request

    make.resolve(shop, appealed, granted=False, words=" 吊牌已剪 ").request  # noqa: B018

    seen = shop.as_li(make.READ_TALK, id=appealed["id"]).data["returnRequest"]
    assert (seen["status"], make.actions(seen)) == ("CLOSED", [])
    assert (seen["appeal"]["isGranted"], seen["appeal"]["resolution"]) == (False, "吊牌已剪")
    assert "12315" in seen["furtherHelp"]
    assert held() == [0, 0]
    assert ReturnRequest.objects.get().holds_ended_at == world.clock.now


def test_is_not_decided_by_who_rejected_it(world: World) -> None:
    """The supervisor has worked here lately, so there is somebody else."""
    shop = world.shop
    other = make.requested(shop, shop.order())
    shop.as_supervisor(make.APPROVE, id=other["id"], version=1).request  # noqa: B018
    appealed = make.appeal(shop, make.rejected(shop, shop.order())).request
    decide = {"id": appealed["id"], "version": appealed["version"], "words": "已复核"}

    with nothing_changes(world):
        for reason in ("", "只有我一人"):
            answer = shop.as_clerk(make.RESOLVE, granted=False, reason=reason, **decide)
            assert answer.refusals == [("APPEAL_NEEDS_ANOTHER_PERSON", "id")]

    assert shop.as_supervisor(make.RESOLVE, granted=False, **decide).request["status"] == "CLOSED"
    appeal = ReturnAppeal.objects.get()
    assert (appeal.rejected_by, appeal.resolved_by) == (shop.clerk.id, shop.supervisor.id)


def test_is_decided_by_the_only_one_with_a_reason(world: World) -> None:
    """A shop with one authorised person."""
    shop = world.shop
    appealed = make.appeal(shop, make.rejected(shop, shop.order())).request
    decide = {"id": appealed["id"], "version": appealed["version"], "words": "已复核"}

    with nothing_changes(world):
        answer = shop.as_clerk(make.RESOLVE, granted=True, reason=" ", **decide)
    seen = shop.as_clerk(make.RESOLVE, granted=True, reason="只有我一人", **decide).request

    assert answer.refusals == [("REQUIRED", "samePersonReason")]
    assert seen["status"] == "APPROVED"
    assert seen["appeal"]["samePersonReason"] == "只有我一人"
    lis = shop.as_li(make.READ_TALK, id=appealed["id"]).data["returnRequest"]
    assert lis["appeal"]["samePersonReason"] == ""


def test_is_decided_by_the_only_one_left(world: World) -> None:
    """Whoever has done nothing for three months is no help."""
    shop = world.shop
    other = make.requested(shop, shop.order())
    shop.as_supervisor(make.APPROVE, id=other["id"], version=1).request  # noqa: B018
    world.clock.forward(days=91)
    appealed = make.appeal(shop, make.rejected(shop, shop.order())).request
    decide = {"id": appealed["id"], "version": appealed["version"], "words": "已复核"}

    answer = shop.as_clerk(make.RESOLVE, granted=True, reason="只有我一人", **decide)

    assert answer.request["status"] == "APPROVED"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"words": " "}, ("REQUIRED", "resolution")),
        ({"words": "长" * 1001}, ("TOO_LONG", "resolution")),
        ({"reason": "长" * 1001}, ("TOO_LONG", "samePersonReason")),
        ({"version": 1}, ("VERSION_CONFLICT", "expectedVersion")),
    ],
)
def test_is_answered_in_words_to_what_staff_saw(
    world: World, changes: dict[str, Any], refusal: tuple[str, str]
) -> None:
    shop = world.shop
    appealed = make.appeal(shop, make.rejected(shop, shop.order())).request

    with nothing_changes(world):
        answer = make.resolve(shop, appealed, granted=True, **changes)

    assert answer.refusals == [refusal]


@pytest.mark.parametrize("are_goods_here", [True, False])
def test_may_take_it_back(world: World, are_goods_here: bool) -> None:
    shop = world.shop
    order = shop.order()
    request = refused_goods(world, order, {0: 1}) if are_goods_here else make.rejected(shop, order)
    appealed = make.appeal(shop, request).request

    seen = shop.as_li(make.CANCEL, id=appealed["id"], key="k").request

    assert (seen["status"], held()) == ("CANCELED", [0, 0])
    assert "12315" in make.read_talk(shop, seen)["furtherHelp"]
    late = make.resolve(shop, make.read(shop, seen), granted=True)
    assert late.refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_takes_it_back_while_staff_decide(world: World) -> None:
    """EC51: one of both, whoever has the lock first."""
    shop = world.shop
    appealed = make.appeal(shop, make.rejected(shop, shop.order())).request
    calls: list[Any] = [
        partial(shop.as_li, make.CANCEL, id=appealed["id"], key="k"),
        partial(make.resolve, shop, appealed, granted=False),
    ]

    canceled, resolved = together(calls)

    lost = [answer.refusals for answer in (canceled, resolved) if answer.payload["errors"]]
    assert lost in (
        [[("MOVE_NOT_ALLOWED", "id")]],
        [[("VERSION_CONFLICT", "expectedVersion")]],
    )
    assert held() == [0, 0]


# --- the rejection itself


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"code": None, "why": ""}, ("REQUIRED", "rejectionCode")),
        ({"code": "NOT_INTACT", "why": " "}, ("REQUIRED", "explanation")),
        ({"code": "NOT_INTACT", "why": "长" * 1001}, ("TOO_LONG", "explanation")),
    ],
)
def test_hears_why_no_piece_was_accepted(
    world: World, given: dict[str, Any], refusal: tuple[str, str]
) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order)
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 0}]
    inspect: Any = partial(
        world.shop.as_clerk,
        make.INSPECT,
        id=request["id"],
        version=request["version"],
        lines=lines,
    )

    with nothing_changes(world):
        answer: Answer = inspect(**given)
    inspect(code="NOT_FROM_US", why="序列号不符").request  # noqa: B018

    assert answer.refusals == [refusal]
    seen = make.read_talk(world.shop, request)
    assert (seen["rejectionCode"], seen["explanation"]) == ("NOT_FROM_US", "序列号不符")
    assert ReturnEvent.objects.get(kind="inspect").data["code"] == "not_from_us"


def test_of_what_never_left_is_refused_once_it_was_sent(world: World) -> None:
    shop = world.shop
    order = shop.order([HOODIE, SHIRT], fulfilled={HOODIE.sku: 1, SHIRT.sku: 3})
    rejected = make.rejected(shop, order, {0: 1}, kind="REFUND_ONLY")
    dashboard.ship(shop, order, {0: 1})

    with nothing_changes(world, reads=1):
        appealed = make.appeal(shop, rejected)

    assert appealed.refusals == [("QUANTITY_EXCEEDS_RETURNABLE", "id")]
