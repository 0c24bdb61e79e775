"""Many approvals at once …"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from saleor_wechat_returns.models import ReturnableOrder, ReturnEvent
from tests import make
from tests.graphql.test_cost import statements
from tests.usecases.timers import row
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import World

MANY = f"""mutation($requests: [ReturnRequestSeenInput!]!) {{
  returnRequestsApprove(requests: $requests) {{
    results {{ id returnRequest {{ id status version }} {make.ERRORS} }} {make.ERRORS} }} }}"""

Row = tuple[str | None, list[str]]


def as_seen(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": r["id"], "expectedVersion": r["version"]} for r in requests]


def rows(payload: dict[str, Any]) -> list[Row]:
    """Status and error codes, in order."""
    assert payload["errors"] == []
    return [
        (
            result["returnRequest"] and result["returnRequest"]["status"],
            [error["code"] for error in result["errors"]],
        )
        for result in payload["results"]
    ]


def requested(world: World, count: int) -> list[dict[str, Any]]:
    return [make.requested(world.shop, world.shop.order()) for _ in range(count)]


def test_decide_each_for_itself_where_some_moved_on(world: World) -> None:
    """EC63: one was canceled, one changed, one is decided, one is another shop's."""
    sound, canceled, changed, decided, last = requested(world, 5)
    wanted = as_seen([sound, canceled, changed, decided, last])
    world.shop.as_li(make.CANCEL, id=canceled["id"], key="a")
    world.shop.as_li(make.UPDATE, id=changed["id"], input={"note": "换个说法"}, key="b")
    world.shop.as_clerk(make.REJECT, id=decided["id"], version=1, why="不符")
    theirs = make.requested(world.other_shop, world.other_shop.order())
    wanted[4:4] = [*as_seen([theirs]), {"id": "bm9uc2Vuc2U=", "expectedVersion": 1}]

    payload = world.shop.as_clerk(MANY, requests=wanted).payload

    assert rows(payload) == [
        ("APPROVED", []),
        ("CANCELED", ["VERSION_CONFLICT"]),
        ("REQUESTED", ["VERSION_CONFLICT"]),
        ("REJECTED", ["VERSION_CONFLICT"]),
        (None, ["NOT_FOUND"]),
        (None, ["NOT_FOUND"]),
        ("APPROVED", []),
    ]
    assert [result["id"] for result in payload["results"]] == [one["id"] for one in wanted]
    assert row(theirs).status == "requested"


def test_approve_once_what_stands_twice_in_the_list(world: World) -> None:
    """EC63."""
    (request,) = requested(world, 1)

    payload = world.shop.as_clerk(MANY, requests=as_seen([request, request])).payload

    assert rows(payload) == [("APPROVED", []), ("APPROVED", ["VERSION_CONFLICT"])]
    assert ReturnEvent.objects.filter(kind="approve").count() == 1


def test_approve_each_once_for_two_members_of_staff(world: World) -> None:
    """EC63: both press the button at the same moment, from both ends of the list."""
    wanted = as_seen(requested(world, 6))
    ask = [partial(world.shop.as_clerk, MANY, requests=r) for r in (wanted, wanted[::-1])]

    answers = together(ask)

    assert ReturnEvent.objects.filter(kind="approve").count() == 6
    codes = [code for answer in answers for _, errors in rows(answer.payload) for code in errors]
    assert codes == ["VERSION_CONFLICT"] * 6


def test_go_on_past_one_that_somebody_holds(world: World) -> None:
    """EC63: its lock is not to be had, so it is BUSY; nothing else waits for it."""
    held, free = requested(world, 2)

    def ask() -> Any:
        return world.shop.as_clerk(MANY, requests=as_seen([held, free])).payload

    with transaction.atomic():
        ReturnableOrder.objects.select_for_update().get(pk=row(held).order_id)
        (payload,) = together([ask])

    assert rows(payload) == [("REQUESTED", ["BUSY"]), ("APPROVED", [])]


def test_pay_what_is_money_alone(world: World) -> None:
    money = make.requested(world.shop, world.shop.order(), kind="REFUND_ONLY")

    payload = world.shop.as_clerk(MANY, requests=as_seen([money])).payload
    world.run()

    assert rows(payload) == [("REFUNDING", [])]
    assert row(money).status == "refunded"


def test_are_for_staff(world: World) -> None:
    wanted = as_seen(requested(world, 1))

    with nothing_changes(world):
        assert world.shop.as_li(MANY, requests=wanted).refusals == [("FORBIDDEN", None)]


@pytest.mark.parametrize(("count", "code"), [(0, "REQUIRED"), (51, "TOO_MANY")])
def test_are_one_to_fifty(world: World, count: int, code: str) -> None:
    wanted = [{"id": "x", "expectedVersion": 1}] * count

    assert world.shop.as_clerk(MANY, requests=wanted).refusals == [(code, "requests")]


def test_read_the_answer_in_a_fixed_number_of_statements(world: World) -> None:
    one = as_seen(requested(world, 1))
    four = as_seen(requested(world, 4))
    connection.ensure_connection()

    first = statements(lambda: world.shop.as_clerk(MANY, requests=one))
    rest = statements(lambda: world.shop.as_clerk(MANY, requests=four))

    assert (rest - first) / 3 <= 14  # of the decision itself
