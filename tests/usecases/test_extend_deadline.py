"""More time …"""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests import make
from tests.usecases.stages import at
from tests.usecases.timers import EXTEND, deadlines, follow, row, seen, strike
from tests.world import STARTS_AT, Answer, World

WEEK = timedelta(days=7)


def extend(ask: Any, request: dict[str, Any], **given: Any) -> Answer:
    answer: Answer = ask(EXTEND, id=request["id"], **{"reason": "出差", **given})
    return answer


def actions(ask: Any, request: dict[str, Any]) -> set[str]:
    return {action["action"] for action in seen(ask, request)["availableActions"]}


def test_is_given_once_by_staff(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    assert "EXTEND_DEADLINE" in actions(world.shop.as_clerk, request)

    extend(world.shop.as_clerk, request, version=2).request  # noqa: B018

    after = seen(world.shop.as_li, request)
    told = after["deadline"]
    assert told["dueAt"] == (STARTS_AT + WEEK + timedelta(hours=72)).isoformat()
    assert (told["isExtended"], told["extensionReason"]) == (True, "出差")
    assert after["events"][-1]["label"] == "时限已延长至 2026-12-03 10:00:出差"
    for ask in (world.shop.as_li, world.shop.as_clerk):
        assert "EXTEND_DEADLINE" not in actions(ask, request)
    again = extend(world.shop.as_clerk, request, version=3)
    assert again.refusals == [("DEADLINE_EXTENDED_ALREADY", "id")]
    by_customer = extend(world.shop.as_li, request, key="k")
    assert by_customer.refusals == [("DEADLINE_EXTENDED_ALREADY", "id")]
    assert row(request).version == 3


def test_is_taken_once_by_the_customer_and_a_repeat_is_the_same(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    first = extend(world.shop.as_li, request, key="tap").request
    second = extend(world.shop.as_li, request, key="tap").request

    assert (first["version"], second["version"]) == (3, 3)
    assert extend(world.shop.as_li, request, key="another").refusals == [
        ("DEADLINE_EXTENDED_ALREADY", "id")
    ]


def test_reminds_and_ends_later(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    strike(world, days=5)
    extend(world.shop.as_li, request, key="tap")

    assert strike(world, hours=71) == 0
    assert strike(world, hours=1) == 1  # the reminder again
    assert strike(world, hours=47) == 0
    assert strike(world, hours=1) == 1

    assert row(request).status == "canceled"


def test_counts_anew_for_the_next_stay(world: World) -> None:
    request = at("AWAITING_CUSTOMER", world, world.shop.order())
    extend(world.shop.as_li, request, key="first")
    version = row(request).version
    approved = world.shop.as_clerk(make.APPROVE, id=request["id"], version=version).request

    assert extend(world.shop.as_li, approved, key="second").request["status"] == "APPROVED"


@pytest.mark.parametrize("stage", ["REQUESTED", "IN_TRANSIT", "RECEIVED", "REFUNDING", "CANCELED"])
def test_is_not_for_what_the_customer_does_not_do(world: World, stage: str) -> None:
    request = at(stage, world, world.shop.order())
    before = [(d.due_at, d.extended_at) for d in deadlines(request)]
    version = row(request).version

    staff = extend(world.shop.as_clerk, request, version=version)
    customer = extend(world.shop.as_li, request, key="k")

    assert staff.refusals == customer.refusals == [("MOVE_NOT_ALLOWED", "id")]
    assert [(d.due_at, d.extended_at) for d in deadlines(request)] == before
    assert row(request).version == version


def test_comes_too_late_at_the_second_it_is_over(world: World) -> None:
    request = at("REJECTED", world, world.shop.order())
    world.clock.forward(days=7)

    answer = extend(world.shop.as_li, request, key="k")

    assert answer.refusals == [("DEADLINE_OVER", "id")]
    assert deadlines(request)[-1].extended_at is None


def test_is_never_given_where_the_shop_gives_none(world: World) -> None:
    follow(world.shop, deadlines={"extension_hours": 0})
    request = make.approved(world.shop, world.shop.order())

    assert "EXTEND_DEADLINE" not in actions(world.shop.as_li, request)
    assert extend(world.shop.as_li, request, key="k").refusals == [("MOVE_NOT_ALLOWED", "id")]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"reason": "  ", "key": "k"}, ("REQUIRED", "reason")),
        ({"reason": "长" * 501, "key": "k"}, ("TOO_LONG", "reason")),
        ({"reason": "a\x00b", "key": "k"}, ("MALFORMED", "reason")),
        ({"key": ""}, ("MALFORMED", "idempotencyKey")),
        ({}, ("REQUIRED", "idempotencyKey")),
    ],
)
def test_needs_its_reason_and_a_key(
    world: World, given: dict[str, Any], refusal: tuple[str, str]
) -> None:
    request = make.approved(world.shop, world.shop.order())

    assert extend(world.shop.as_li, request, **given).refusals == [refusal]
    assert row(request).version == 2


