"""Staff say of every piece what they found …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import InspectedPieces, ReturnLine, ReverseDelivery
from saleor_wechat_returns.sandbox.saleor import LineSpec
from saleor_wechat_returns.usecases.inspection_result import inspected_pieces
from tests import make
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

SOCKS = LineSpec("袜子 Socks", "38-40", "SOCKS", 6, "3.33", total_price="20.00")
WAREHOUSE = "V2FyZWhvdXNlOjE0MGNjMGJjLWMzM2UtNGIxOS1hOWUwLTAyYTZmOGE5MmQwZA=="
INSPECTED = """query($id: ID!) { returnRequest(id: $id) { lines {
  inspected { quantity outcome label isRefunded disposition
    en: label(languageCode: EN) dispositionLabel } } } }"""


def inspect(
    world: World, request: dict[str, Any], pieces: list[dict[str, Any]], **more: Any
) -> Answer:
    """Of the return's one line."""
    (line,) = request["lines"]
    lines = [{"orderLineId": line["orderLineId"], "pieces": pieces} | more]
    version = request["version"]
    return world.shop.as_clerk(make.INSPECT, id=request["id"], version=version, lines=lines)


def found(quantity: int, outcome: str, **more: Any) -> dict[str, Any]:
    return {"quantity": quantity, "outcome": outcome} | more


def test_and_both_sides_read_it(world: World) -> None:
    """EC47: whole, stained, not in the box, somebody else's, and broken on the way."""
    order = world.shop.order([SOCKS], shipping="0")
    request = make.received(world.shop, order, {0: 6})
    pieces = [
        found(2, "ACCEPTED"),
        found(1, "REFUSED", note="有污渍"),
        found(1, "MISSING"),
        found(1, "WRONG_ITEM"),
        found(1, "DAMAGED_IN_TRANSIT", refund=True, warehouseId=WAREHOUSE),
    ]

    lowered = inspect(world, request, pieces).request

    assert lowered["status"] == "INSPECTED"
    for ask in (world.shop.as_li, world.shop.as_clerk):
        (line,) = ask(INSPECTED, id=request["id"]).data["returnRequest"]["lines"]
        told = [
            (it["outcome"], it["label"], it["en"], it["isRefunded"], it["disposition"])
            for it in line["inspected"]
        ]
        assert told == [
            ("ACCEPTED", "合格", "Accepted", True, "RESTOCK"),
            ("REFUSED", "不合格", "Refused", False, "SEND_BACK"),
            ("MISSING", "缺件", "Missing", False, None),
            ("WRONG_ITEM", "商品不符", "Not the item sold", False, "SEND_BACK"),
            ("DAMAGED_IN_TRANSIT", "运输损坏", "Damaged in transit", True, "WRITE_OFF"),
        ]
        assert line["inspected"][2]["dispositionLabel"] == ""
    agreed = make.agree(world.shop, lowered)
    (line,) = agreed["lines"]
    assert (line["acceptedQuantity"], line["refusedQuantity"]) == (3, 3)
    rows = inspected_pieces(ReturnLine.objects.get().request)
    assert [(row.quantity, row.note, row.warehouse_id) for row in rows[:2]] == [
        (2, "", ""),
        (1, "有污渍", ""),
    ]
    assert (rows[4].warehouse_id, rows[4].inspected_by) == (WAREHOUSE, world.shop.clerk.id)
    world.run()
    assert_paid_once(world.shop, order, request, 1001, pieces=3)


@pytest.mark.parametrize(
    ("method", "status"), [("pickup", "REFUNDING"), ("refused", "REFUNDING"), ("self_ship", "")]
)
def test_and_the_shops_courier_is_the_shops_risk(world: World, method: str, status: str) -> None:
    """EC47: lost or broken with the courier that the shop had sent: refunded whole, at once."""
    order = world.shop.order([SOCKS], shipping="0")
    request = make.received(world.shop, order, {0: 6})
    ReverseDelivery.objects.update(method=method)

    pieces = [found(4, "ACCEPTED"), found(1, "MISSING"), found(1, "DAMAGED_IN_TRANSIT")]
    inspected = inspect(world, request, pieces).request

    assert inspected["status"] == (status or "INSPECTED")
    assert [refund["amount"]["fen"] for refund in inspected["refunds"]] == [2000] * bool(status)


