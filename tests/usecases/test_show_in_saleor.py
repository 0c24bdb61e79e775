"""Saleor's order shows its returns …"""

from __future__ import annotations

import json
from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, ReturnRequest
from saleor_wechat_returns.tasks import show_returns
from tests import make
from tests.world import World

FAULTS = ("timeout_before", "timeout_after_accept", "http_500", "http_500_after_accept")


def look(world: World, *, minutes: float = 3) -> None:
    """The clock comes by, and time passes for repeats."""
    show_returns()
    world.run(minutes=minutes)


def notes(order: Any) -> list[str]:
    return [event.message for event in order.events if event.type == "NOTE_ADDED"]


def status(order: Any) -> Any:
    return json.loads(order.metadata["wechat_returns"])


def test_when_one_begins_and_when_it_ends(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    number = request["number"]
    show_returns()
    world.work()
    assert notes(order) == [f"售后单 {number}:提交申请 (Return requested)"]
    assert status(order) == {"returns": [{"number": number, "status": "refunding"}]}
    world.run()

    look(world)

    assert notes(order)[1:] == [f"售后单 {number}:已退款 (Refunded)"]
    assert status(order) == {"returns": [{"number": number, "status": "refunded"}]}


def test_with_all_of_them_newest_first(world: World) -> None:
    order = world.shop.order()
    first = make.approved(world.shop, order)
    second = make.rejected(world.shop, order, {1: 1})

    look(world)

    assert status(order)["returns"] == [
        {"number": second["number"], "status": "rejected"},
        {"number": first["number"], "status": "approved"},
    ]


def test_and_is_left_alone_while_nothing_moves(world: World) -> None:
    order = world.shop.order()
    make.approved(world.shop, order)
    look(world)
    calls = len(world.shop.saleor.calls)

    look(world)

    assert len(world.shop.saleor.calls) == calls


def test_and_keeps_what_others_wrote(world: World) -> None:
    order = world.shop.order()
    order.metadata["theirs"] = "1"
    make.approved(world.shop, order)

    look(world)

    assert order.metadata["theirs"] == "1"


@pytest.mark.parametrize("step", ["order", "orderNoteAdd", "updateMetadata"])
@pytest.mark.parametrize("fault", FAULTS)
def test_once_whatever_became_of_a_call(world: World, step: str, fault: str) -> None:
    order = world.shop.order()
    request = make.approved(world.shop, order)
    world.shop.saleor.faults.add(fault, step)

    look(world)

    assert world.shop.saleor.faults.take([step]) is None
    assert notes(order) == [f"售后单 {request['number']}:提交申请 (Return requested)"]
    assert status(order)["returns"] == [{"number": request["number"], "status": "approved"}]


def test_once_although_the_worker_died_before_it_wrote_that_down(world: World) -> None:
    order = world.shop.order()
    make.approved(world.shop, order)
    look(world)
    ReturnRequest.objects.update(shown_status="")  # as if it had

    look(world)

    assert len(notes(order)) == 1
    assert len(world.shop.saleor.calls_of("updateMetadata")) == 1


def test_later_where_saleor_refuses_and_no_refund_waits_for_it(world: World) -> None:
    """Anything else goes on: a note is not worth a customer's money."""
    shop, order = world.shop, world.shop.order()
    request = make.inspected(shop, order)
    shop.saleor.faults.add("http_500", "orderNoteAdd", times=50)

    look(world, minutes=10)

    assert make.read(shop, request)["status"] == "REFUNDED"
    assert OutboxMessage.objects.filter(topic="order.show", done_at=None).count() == 1
    assert notes(order) == []
    shop.saleor.faults.clear()
    world.run(minutes=15)
    show_returns()
    world.run(minutes=15)
    assert len(notes(order)) == 2


def test_with_neither_people_nor_money(world: World) -> None:
    """Whoever knows the order's id reads it."""
    order = world.shop.order()
    make.approved(world.shop, order, note="李雷 13800138000")

    look(world)

    (row,) = status(order)["returns"]
    assert set(row) == {"number", "status"}
    assert not any("13800138000" in text for text in notes(order))
