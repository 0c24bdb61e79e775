"""What staff read of the morning's reconciliation …"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from saleor_wechat_returns.models import Difference, WechatPayment
from tests.usecases.reconciling import DAY, bought, compared, next_morning, number_of
from tests.usecases.unchanged import nothing_changes
from tests.world import MCHID, World

DAYS = """query($first: Int, $after: String) { returnReconciliations(first: $first, after: $after) {
  pageInfo { hasNextPage endCursor }
  edges { node { id day merchantNumber status statusLabel payments paid { fen amount } refunds
    refunded { fen } others openDifferences troubles finishedAt } } } }"""
DIFFERENCES = """query($first: Int, $after: String, $run: ID, $states: [ReturnDifferenceState!]) {
  returnDifferences(first: $first, after: $after, reconciliationId: $run, states: $states) {
  pageInfo { hasNextPage endCursor }
  edges { node { id version day merchantNumber kind kindLabel en: kindLabel(languageCode: EN) state
    stateLabel number ours { fen } theirs { fen } detail explanation explainedAt } } } }"""
EXPLAIN = """mutation($id: ID!, $text: String!, $version: Int!) {
  returnDifferenceExplain(differenceId: $id, explanation: $text, expectedVersion: $version) {
    returnDifference { state stateLabel explanation version day } errors { code field } } }"""


def nodes(answer: Any, field: str) -> list[dict[str, Any]]:
    return [edge["node"] for edge in answer.data[field]["edges"]]


def differing(world: World) -> Any:
    """A day on which every payment differs by one fen, compared."""
    WechatPayment.objects.update(amount_fen=40999)
    next_morning(world)
    return compared(world.shop)


def test_is_each_day_and_what_it_found(world: World) -> None:
    number = number_of(bought(world.shop))
    run = differing(world)

    (day,) = nodes(world.shop.as_clerk(DAYS), "returnReconciliations")
    (found,) = nodes(world.shop.as_clerk(DIFFERENCES, run=day["id"]), "returnDifferences")

    assert day | {"id": "", "finishedAt": ""} == {
        "id": "",
        "day": str(DAY),
        "merchantNumber": MCHID,
        "status": "DONE",
        "statusLabel": "已对账",
        "payments": 1,
        "paid": {"fen": 41000, "amount": "410.00"},
        "refunds": 0,
        "refunded": {"fen": 0},
        "others": 0,
        "openDifferences": 1,
        "troubles": [],
        "finishedAt": "",
    }
    assert run.finished_at.isoformat() == day["finishedAt"]
    assert found | {"id": ""} == {
        "id": "",
        "version": 1,
        "day": str(DAY),
        "merchantNumber": MCHID,
        "kind": "PAYMENT_AMOUNT_DIFFERS",
        "kindLabel": "收款金额不一致:请核对订单与商户平台",
        "en": "The amounts of the payment differ: compare the order with the merchant portal",
        "state": "OPEN",
        "stateLabel": "待处理",
        "number": number,
        "ours": {"fen": 40999},
        "theirs": {"fen": 41000},
        "detail": "",
        "explanation": "",
        "explainedAt": None,
    }


def test_is_of_the_shop_and_for_staff(world: World) -> None:
    bought(world.shop)
    differing(world)

    assert nodes(world.other_shop.as_clerk(DAYS), "returnReconciliations") == []
    assert nodes(world.other_shop.as_clerk(DIFFERENCES), "returnDifferences") == []
    for query in (DAYS, DIFFERENCES):
        customer = world.shop.as_li(query)
        assert customer.body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("query", [DAYS, DIFFERENCES])
def test_is_read_page_by_page(world: World, query: str) -> None:
    bought(world.shop)
    bought(world.shop)
    differing(world)
    world.clock.forward(days=1)
    compared(world.shop, DAY + timedelta(days=1))
    (field,) = world.shop.as_clerk(query).data

    first = world.shop.as_clerk(query, first=1).data[field]
    rest = world.shop.as_clerk(query, after=first["pageInfo"]["endCursor"]).data[field]

    every = nodes(world.shop.as_clerk(query), field)
    assert [edge["node"] for edge in (*first["edges"], *rest["edges"])] == every
    assert len(every) == 2
    assert [page["pageInfo"]["hasNextPage"] for page in (first, rest)] == [True, False]


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"first": 101}, "TOO_MANY", "first"),
        ({"first": 0}, "MALFORMED", "first"),
        ({"after": "nonsense"}, "MALFORMED", "after"),
        ({"run": "nonsense"}, "MALFORMED", "reconciliationId"),
    ],
)
def test_is_refused(world: World, asked: dict[str, Any], code: str, field: str) -> None:
    refused = world.shop.as_clerk(DIFFERENCES, **asked)

    assert refused.body["errors"][0]["extensions"] == {"code": code, "field": field}


def test_is_explained_and_stays_so(world: World) -> None:
    bought(world.shop)
    run = differing(world)
    (found,) = nodes(world.shop.as_clerk(DIFFERENCES), "returnDifferences")

    said = world.shop.as_clerk(EXPLAIN, id=found["id"], text=" a coupon of ours ", version=1)
    compared(world.shop)

    assert said.payload["errors"] == []
    assert said.payload["returnDifference"] == {
        "state": "EXPLAINED",
        "stateLabel": "已说明",
        "explanation": "a coupon of ours",
        "version": 2,
        "day": str(DAY),
    }
    (row,) = Difference.objects.all()
    assert (row.state, row.explanation, row.turn) == ("explained", "a coupon of ours", 2)
    assert row.explained_by == world.shop.clerk.id
    assert nodes(world.shop.as_clerk(DIFFERENCES, states=["OPEN"]), "returnDifferences") == []
    (day,) = nodes(world.shop.as_clerk(DAYS), "returnReconciliations")
    assert (day["openDifferences"], run.pk) == (0, row.reconciliation_id)


def test_is_open_again_once_its_amounts_are_others(world: World) -> None:
    """What was said explains the amounts that were there."""
    bought(world.shop)
    differing(world)
    (found,) = nodes(world.shop.as_clerk(DIFFERENCES), "returnDifferences")
    world.shop.as_clerk(EXPLAIN, id=found["id"], text="one fen, rounded", version=1)
    WechatPayment.objects.update(amount_fen=1)

    for _ in range(2):
        compared(world.shop)
        (row,) = Difference.objects.all()
        assert (row.state, row.explanation) == ("open", "one fen, rounded")

    said = world.shop.as_clerk(EXPLAIN, id=found["id"], text="a typo", version=row.version)
    compared(world.shop)
    assert said.payload["returnDifference"]["state"] == "EXPLAINED"
    assert Difference.objects.get().state == "explained"


@pytest.mark.parametrize(
    ("text", "version", "refusal"),
    [
        ("", 1, ("REQUIRED", "explanation")),
        ("x" * 1001, 1, ("TOO_LONG", "explanation")),
        ("a\0b", 1, ("MALFORMED", "explanation")),
        ("why", 7, ("VERSION_CONFLICT", "expectedVersion")),
    ],
)
def test_is_not_explained(world: World, text: str, version: int, refusal: tuple[str, str]) -> None:
    bought(world.shop)
    differing(world)
    (found,) = nodes(world.shop.as_clerk(DIFFERENCES), "returnDifferences")

    with nothing_changes(world):
        said = world.shop.as_clerk(EXPLAIN, id=found["id"], text=text, version=version)

    assert said.refusals == [refusal]


def test_is_not_another_shops_or_a_customers_to_explain(world: World) -> None:
    bought(world.shop)
    differing(world)
    (found,) = nodes(world.shop.as_clerk(DIFFERENCES), "returnDifferences")
    wanted = {"id": found["id"], "text": "why", "version": 1}

    with nothing_changes(world):
        assert world.other_shop.as_clerk(EXPLAIN, **wanted).refusals == [
            ("NOT_FOUND", "differenceId")
        ]
        assert world.shop.as_li(EXPLAIN, **wanted).refusals == [("FORBIDDEN", None)]
        nowhere = world.shop.as_clerk(EXPLAIN, **{**wanted, "id": "nonsense"})
        assert nowhere.refusals == [("NOT_FOUND", "differenceId")]
