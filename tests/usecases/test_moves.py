"""Every move at every status: those of the table work, the others are refused."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnEvent
from tests import make
from tests.usecases import stages
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import World

# Status before, move, status after: written down a second time on purpose.
ALLOWED = {
    ("REQUESTED", "update"): "REQUESTED",
    ("REQUESTED", "cancel"): "CANCELED",
    ("REQUESTED", "approve"): "APPROVED",
    ("REQUESTED", "reject"): "REJECTED",
    ("REQUESTED", "submit_delivery"): "REQUESTED",
    ("REQUESTED", "request_evidence"): "AWAITING_CUSTOMER",
    ("REQUESTED", "make_offer"): "AWAITING_CUSTOMER",
    ("AWAITING_CUSTOMER", "update"): "REQUESTED",
    ("AWAITING_CUSTOMER", "cancel"): "CANCELED",
    ("AWAITING_CUSTOMER", "approve"): "APPROVED",
    ("AWAITING_CUSTOMER", "submit_delivery"): "AWAITING_CUSTOMER",
    ("AWAITING_CUSTOMER", "answer"): "REQUESTED",
    ("AWAITING_CUSTOMER", "make_offer"): "AWAITING_CUSTOMER",
    ("OFFERED", "update"): "REQUESTED",
    ("OFFERED", "cancel"): "CANCELED",
    ("OFFERED", "approve"): "APPROVED",
    ("OFFERED", "submit_delivery"): "AWAITING_CUSTOMER",
    ("OFFERED", "make_offer"): "AWAITING_CUSTOMER",
    ("OFFERED", "accept_offer"): "REFUNDING",
    ("OFFERED", "decline_offer"): "REQUESTED",
    ("APPROVED", "cancel"): "CANCELED",
    ("APPROVED", "submit_delivery"): "IN_TRANSIT",
    ("APPROVED", "receive"): "RECEIVED",
    ("IN_TRANSIT", "submit_delivery"): "IN_TRANSIT",
    ("IN_TRANSIT", "receive"): "RECEIVED",
    ("RECEIVED", "inspect"): "REFUNDING",
    ("INSPECTED", "accept_offer"): "REFUNDING",
    ("INSPECTED", "appeal"): "APPEALED",
    ("APPROVED", "close"): "CLOSED",
    ("IN_TRANSIT", "close"): "CLOSED",
    ("REJECTED", "appeal"): "APPEALED",
    ("APPEALED", "cancel"): "CANCELED",
    ("APPEALED", "resolve_appeal"): "APPROVED",
}
ANSWERS = ["accept_offer", "decline_offer"]
CUSTOMERS = ["update", "cancel", "submit_delivery", "answer", *ANSWERS, "appeal"]
STAFFS = [
    *("approve", "reject", "request_evidence", "make_offer", "resolve_appeal"),
    *("receive", "inspect", "close"),
]
MOVES = CUSTOMERS + STAFFS
# Of one refund, and not of the return: test_refund_retried.py, test_refund_settled.py.
OF_A_REFUND = {"retry_refund", "settle_manually"}
# Offered where a deadline can be extended.
OF_A_DEADLINE = {"extend_deadline"}
# These look at the order first.
READERS = {"update", "appeal"}
ALL = list(itertools.product(stages.STAGES, MOVES))


@pytest.mark.parametrize(("status", "move"), [pair for pair in ALL if pair in ALLOWED])
def test_of_the_table_work(world: World, status: str, move: str) -> None:
    order = world.shop.order()
    request = stages.at(status, world, order)

    moved = stages.do(world.shop, move, request, order).request

    assert moved["status"] == ALLOWED[status, move]
    assert moved["version"] == request["version"] + 1
    actor = "CUSTOMER" if move in CUSTOMERS else "STAFF"
    event = {"kind": move, "actor": actor, "status": moved["status"]}
    assert moved["events"] == [*request["events"], event]


@pytest.mark.parametrize(("status", "move"), [pair for pair in ALL if pair not in ALLOWED])
def test_not_in_the_table_are_refused(world: World, status: str, move: str) -> None:
    order = world.shop.order()
    request = stages.at(status, world, order)

    with nothing_changes(world, reads=1 if move in READERS else 0):
        answer = stages.do(world.shop, move, request, order)

    nothing_there = move in ANSWERS and status not in {"OFFERED", "INSPECTED"}
    refusal = ("NOT_FOUND", "offerId") if nothing_there else ("MOVE_NOT_ALLOWED", "id")
    if (status, move) == ("INSPECTED", "decline_offer"):
        refusal = ("APPEAL_INSTEAD", "offerId")
    if (status, move) == ("APPEALED", "appeal"):
        refusal = ("APPEALED_ALREADY", "id")
    if status in {"CANCELED", "CLOSED"} and move == "submit_delivery":
        refusal = ("RETURN_OVER", "id")
    assert answer.refusals == [refusal]


@pytest.mark.parametrize("status", stages.STAGES)
def test_are_offered_when_they_work(world: World, status: str) -> None:
    request = stages.at(status, world, world.shop.order())

    offered = {
        action["action"].lower()
        for ask in (world.shop.as_li, world.shop.as_clerk)
        for action in ask(make.READ, id=request["id"]).data["returnRequest"]["availableActions"]
    }

    offered_here = offered - OF_A_REFUND - OF_A_DEADLINE
    assert offered_here == {move for source, move in ALLOWED if source == status}
    assert (offered & OF_A_REFUND == OF_A_REFUND) == (status in {"REFUNDING", "REFUND_FAILED"})


STAFFS_PLACES = [(s, m) for s, m in ALLOWED if m in STAFFS]


@pytest.mark.parametrize(("status", "move"), STAFFS_PLACES)
@pytest.mark.parametrize("seen", [-1, 1], ids=["older", "newer"])
def test_on_another_version_are_refused(world: World, status: str, move: str, seen: int) -> None:
    order = world.shop.order()
    request = stages.at(status, world, order)

    with nothing_changes(world):
        answer = stages.do(world.shop, move, request, order, version=request["version"] + seen)

    assert answer.refusals == [("VERSION_CONFLICT", "expectedVersion")]


@pytest.mark.parametrize(("status", "move"), STAFFS_PLACES)
def test_of_two_staff_at_once_are_done_once(world: World, status: str, move: str) -> None:
    order = world.shop.order()
    request = stages.at(status, world, order)
    calls = [partial(stages.do, world.shop, move, request, order)] * 2

    answers = together(calls)

    (lost,) = [answer for answer in answers if answer.payload["errors"]]
    assert lost.refusals == [("VERSION_CONFLICT", "expectedVersion")]
    assert ReturnEvent.objects.filter(kind=move, sequence__gt=request["version"]).count() == 1


def test_of_different_kinds_at_once_are_one(world: World) -> None:
    """EC51: one clerk approves while another rejects."""
    order = world.shop.order()
    request = make.requested(world.shop, order)
    do = [partial(stages.do, world.shop, move, request, order) for move in ("approve", "reject")]

    answers = together(do * 4)

    won = [answer.request["status"] for answer in answers if not answer.payload["errors"]]
    assert len(won) == 1
    assert make.read(world.shop, request)["status"] == won[0]
    lost = [answer.refusals for answer in answers if answer.payload["errors"]]
    assert lost == [[("VERSION_CONFLICT", "expectedVersion")]] * 7


def test_of_customer_and_staff_at_once_are_both_done_in_some_order(world: World) -> None:
    """A waybill entered while staff approve is never lost."""
    order = world.shop.order()
    request = make.requested(world.shop, order)
    calls: list[Any] = [
        partial(stages.do, world.shop, "submit_delivery", request, order),
        partial(stages.do, world.shop, "approve", request, order),
    ]

    submitted, approved = together(calls)

    assert submitted.payload["errors"] == []
    now = make.read(world.shop, request)
    if approved.payload["errors"]:
        assert approved.refusals == [("VERSION_CONFLICT", "expectedVersion")]
        assert now["status"] == "REQUESTED"
    else:
        assert now["status"] == "IN_TRANSIT"
    assert [parcel["waybillNo"] for parcel in now["deliveries"]] == ["ZTO75312345678"]
