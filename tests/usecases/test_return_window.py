"""How long a delivered piece may be returned, and for what; refusals agree with the answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from saleor_wechat_returns.models import OutboundDelivery, ReturnableOrder, ReturnLine
from saleor_wechat_returns.sandbox.saleor import LineSpec
from saleor_wechat_returns.usecases.policies import rules_of, write_rules
from tests import evidence, make
from tests.usecases.allowed import (
    FAULTS,
    NO_FAULTS,
    answer,
    answers,
    codes,
    one_hoodie,
    refusals,
    with_rules,
)
from tests.world import World

# Monday 23 November 2026, 10:00 in Shanghai.
SIGNED = "2026-11-23T09:30:00+08:00"


def sign(order: Any, when: str = SIGNED, *, private: bool = False) -> None:
    (fulfillment,) = order.fulfillments
    metadata = fulfillment.private_metadata if private else fulfillment.metadata
    metadata["signed_at"] = when


@pytest.mark.parametrize("private", [False, True])
def test_begins_on_the_day_after_the_signing(world: World, private: bool) -> None:
    """EC52"""
    order = one_hoodie(world)
    sign(order, private=private)

    line = answer(world, order)

    found = {r["reason"]["code"]: r for r in line["reasons"]}
    assert found["no_reason_seven_days"]["lastDay"] == "2026-11-30"
    assert found["no_reason_seven_days"]["returnableUntil"] == "2026-11-30T16:00:00+00:00"
    assert found["quality_defect"]["lastDay"] == "2026-12-08"
    assert (line["lastDay"], line["isReckoned"]) == ("2026-12-08", False)


@pytest.mark.parametrize(
    ("until_midnight", "refused"),
    [(timedelta(microseconds=1), []), (timedelta(0), [("WINDOW_PASSED", "lines.orderLineId")])],
    ids=["the last moment", "midnight"],
)
def test_ends_at_midnight_in_the_shops_time_zone(
    world: World, until_midnight: timedelta, refused: list[tuple[str, str]]
) -> None:
    """EC52"""
    order = one_hoodie(world)
    sign(order)
    world.clock.now = datetime(2026, 11, 30, 16, 0, tzinfo=UTC) - until_midnight

    wanted = make.wanted(order)
    asked = world.shop.as_li(make.CREATE, input=wanted, key=make.key())

    assert asked.refusals == refused


def test_is_reckoned_from_the_dispatch_where_nobody_told_of_the_signing(world: World) -> None:
    """EC53"""
    line = answer(world, one_hoodie(world))

    assert line["isReckoned"] is True
    assert line["reasons"][0]["lastDay"] == "2026-12-05"  # sent on the 23rd, five days more


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "1795397399000"])
def test_takes_what_is_no_time_for_unknown(world: World, text: str) -> None:
    """EC53"""
    order = one_hoodie(world)
    sign(order, text)

    assert answer(world, order)["isReckoned"] is True


def test_goes_by_what_we_were_told_ourselves_before_metadata(world: World) -> None:
    order = one_hoodie(world)
    sign(order)
    answer(world, order)
    OutboundDelivery.objects.create(
        shop=world.shop.row,
        order=ReturnableOrder.objects.get(),
        fulfillment_id=order.fulfillments[0].id,
        signed_at=datetime(2026, 11, 26, 1, tzinfo=UTC),
    )

    assert answer(world, order)["reasons"][0]["lastDay"] == "2026-12-03"


def test_never_counts_from_the_order(world: World) -> None:
    order = one_hoodie(world, fulfilled=None)
    world.clock.forward(days=40)

    line = answer(world, order)

    assert (line["lastDay"], line["refundableQuantity"], line["returnableQuantity"]) == (None, 2, 0)
    assert make.requested(world.shop, order, kind="REFUND_ONLY")["status"] == "REQUESTED"


def test_once_over_leaves_the_reasons_with_a_longer_one(world: World) -> None:
    order = one_hoodie(world)
    sign(order)
    world.clock.forward(days=9)

    line = answer(world, order)

    assert codes(line) == FAULTS
    assert line["obstacles"] == [
        {
            "code": "WINDOW_PASSED",
            "label": "已超过可申请期限",
            "en": "The return window has passed",
            "reasons": NO_FAULTS,
        }
    ]
    assert refusals(world, order) == [("WINDOW_PASSED", "lines.orderLineId")]
    made = make.requested(world.shop, order, **evidence.of_fault(world.shop))
    assert made["status"] == "REQUESTED"


def test_once_over_for_every_reason_says_so(world: World) -> None:
    order = one_hoodie(world)
    sign(order)
    world.clock.forward(days=30)

    line = answer(world, order)

    assert (line["reasons"], line["kinds"], line["returnableQuantity"]) == ([], [], 0)
    assert [obstacle["code"] for obstacle in line["obstacles"]] == ["WINDOW_PASSED"]


def test_tells_reasons_with_freight_and_evidence(world: World) -> None:
    line = answer(world, one_hoodie(world))

    reasons = {found["reason"]["code"]: found["reason"] for found in line["reasons"]}
    assert reasons["quality_defect"] == {
        "code": "quality_defect",
        "label": "质量问题(破损/脱线/污渍)",
        "freightPayer": "MERCHANT",
        "evidence": [{"shows": "DAMAGE", "count": 1}, {"shows": "LABEL", "count": 1}],
    }
    assert reasons["no_reason_seven_days"]["freightPayer"] == "CUSTOMER"
    assert reasons["no_reason_seven_days"]["evidence"] == []


def test_shows_the_way_to_another_size(world: World) -> None:
    order = one_hoodie(world)

    found = {r["reason"]["code"]: r["reorder"] for r in answer(world, order)["reasons"]}

    variant = order.lines[0].variant
    assert found["size_does_not_fit"] == {"productId": variant.product.id, "variantId": variant.id}
    assert found["changed_mind"] is None


# --- several parcels


def two_parcels(world: World) -> Any:
    """Four hoodies: two signed for on the 23rd, two a week later, when it is now."""
    order = world.shop.order([LineSpec("卫衣", "M", "H-M", 4, "199.00")], fulfilled={"H-M": 2})
    sign(order)
    world.clock.forward(days=9)
    fulfil = """mutation($order: ID!, $line: ID!, $where: ID!) { orderFulfill(order: $order,
      input: {lines: [{orderLineId: $line, stocks: [{quantity: 2, warehouse: $where}]}]}) {
      errors { code } } }"""
    token = world.shop.app.auth_token
    variables = {
        "order": order.id,
        "line": order.lines[0].id,
        "where": world.shop.saleor.world.default_warehouse_id,
    }
    status, body = world.shop.saleor.answer(
        f"Bearer {token}", json.dumps({"query": fulfil, "variables": variables}).encode()
    )
    assert (status, json.loads(body)["data"]) == (200, {"orderFulfill": {"errors": []}})
    return order


def test_is_of_each_parcel(world: World) -> None:
    order = two_parcels(world)

    (line,) = answers(world, order)

    found = {r["reason"]["code"]: r["returnableQuantity"] for r in line["reasons"]}
    assert found["no_reason_seven_days"] == 2
    assert found["quality_defect"] == 4
    assert line["returnableQuantity"] == 4
    assert refusals(world, order, quantities={0: 3}) == [("WINDOW_PASSED", "lines.orderLineId")]


def test_cannot_be_got_around_by_asking_for_a_few_at_a_time(world: World) -> None:
    order = two_parcels(world)
    make.requested(world.shop, order, {0: 2})

    assert refusals(world, order) == [("WINDOW_PASSED", "lines.orderLineId")]


def test_of_a_new_piece_stays_while_an_old_one_is_under_a_longer_one(world: World) -> None:
    order = two_parcels(world)
    make.requested(world.shop, order, {0: 2}, **evidence.of_fault(world.shop))

    made = make.requested(world.shop, order, {0: 2}, reason="no_reason_seven_days")

    assert made["status"] == "REQUESTED"
    old, new = (fulfillment.id for fulfillment in order.fulfillments)
    assert [line.parcels for line in ReturnLine.objects.order_by("id")] == [{old: 2}, {new: 2}]


def test_of_the_others_stays_when_a_return_is_recorded(world: World) -> None:
    order = two_parcels(world)
    old, new = order.fulfillments
    make.inspected(world.shop, order, {0: 1}, reason="no_reason_seven_days")

    world.run()

    assert [sum(line.quantity for line in f.lines) for f in (old, new)] == [2, 1]
    assert refusals(world, order, quantities={0: 2}) == [("WINDOW_PASSED", "lines.orderLineId")]


# --- while a request is open


def test_counts_to_the_day_of_the_request_when_it_is_changed(world: World) -> None:
    order = one_hoodie(world)
    sign(order)
    request = make.requested(world.shop, order, {0: 1})
    world.clock.forward(days=9)

    def change(**changes: Any) -> Any:
        return world.shop.as_li(make.UPDATE, id=request["id"], input=changes, key=make.key())

    assert change(reason="changed_mind").request["reason"] == "changed_mind"
    lines = [{"orderLineId": order.lines[0].id, "quantity": 2}]
    assert change(lines=lines).refusals == [("WINDOW_PASSED", "lines.orderLineId")]


def test_of_an_open_request_is_as_it_was_made(world: World) -> None:
    """EC55"""
    order = one_hoodie(world)
    request = make.requested(world.shop, order, {0: 1})
    reasons = write_rules(rules_of(None))["reasons"]
    with_rules(world, reasons=[r for r in reasons if r["code"] != "size_does_not_fit"])

    label = "query($id: ID) { returnRequest(id: $id) { reasonLabel freightPayer } }"
    seen = world.shop.as_li(label, id=request["id"]).data["returnRequest"]
    changed = world.shop.as_li(
        make.UPDATE, id=request["id"], input={"note": "还是太小"}, key=make.key()
    )

    assert seen == {"reasonLabel": "尺码不合", "freightPayer": "CUSTOMER"}
    assert changed.request["note"] == "还是太小"
    wanted = make.wanted(order)
    assert world.shop.as_li(make.CREATE, input=wanted, key=make.key()).refusals == [
        ("REASON_UNKNOWN", "reason")
    ]
