"""Accepted pieces in Saleor's stock …"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from saleor_wechat_returns.models import InspectedPieces, StockChange
from saleor_wechat_returns.models.base import new_id
from saleor_wechat_returns.outbox import alone
from saleor_wechat_returns.sandbox.saleor import LineSpec
from saleor_wechat_returns.usecases.restock import RESTOCK, restock
from tests import make
from tests.usecases import dashboard
from tests.usecases.allowed import with_rules
from tests.usecases.transports import overtaken_by
from tests.world import HOODIE, Answer, World

FAULTS = ("timeout_before", "timeout_after_accept", "http_500", "http_500_after_accept")
STEPS = {"line": "order", "stock": "productVariant", "set": "productVariantStocksUpdate"}
SETTLE_TASK = """mutation($id: ID!) { returnTaskSettle(taskId: $id, note: "已在 Saleor 调整") {
  returnTask { closedAt } errors { code } } }"""
TASKS = "{ returnTasks { id kind canBeSettled } }"


def in_stock(
    world: World, pieces: int = 10, lines: list[LineSpec] | None = None
) -> tuple[Any, Any]:
    """An order, and its hoodie's stock in the one warehouse; the rules restock."""
    with_rules(world, restock=True)
    order = world.shop.order(lines)
    variant = order.lines[0].variant
    variant.stocks[warehouse(world)] = pieces
    return order, variant


def warehouse(world: World) -> str:
    return str(world.shop.saleor.world.default_warehouse_id)


def inspect(world: World, order: Any, *pieces: dict[str, Any]) -> dict[str, Any]:
    """All hoodies came back, and were found to be these; agreed to where it is less."""
    request = make.received(world.shop, order, {0: order.lines[0].quantity})
    found = pieces or ({"quantity": 2, "outcome": "ACCEPTED", "warehouseId": warehouse(world)},)
    lines = [{"orderLineId": order.lines[0].id, "pieces": list(found)}]
    answer: Answer = world.shop.as_clerk(
        make.INSPECT, id=request["id"], version=request["version"], lines=lines
    )
    return answer.request


def kinds(world: World, request: dict[str, Any]) -> list[str]:
    return [kind for kind, _ in make.tasks(world.shop, request)]


def work_but_leave_stock(world: World) -> None:
    """All that is due, but for the stock: somebody else has its lease."""
    shop = world.shop.row
    with alone(RESTOCK, new_id(), shop=shop, key=f"stock:{shop.pk}"):
        world.work()


def test_are_added_once_the_return_is_recorded(world: World) -> None:
    order, variant = in_stock(world)
    request = inspect(world, order)

    world.run()

    assert variant.stocks == {warehouse(world): 12}
    change = StockChange.objects.get()
    assert (change.status, change.before, change.after) == ("done", 10, 12)
    (event,) = [e for e in make.read(world.shop, request)["events"] if e["kind"] == "restocked"]
    assert event["actor"] == "SYSTEM"
    shown = world.shop.as_li(make.READ, id=request["id"]).data["returnRequest"]["events"]
    assert "restocked" not in [event["kind"] for event in shown]


def test_are_left_alone_as_shipped(world: World) -> None:
    order = world.shop.order()

    inspect(world, order)
    world.run()

    assert not StockChange.objects.exists()
    assert world.shop.saleor.calls_of("productVariantStocksUpdate") == []


def test_are_only_those_that_are_fit_for_it(world: World) -> None:
    order, variant = in_stock(world)
    here = warehouse(world)
    request = inspect(
        world,
        order,
        {"quantity": 1, "outcome": "ACCEPTED", "warehouseId": here},
        {"quantity": 1, "outcome": "ACCEPTED", "disposition": "WRITE_OFF"},
    )

    world.run()

    assert (request["status"], variant.stocks) == ("REFUNDING", {here: 11})


def test_wait_until_the_customer_agrees(world: World) -> None:
    """Until then the inspection may be looked at anew."""
    order, variant = in_stock(world)
    here = warehouse(world)
    request = inspect(
        world,
        order,
        {"quantity": 1, "outcome": "ACCEPTED", "warehouseId": here},
        {"quantity": 1, "outcome": "REFUSED"},
    )
    world.run()
    assert (request["status"], variant.stocks) == ("INSPECTED", {here: 10})

    make.accept(world.shop, make.read_talk(world.shop, request))
    world.run()

    assert variant.stocks == {here: 11}


@pytest.mark.parametrize(
    ("step", "fault"),
    [("line", "timeout_before"), ("stock", "http_500"), *(("set", fault) for fault in FAULTS)],
)
def test_is_done_once_whatever_became_of_a_call(world: World, step: str, fault: str) -> None:
    order, variant = in_stock(world)
    inspect(world, order)
    work_but_leave_stock(world)
    world.shop.saleor.faults.add(fault, STEPS[step])

    world.run(minutes=30)

    assert world.shop.saleor.faults.take([STEPS[step]]) is None
    assert variant.stocks == {warehouse(world): 12}


