"""What a real Saleor shows of a return: its stock, its history, its metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import F

from saleor_wechat_returns import clock
from saleor_wechat_returns.models import ReturnRequest, StockChange
from saleor_wechat_returns.tasks import show_returns
from saleor_wechat_returns.usecases.policies import latest_of, rules_of
from saleor_wechat_returns.usecases.policy_versions import keep_rules
from tests import make
from tests.live import walk
from tests.live.live_shop import LiveOrder, LiveShop
from tests.live.real_saleor import wait_until

# What was lost is looked for after a minute.
LOST_SECONDS = 120
STOCKS = """query($id: ID!) { order(id: $id) { lines { id variant { id } } } }"""
VARIANT = """query($id: ID!) { productVariant(id: $id) {
  stocks { warehouse { id } quantity } } }"""
SHOWN = """query($id: ID!) { order(id: $id) {
  events { type message } metafields(keys: ["wechat_returns"]) } }"""


@pytest.fixture
def restocking(shop: LiveShop) -> Iterator[LiveShop]:
    """The shop's rules put accepted pieces into stock while the test runs."""
    _set_restock(shop, on=True)
    yield shop
    _set_restock(shop, on=False)


def test_takes_accepted_pieces_back_once(restocking: LiveShop) -> None:
    """Recording a return does not do it, so the pieces are in stock once."""
    shop = restocking
    order = shop.order([2])
    variant, before = _stocks(shop, order)
    warehouse = next(iter(before))
    shop.way.lose_answer_to("SetStock")

    request = _inspect(shop, order, warehouse)
    shop.work_until_counted(request)
    mine = StockChange.objects.filter(pieces__line__request__number=request["number"])
    wait_until(mine.filter(status="done").exists, seconds=LOST_SECONDS, meanwhile=shop.work)

    change = mine.get()
    assert change.variant_id == variant
    assert (change.before, change.after) == (before[warehouse], before[warehouse] + 1)
    assert _stocks(shop, order)[1] == before | {warehouse: before[warehouse] + 1}
    assert shop.way.lost == ["SetStock"]


def test_shows_it_in_history_and_metadata_once(shop: LiveShop) -> None:
    order = shop.order([1])
    shop.way.lose_answer_to("AddOrderNote")
    request = walk.inspected(shop, order)
    shop.work_until_counted(request)

    mine = ReturnRequest.objects.filter(number=request["number"])
    for _ in range(2):
        show_returns()
        shown = mine.filter(shown_status=F("status"))
        wait_until(shown.exists, seconds=LOST_SECONDS, meanwhile=shop.work)
        mine.update(shown_status="")

    seen = shop.saleor.as_staff(SHOWN, id=order.id)["order"]
    number = request["number"]
    notes = [event["message"] for event in seen["events"] if event["type"] == "NOTE_ADDED"]
    assert sorted(notes) == sorted(
        [f"售后单 {number}:提交申请 (Return requested)", f"售后单 {number}:已退款 (Refunded)"]
    )
    assert json.loads(seen["metafields"]["wechat_returns"]) == {
        "returns": [{"number": number, "status": "refunded"}]
    }


def _inspect(shop: LiveShop, order: LiveOrder, warehouse: str) -> dict[str, Any]:
    request = walk.received(shop, order, {0: 1})
    pieces = [{"quantity": 1, "outcome": "ACCEPTED", "warehouseId": warehouse}]
    lines = [{"orderLineId": order.lines[0].id, "pieces": pieces}]
    answer = shop.as_clerk(make.INSPECT, id=request["id"], version=request["version"], lines=lines)
    return answer.request


def _stocks(shop: LiveShop, order: LiveOrder) -> tuple[str, dict[str, int]]:
    """The first line's variant, and its pieces by warehouse."""
    lines = shop.saleor.as_staff(STOCKS, id=order.id)["order"]["lines"]
    (variant,) = [it["variant"]["id"] for it in lines if it["id"] == order.lines[0].id]
    found = shop.saleor.as_staff(VARIANT, id=variant)["productVariant"]["stocks"]
    return variant, {stock["warehouse"]["id"]: stock["quantity"] for stock in found}


def _set_restock(shop: LiveShop, *, on: bool) -> None:
    policy = latest_of(shop.row, "")
    rules = replace(rules_of(policy), restock=on)
    version = policy.version if policy else 0
    keep_rules(shop.row, "", rules, expected_version=version, now=clock.now())
