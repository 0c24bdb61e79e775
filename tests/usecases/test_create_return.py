"""Asking for a return: what is written, and what the customer and staff then see."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.forms import model_to_dict

from saleor_wechat_returns.domain.numbers import read_return_number
from saleor_wechat_returns.models import (
    IdempotentCall,
    OutboxMessage,
    ReturnableLine,
    ReturnEvent,
    ReturnLine,
    ReturnRequest,
)
from saleor_wechat_returns.usecases.policies import rules_of
from tests import evidence, make
from tests.world import World


def test_answers_the_whole_return(world: World) -> None:
    order = world.shop.order()

    answered = make.requested(world.shop, order, {0: 1})

    assert answered.pop("id")
    number = answered.pop("number")
    assert number.startswith("R20261123")
    assert read_return_number(number) == number
    assert answered == {
        "kind": "RETURN_AND_REFUND",
        "status": "REQUESTED",
        "version": 1,
        "orderId": order.id,
        "reason": "size_does_not_fit",
        "note": "太小了",
        "explanation": "",
        "promisedAmount": {"amount": "199.00", "fen": 19900, "currency": "CNY"},
        "shippingAmount": {"fen": 0},
        "lines": [
            {
                "orderLineId": order.lines[0].id,
                "quantity": 1,
                "acceptedQuantity": None,
                "refusedQuantity": None,
                "amount": {"fen": 19900},
            }
        ],
        "deliveries": [],
        "refunds": [],
        "events": [{"kind": "create", "actor": "CUSTOMER", "status": "REQUESTED"}],
        "availableActions": [
            {"action": "UPDATE"},
            {"action": "CANCEL"},
            {"action": "SUBMIT_DELIVERY"},
        ],
        "tasks": [],
    }


def test_writes_the_request(world: World) -> None:
    order = world.shop.order()

    make.requested(world.shop, order, {0: 1})

    row = ReturnRequest.objects.get()
    assert (row.shop_id, row.customer_id) == (world.shop.row.pk, world.shop.li.id)
    assert (row.order.order_id, row.order.customer_id) == (order.id, world.shop.li.id)
    assert (row.status, row.version, row.promised_fen) == ("requested", 1, 19900)
    assert row.updated_at == world.clock.now
    assert row.holds_ended_at is None


def test_writes_its_line(world: World) -> None:
    make.requested(world.shop, world.shop.order(), {1: 2})

    (row,) = ReturnLine.objects.all()
    assert (row.shipped_quantity, row.unshipped_quantity, row.share_fen) == (2, 0, 19980)
    assert (row.accepted_quantity, row.refused_quantity, row.paid_fen) == (None, None, None)


def test_writes_its_first_event(world: World) -> None:
    make.requested(world.shop, world.shop.order())

    (row,) = ReturnEvent.objects.all()
    assert (row.sequence, row.kind, row.status) == (1, "create", "requested")
    assert (row.actor, row.actor_id) == ("customer", world.shop.li.id)
    assert row.at == world.clock.now


def test_holds_the_pieces_and_their_worth(world: World) -> None:
    order = world.shop.order()

    make.requested(world.shop, order, {1: 2})

    hoodie, shirt = (
        model_to_dict(ReturnableLine.objects.get(order_line_id=line.id)) for line in order.lines
    )
    holds = ("held_shipped", "held_unshipped", "kept", "done", "assigned_fen")
    assert [hoodie[name] for name in holds] == [0, 0, 0, 0, 0]
    assert [shirt[name] for name in holds] == [2, 0, 0, 0, 19980]


def test_remembers_the_key(world: World) -> None:
    order = world.shop.order()

    world.shop.as_li(make.CREATE, input=make.wanted(order), key="tap 1")

    (row,) = IdempotentCall.objects.all()
    assert (row.shop_id, row.caller) == (world.shop.row.pk, world.shop.li.id)
    assert (row.key, row.request) == ("tap 1", ReturnRequest.objects.get())


def test_queues_nothing(world: World) -> None:
    make.requested(world.shop, world.shop.order())

    assert not OutboxMessage.objects.exists()


def test_lets_staff_approve_or_reject_and_nothing_else(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    seen = make.read(world.shop, request)

    assert [offered["action"] for offered in seen["availableActions"]] == [
        "APPROVE",
        "REJECT",
        "REQUEST_EVIDENCE",
        "MAKE_OFFER",
    ]


def test_dates_the_number_by_the_shops_calendar(world: World) -> None:
    world.clock.now = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # midnight in Shanghai

    request = make.requested(world.shop, world.shop.order())

    assert request["number"].startswith("R20261124")


def test_takes_several_lines_at_once(world: World) -> None:
    request = make.requested(world.shop, world.shop.order(), {0: 2, 1: 2})

    assert [line["amount"]["fen"] for line in request["lines"]] == [39800, 19980]
    assert request["promisedAmount"]["fen"] == 59780


def test_allows_a_second_request_while_pieces_remain(world: World) -> None:
    """EC7."""
    order = world.shop.order()

    first = make.requested(world.shop, order, {0: 1})
    second = make.requested(world.shop, order, {0: 1})

    assert first["number"] != second["number"]
    assert ReturnableLine.objects.get(order_line_id=order.lines[0].id).held_shipped == 2


@pytest.mark.parametrize("reason", [reason.code for reason in rules_of(None).reasons])
def test_takes_every_reason_listed(world: World, reason: str) -> None:
    given = evidence.of_fault(world.shop, reason)

    assert make.requested(world.shop, world.shop.order(), **given)["reason"] == reason


@pytest.mark.parametrize(
    "note",
    ["", "长" * 1000, "👕" * 1000, "مقاس صغير \u202eabc", "a\nb\tc", "<script>alert(1)</script>"],
    ids=["empty", "1000 characters", "1000 emoji", "right to left", "lines", "script"],
)
def test_keeps_the_note_as_it_is(world: World, note: str) -> None:
    assert make.requested(world.shop, world.shop.order(), note=note)["note"] == note


def test_takes_null_for_no_note(world: World) -> None:
    assert make.requested(world.shop, world.shop.order(), note=None)["note"] == ""


def test_takes_off_space_around_the_note(world: World) -> None:
    assert make.requested(world.shop, world.shop.order(), note="  小了 \n")["note"] == "小了"