def test_are_not_added_to_what_a_canceled_parcel_put_there(world: World) -> None:
    """EC13: Saleor puts the pieces back as staff cancel the parcel; only they can mend it."""
    order, variant = in_stock(world)
    request = inspect(world, order)
    dashboard.cancel_shipment(world.shop, order)
    variant.stocks[warehouse(world)] = 12  # Saleor's own doing

    world.run()

    assert "RETURN_NOT_RECORDED" in kinds(world, request)
    assert variant.stocks == {warehouse(world): 12}
    assert not StockChange.objects.exists()


@pytest.mark.parametrize("who", ["an order that was canceled", "staff who recorded the return"])
def test_is_for_staff_where_saleor_may_have_them_already(world: World, who: str) -> None:
    """EC8, EC10: no return of ours proves that they are not in stock yet."""
    order, variant = in_stock(world)
    request = inspect(world, order)
    if who == "an order that was canceled":
        order.status = "CANCELED"
    else:
        dashboard.return_pieces(world.shop, order, {0: 2})
        world.run(minutes=1)
        assert make.retry(world.shop, request, adopt=True).refusals == []

    world.run()

    (task,) = make.tasks(world.shop, request)
    assert task[0] == "RESTOCK_FAILED"
    assert task[1].startswith("2 of 连帽卫衣 Hoodie M: MAYBE_IN_STOCK: ")
    assert variant.stocks == {warehouse(world): 10}
    assert make.read(world.shop, request)["status"] == "REFUNDED"


@pytest.mark.parametrize("pieces", [10, 12], ids=["before it was set", "after it was set"])
def test_are_added_once_although_the_worker_died(world: World, pieces: int) -> None:
    """It had written down what it was about to ask for."""
    order, variant = in_stock(world)
    inspect(world, order)
    work_but_leave_stock(world)
    StockChange.objects.update(status="asked", variant_id=variant.id, before=10, after=12)
    variant.stocks[warehouse(world)] = pieces

    world.run()

    assert variant.stocks == {warehouse(world): 12}
    assert StockChange.objects.get().status == "done"


def test_of_two_returns_at_once_are_both_added(world: World) -> None:
    """Of the first nobody knows whether it was heard; the second must not look like it."""
    order, variant = in_stock(world)
    inspect(world, order)
    world.shop.saleor.faults.add("http_500", STEPS["set"])
    world.work()
    assert StockChange.objects.get().status == "asked"

    inspect(world, world.shop.order())
    world.work()
    world.run(minutes=30)

    assert variant.stocks == {warehouse(world): 14}
    assert set(StockChange.objects.values_list("status", flat=True)) == {"done"}


def test_counts_anew_what_never_arrived(world: World) -> None:
    """Pieces were sold before the next try."""
    order, variant = in_stock(world)
    inspect(world, order)
    world.shop.saleor.faults.add("timeout_before", STEPS["set"])
    world.work()
    assert StockChange.objects.get().status == "due"
    variant.stocks[warehouse(world)] = 7

    world.run()

    assert variant.stocks == {warehouse(world): 9}


def test_is_not_counted_anew_while_an_earlier_number_may_still_be_heard(world: World) -> None:
    """The second try is not heard for sure, but the first comes through after all."""
    order, variant = in_stock(world)
    inspect(world, order)
    for fault in ("http_500", "timeout_before"):
        world.shop.saleor.faults.add(fault, STEPS["set"])
    world.work()
    world.clock.forward(minutes=2)
    world.work()
    variant.stocks[warehouse(world)] = 12

    world.run()

    assert variant.stocks == {warehouse(world): 12}
    assert StockChange.objects.get().status == "done"


def test_is_left_to_whoever_was_faster(world: World) -> None:
    """A worker comes back to life after its lease: what it read is no longer true."""
    order, variant = in_stock(world)
    request = inspect(world, order)
    work_but_leave_stock(world)
    change = StockChange.objects.get()

    def meanwhile() -> None:
        restock(change.pk)
        variant.stocks[warehouse(world)] -= 1  # sold

    with overtaken_by(world.shop, meanwhile, b"VariantStock"):
        restock(change.pk)

    assert variant.stocks == {warehouse(world): 11}
    told = [e["kind"] for e in make.read(world.shop, request)["events"]]
    assert told.count("restocked") == 1
    assert kinds(world, request) == []