def test_and_what_the_shops_courier_lost_is_the_shops_risk(world: World) -> None:
    """EC47: staff gave the parcel up; nothing of it is here, and the customer is paid."""
    order = world.shop.order([SOCKS], shipping="0")
    request = make.in_transit(world.shop, order, {0: 6})
    ReverseDelivery.objects.update(method="pickup", status="lost")
    call = {"id": request["id"], "version": request["version"]}
    request = world.shop.as_clerk(make.RECEIVE, **call).request

    inspected = inspect(world, request, [found(6, "MISSING")]).request

    assert (inspected["status"], inspected["refunds"][0]["amount"]["fen"]) == ("REFUNDING", 2000)


def test_and_nothing_of_it_comes_to_a_rejection(world: World) -> None:
    """EC45: the parcel was empty, and its courier the customer's."""
    request = make.received(world.shop, world.shop.order())

    rejected = inspect(world, request, [found(1, "MISSING")]).request

    assert (rejected["status"], rejected["refunds"]) == ("REJECTED", [])
    assert "APPEAL" in make.actions(
        world.shop.as_li(make.READ, id=request["id"]).data["returnRequest"]
    )
    assert InspectedPieces.objects.get().disposition == ""


OTHERS = {"note": "长" * 301, "warehouseId": "T3JkZXI6MQ=="}


@pytest.mark.parametrize(
    ("pieces", "more", "refusals"),
    [
        ([], {}, [("PIECES_DO_NOT_ADD_UP", "lines.pieces")]),
        ([found(1, "ACCEPTED")], {}, [("PIECES_DO_NOT_ADD_UP", "lines.pieces")]),
        (
            [found(2, "ACCEPTED"), found(1, "MISSING")],
            {},
            [("PIECES_DO_NOT_ADD_UP", "lines.pieces")],
        ),
        ([found(2**31 - 1, "ACCEPTED")] * 2, {}, [("PIECES_DO_NOT_ADD_UP", "lines.pieces")]),
        ([found(1, "MISSING")] * 21, {}, [("TOO_MANY", "lines.pieces")]),
        (
            [found(2, "ACCEPTED")],
            {"acceptedQuantity": 2},
            [("MALFORMED", "lines.acceptedQuantity")],
        ),
        (None, {}, [("REQUIRED", "lines.acceptedQuantity")]),
        (
            [found(0, "ACCEPTED"), found(2, "ACCEPTED", refund=False)],
            {},
            [
                ("QUANTITY_NOT_POSITIVE", "lines.pieces.quantity"),
                ("OUTCOME_DECIDES_REFUND", "lines.pieces.refund"),
            ],
        ),
        (
            [found(2, "WRONG_ITEM", refund=True)],
            {},
            [("OUTCOME_DECIDES_REFUND", "lines.pieces.refund")],
        ),
        (
            [
                found(1, "ACCEPTED", disposition="SEND_BACK"),
                found(1, "MISSING", disposition="WRITE_OFF"),
                found(1, "REFUSED", disposition="RESTOCK"),
            ],
            {},
            [("DISPOSITION_NOT_POSSIBLE", "lines.pieces.disposition")] * 3,
        ),
        (
            [found(2, "REFUSED", **OTHERS)],
            {},
            [("MALFORMED", "lines.pieces.warehouseId"), ("TOO_LONG", "lines.pieces.note")],
        ),
        (
            [found(2, "REFUSED", note="a\x00b")],
            {},
            [("MALFORMED", "lines.pieces.note")],
        ),
    ],
)
def test_and_hear_all_that_is_wrong_with_it(
    world: World,
    pieces: list[dict[str, Any]],
    more: dict[str, Any],
    refusals: list[tuple[str, str]],
) -> None:
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 2})

    with nothing_changes(world):
        answer = inspect(world, request, pieces, **more)

    assert answer.refusals == refusals
    assert {line for error in answer.payload["errors"] for line in error["lines"]} == {
        order.lines[0].id
    }


@pytest.mark.parametrize("accepted", [0, 1])
def test_and_tell_the_customer_why_it_is_less(world: World, accepted: int) -> None:
    """EC48: a code and words, also where only some of it was refused."""
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 2})
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": accepted}]
    call = {"id": request["id"], "version": request["version"], "lines": lines}

    with nothing_changes(world):
        answer = world.shop.as_clerk(make.INSPECT, code=None, **call)

    assert answer.refusals == [("REQUIRED", "rejectionCode")]
