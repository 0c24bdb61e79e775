"""A customer who thinks again …"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnableLine, ReturnRequest
from tests import evidence, make
from tests.usecases.stages import at
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def update(world: World, request: dict[str, Any], *, key: str | None = None, **input: Any) -> Any:
    return world.shop.as_li(make.UPDATE, id=request["id"], input=input, key=key or make.key())


def cancel(world: World, request: dict[str, Any], *, key: str | None = None) -> Any:
    return world.shop.as_li(make.CANCEL, id=request["id"], key=key or make.key())


def held(order: Any) -> list[int]:
    lines = ReturnableLine.objects.filter(order__order_id=order.id)
    by_id = {line.order_line_id: line.held_shipped for line in lines}
    return [by_id[line.id] for line in order.lines]


# --- update


def test_changes_reason_and_note_and_leaves_the_rest(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)

    fault = evidence.of_fault(world.shop)
    changed = update(world, request, **fault, note=" 袖口开线 ").request

    assert (changed["reason"], changed["note"]) == ("quality_defect", "袖口开线")
    assert changed["promisedAmount"]["fen"] == 21100  # the shop's fault: with the shipping
    assert changed["number"] == request["number"]
    assert [(event["kind"], event["actor"]) for event in changed["events"]] == [
        ("create", "CUSTOMER"),
        ("update", "CUSTOMER"),
    ]
    assert held(order) == [1, 0]


def test_changes_the_pieces(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order, {0: 2})
    lines = [{"orderLineId": order.lines[1].id, "quantity": 3}]

    changed = update(world, request, lines=lines).request

    assert [(line["orderLineId"], line["quantity"]) for line in changed["lines"]] == [
        (order.lines[1].id, 3)
    ]
    assert changed["promisedAmount"]["fen"] == 29970
    assert held(order) == [0, 3]


def test_may_ask_for_more_of_what_the_return_itself_held(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order, {0: 2})
    lines = [{"orderLineId": order.lines[0].id, "quantity": 2}]

    changed = update(world, request, lines=lines).request

    assert changed["promisedAmount"]["fen"] == 39800
    assert held(order) == [2, 0]


def test_is_refused_more_than_is_left_and_keeps_what_was(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)
    request = make.requested(world.shop, order)
    lines = [{"orderLineId": order.lines[0].id, "quantity": 2}]

    with nothing_changes(world, reads=1):
        answer = update(world, request, lines=lines)

    assert answer.refusals == [("QUANTITY_EXCEEDS_RETURNABLE", "lines.quantity")]


@pytest.mark.parametrize(
    ("input", "refusal"),
    [
        ({"reason": "because"}, ("REASON_UNKNOWN", "reason")),
        ({"note": "x" * 1001}, ("TOO_LONG", "note")),
        ({"lines": []}, ("LINES_EMPTY", "lines")),
    ],
)
def test_is_refused_what_cannot_be(
    world: World, input: dict[str, Any], refusal: tuple[str, str]
) -> None:
    request = make.requested(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = update(world, request, **input)

    assert answer.refusals == [refusal]


@pytest.mark.parametrize("stage", ["APPROVED", "IN_TRANSIT", "RECEIVED", "REFUNDING", "REJECTED"])
def test_is_too_late_once_staff_have_decided(world: World, stage: str) -> None:
    request = at(stage, world, world.shop.order())

    answer = update(world, request, note="换一个说法")

    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_hears_the_same_for_the_same_key(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    first = update(world, request, key="tap", note="一").request
    with nothing_changes(world, reads=1):
        second = update(world, request, key="tap", note="一").request
    other = update(world, request, key="tap", note="二")

    assert second["version"] == first["version"] == 2
    assert other.refusals == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_cannot_change_the_return_of_another(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = world.shop.as_wang(
            make.UPDATE, id=request["id"], input={"note": "x"}, key=make.key()
        )

    assert answer.refusals == [("NOT_FOUND", "id")]


# --- cancel


@pytest.mark.parametrize("stage", ["REQUESTED", "APPROVED"])
def test_may_cancel_before_the_parcel_is_sent(world: World, stage: str) -> None:
    order = world.shop.order()
    request = at(stage, world, order)

    canceled = cancel(world, request).request

    assert canceled["status"] == "CANCELED"
    assert canceled["availableActions"] == []
    assert held(order) == [0, 0]
    assert make.requested(world.shop, order, {0: 2})["status"] == "REQUESTED"


@pytest.mark.parametrize("stage", ["IN_TRANSIT", "RECEIVED", "REFUNDING", "REJECTED", "REFUNDED"])
def test_may_not_cancel_later(world: World, stage: str) -> None:
    request = at(stage, world, world.shop.order())

    answer = cancel(world, request)

    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_may_not_cancel_what_was_sent_before_it_was_approved(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)
    parcel = {"carrier": "中通快递", "waybillNo": "ZTO75312345678"}
    sent = world.shop.as_li(make.SUBMIT, id=request["id"], input=parcel, key=make.key()).request

    answer = cancel(world, request)

    assert "CANCEL" not in [action["action"] for action in sent["availableActions"]]
    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_cancels_once_for_one_key(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    first = cancel(world, request, key="tap").request
    with nothing_changes(world):
        second = cancel(world, request, key="tap").request

    assert second == first


def test_cancels_or_is_approved_but_never_both(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)
    version = request["version"]

    answers = together(
        [
            partial(cancel, world, request),
            partial(world.shop.as_clerk, make.APPROVE, id=request["id"], version=version),
        ]
    )

    row = ReturnRequest.objects.get()
    refused = [answer.refusals for answer in answers if answer.payload["errors"]]
    if row.status == "canceled" and row.version == version + 1:
        assert refused == [[("VERSION_CONFLICT", "expectedVersion")]]
    else:  # approved first: the customer may cancel that as well
        assert (row.status, row.version, refused) == ("canceled", version + 2, [])
    assert held(order) == [0, 0]


# --- close, which is for staff


@pytest.mark.parametrize("stage", ["APPROVED", "IN_TRANSIT"])
def test_is_told_why_staff_close_it(world: World, stage: str) -> None:
    order = world.shop.order()
    request = at(stage, world, order)

    closed = world.shop.as_clerk(
        make.CLOSE, id=request["id"], version=request["version"], why="十天未收到退货"
    ).request

    assert (closed["status"], closed["explanation"]) == ("CLOSED", "十天未收到退货")
    assert held(order) == [0, 0]


@pytest.mark.parametrize("stage", ["REQUESTED", "RECEIVED", "REFUNDING", "REFUND_FAILED"])
def test_is_never_closed_while_something_is_owed(world: World, stage: str) -> None:
    request = at(stage, world, world.shop.order())

    answer = world.shop.as_clerk(
        make.CLOSE, id=request["id"], version=request["version"], why="算了"
    )

    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_is_not_closed_while_he_may_appeal(world: World) -> None:
    """EC48: nobody takes that from him; his parcel may be on its way, so it is closed by hand."""
    request = at("REJECTED", world, world.shop.order())
    close = {"id": request["id"], "version": request["version"], "why": "未申诉"}
    world.clock.forward(days=7, seconds=-1)

    with nothing_changes(world):
        early = world.shop.as_clerk(make.CLOSE, **close)
    world.clock.forward(seconds=1)

    assert early.refusals == [("MOVE_NOT_ALLOWED", "id")]
    assert make.appeal(world.shop, request).refusals == [("APPEAL_TOO_LATE", "id")]
    assert world.shop.as_clerk(make.CLOSE, **close).request["status"] == "CLOSED"


def test_is_not_closed_without_a_word(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = world.shop.as_clerk(
            make.CLOSE, id=request["id"], version=request["version"], why=" "
        )

    assert answer.refusals == [("REQUIRED", "explanation")]