def test_tells_staff_of_every_piece_that_failed(world: World) -> None:
    order, _ = in_stock(world)
    request = make.received(world.shop, order, {0: 1, 1: 2})
    lines = [
        {"orderLineId": order.lines[at].id, "acceptedQuantity": pieces}
        for at, pieces in ((0, 1), (1, 2))
    ]
    world.shop.as_clerk(make.INSPECT, id=request["id"], version=request["version"], lines=lines)

    world.run()

    (task,) = make.tasks(world.shop, request)
    assert task == (
        "RESTOCK_FAILED",
        "1 of 连帽卫衣 Hoodie M: NO_WAREHOUSE: no warehouse is named; "
        "2 of T恤 T-shirt S: NO_WAREHOUSE: no warehouse is named",
    )


def test_that_does_not_come_to_an_end_is_put_before_staff(world: World) -> None:
    order, variant = in_stock(world)
    request = inspect(world, order)
    world.shop.saleor.faults.add("http_500", STEPS["stock"], times=12)

    world.run(minutes=30)
    assert kinds(world, request) == ["STUCK"]
    world.run(minutes=60)

    assert (kinds(world, request), variant.stocks) == ([], {warehouse(world): 12})


def test_is_for_staff_where_the_stock_moved_meanwhile(world: World) -> None:
    """Nobody can tell any more whether the lost answer was a yes: setting it would undo a sale."""
    order, variant = in_stock(world)
    request = inspect(world, order)
    world.shop.saleor.faults.add("timeout_after_accept", STEPS["set"])
    world.work()
    variant.stocks[warehouse(world)] = 11  # one of the twelve was sold

    world.run()

    (detail,) = [text for kind, text in make.tasks(world.shop, request)]
    assert detail == ("2 of 连帽卫衣 Hoodie M: STOCK_MOVED: 10 should have become 12, and it is 11")
    assert variant.stocks == {warehouse(world): 11}


def test_is_for_staff_where_saleor_refuses(world: World) -> None:
    order, variant = in_stock(world)
    request = inspect(
        world, order, {"quantity": 2, "outcome": "ACCEPTED", "warehouseId": "V2FyZWhvdXNlOjk="}
    )
    variant.stocks["V2FyZWhvdXNlOjk="] = 5

    world.run()

    assert kinds(world, request) == ["RESTOCK_FAILED"]
    (task,) = world.shop.as_clerk(TASKS).data["returnTasks"]
    assert task["canBeSettled"]
    world.shop.as_clerk(SETTLE_TASK, id=task["id"])
    assert (kinds(world, request), make.read(world.shop, request)["status"]) == ([], "REFUNDED")


GONE = {
    "no warehouse is named": (lambda world, variant: None, {"warehouseId": ""}, "NO_WAREHOUSE"),
    "it has no stock there": (lambda world, variant: variant.stocks.clear(), {}, "NO_STOCK"),
}


@pytest.mark.parametrize(("happens", "changes", "code"), GONE.values(), ids=GONE.keys())
def test_is_for_staff_where(world: World, happens: Any, changes: Any, code: str) -> None:
    """No stock is made by a guess."""
    order, variant = in_stock(world)
    happens(world, variant)
    pieces = {"quantity": 2, "outcome": "ACCEPTED", "warehouseId": warehouse(world)} | changes

    request = inspect(world, order, pieces)
    world.run()

    ((kind, detail),) = make.tasks(world.shop, request)
    assert (kind, code in detail) == ("RESTOCK_FAILED", True)
    assert world.shop.saleor.calls_of("productVariantStocksUpdate") == []


def test_is_for_staff_where_the_variant_was_deleted(world: World) -> None:
    """EC15"""
    order, _ = in_stock(world)
    request = inspect(world, order)
    order.lines[0].variant = None

    world.run()

    assert kinds(world, request) == ["RESTOCK_FAILED"]


def test_are_all_named_where_several_are_for_staff(world: World) -> None:
    """In one task, as far as there is room; whoever settles it knows of each."""
    order, variant = in_stock(world, lines=[replace(HOODIE, quantity=10)])
    variant.stocks.clear()
    nowhere = {"quantity": 2, "outcome": "ACCEPTED", "warehouseId": ""}
    empty = {"quantity": 1, "outcome": "ACCEPTED", "warehouseId": warehouse(world)}

    request = inspect(world, order, nowhere, *[empty] * 8)
    world.run()

    ((kind, detail),) = make.tasks(world.shop, request)
    goods, missing = "连帽卫衣 Hoodie M", "NO_STOCK: no stock in that warehouse"
    told = [f"2 of {goods}: NO_WAREHOUSE: no warehouse is named", *[f"1 of {goods}: {missing}"] * 8]
    assert kind == "RESTOCK_FAILED"
    assert (detail, len(detail)) == ("; ".join(told)[:499] + "…", 500)


def test_is_asked_for_once_for_the_same_pieces(world: World) -> None:
    order, variant = in_stock(world)
    inspect(world, order)

    world.run()
    world.run()

    assert StockChange.objects.count() == InspectedPieces.objects.count() == 1
    assert len(world.shop.saleor.calls_of("productVariantStocksUpdate")) == 1
    assert variant.stocks == {warehouse(world): 12}