def test_needs_the_version_that_staff_saw(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    assert extend(world.shop.as_clerk, request).refusals == [("REQUIRED", "expectedVersion")]
    stale = extend(world.shop.as_clerk, request, version=1)
    assert stale.refusals == [("VERSION_CONFLICT", "expectedVersion")]
    assert extend(world.shop.as_wang, request, key="k").refusals == [("NOT_FOUND", "id")]


def test_keeps_an_offer_open_as_long(world: World) -> None:
    request = make.offered(world.shop, world.shop.order())

    extend(world.shop.as_li, request, key="k")

    offer = row(request).offers.get()
    assert offer.expires_at == deadlines(request)[-1].due_at == STARTS_AT + timedelta(hours=144)
    world.clock.forward(hours=143)
    assert make.accept(world.shop, request).request["status"] == "REFUNDING"


# For everybody, because of a holiday


def move(world: World, *args: str, reason: str = "春节放假") -> str:
    out = StringIO()
    url = world.shop.row.api_url
    call_command("extend_deadlines", "--shop", url, "--reason", reason, *args, stdout=out)
    return out.getvalue()


def test_for_a_holiday_moves_what_runs_and_says_why(world: World) -> None:
    """EC54: until the end of the day in the shop's time zone, once for each reason."""
    waiting = make.approved(world.shop, world.shop.order())
    asked = make.requested(world.shop, world.shop.order())
    done = at("CANCELED", world, world.shop.order())
    version = row(done).version

    assert "2 deadlines were moved" in move(world, "--until", "2026-12-05")
    assert "0 deadlines were moved" in move(world, "--until", "2026-12-05")

    for request in (waiting, asked):
        after = seen(world.shop.as_li, request)
        assert after["deadline"]["dueAt"] == "2026-12-05T16:00:00+00:00"
        assert after["events"][-1]["label"] == "时限已顺延至 2026-12-06 00:00:春节放假"
        assert not after["deadline"]["isExtended"]
    assert row(done).version == version
    assert "EXTEND_DEADLINE" in actions(world.shop.as_li, waiting)


def test_for_a_holiday_is_counted_in_days_of_one_status(world: World) -> None:
    """EC54: staff's own deadlines stay, and no day is given twice for the same reason."""
    waiting = make.approved(world.shop, world.shop.order())
    asked = make.requested(world.shop, world.shop.order())

    move(world, "--days", "3", "--status", "approved")
    move(world, "--days", "3", "--status", "approved")
    move(world, "--days", "2", "--status", "approved", reason="暴雪停运")

    assert deadlines(waiting)[-1].due_at == STARTS_AT + timedelta(days=7 + 3 + 2)
    assert deadlines(asked)[-1].due_at == STARTS_AT + timedelta(hours=48)


def test_for_a_holiday_never_makes_a_deadline_shorter(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    assert "0 deadlines were moved" in move(world, "--until", "2026-11-24")

    assert deadlines(request)[-1].due_at == STARTS_AT + WEEK


def test_for_a_holiday_does_not_move_the_law(world: World) -> None:
    request = make.received(world.shop, world.shop.order())
    move(world, "--days", "30")

    assert strike(world, days=7) == 1

    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REFUND_DUE_BY_LAW"]


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--days", "0"),
        ("--days", "3", "--until", "2026-12-05"),
        ("--days", "3", "--status", "tired"),
        ("--until", "soon"),
        ("--days", "400"),
    ],
)
def test_for_a_holiday_refuses_nonsense(world: World, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        move(world, *args)


def test_for_a_holiday_needs_a_reason_and_a_shop(world: World) -> None:
    with pytest.raises(CommandError):
        move(world, "--days", "3", reason=" ")
    with pytest.raises(CommandError):
        call_command("extend_deadlines", "--shop", "https://x.example/", "--reason", "r")
