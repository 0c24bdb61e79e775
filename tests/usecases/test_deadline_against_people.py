"""The clock and a person at the same second …"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnEvent, StaffTask
from saleor_wechat_returns.usecases.run_deadlines import run_deadlines
from tests import make
from tests.usecases.stages import at
from tests.usecases.timers import EXTEND, deadlines, follow, row, strike
from tests.usecases.together import together
from tests.world import Answer, World

LATE = {("VERSION_CONFLICT", "expectedVersion"), ("MOVE_NOT_ALLOWED", "id")}
Call = Callable[[], Answer | None]


def clock_of(world: World) -> Call:
    def strike_now() -> None:
        run_deadlines(now=world.clock.now)

    return strike_now


def kinds(request: dict[str, Any]) -> list[str]:
    events = ReturnEvent.objects.filter(request=row(request)).order_by("sequence")
    return list(events.values_list("kind", flat=True))


def held_pieces(request: dict[str, Any]) -> int:
    return sum(row(request).order.lines.values_list("held_shipped", flat=True))


def refusals(answers: list[Answer | None]) -> set[tuple[str, str | None]]:
    return {refusal for answer in answers if answer is not None for refusal in answer.refusals}


@pytest.mark.parametrize("attempt", range(4))
def test_approve_once(world: World, attempt: int) -> None:
    """EC51: the timer approves while staff do. Whoever comes second hears it, or finds nothing."""
    follow(world.shop, deadlines={"approve_overdue": ["return_and_refund"]})
    request = make.requested(world.shop, world.shop.order())
    world.clock.forward(hours=48)
    staff = partial(world.shop.as_clerk, make.APPROVE, id=request["id"], version=1)
    calls: list[Call] = [staff, clock_of(world), clock_of(world)]

    answers = together(calls[attempt % 3 :] + calls[: attempt % 3])

    assert kinds(request) == ["create", "approve"]
    assert row(request).status == "approved"
    assert refusals(answers) <= LATE
    # Once for all: nobody comes later.
    assert strike(world) == 0


@pytest.mark.parametrize("attempt", range(4))
def test_pay_once(world: World, attempt: int) -> None:
    """EC51: the timer and staff both approve money that is paid at once."""
    follow(world.shop, deadlines={"approve_overdue": ["refund_only"]})
    request = make.requested(world.shop, world.shop.order(), kind="REFUND_ONLY")
    world.clock.forward(hours=48)
    staff = partial(world.shop.as_clerk, make.APPROVE, id=request["id"], version=1)
    calls: list[Call] = [staff, clock_of(world)]

    together(calls[attempt % 2 :] + calls[: attempt % 2])
    strike(world)
    world.run()

    assert kinds(request).count("approve") == 1
    assert row(request).refunds.count() == 1
    assert row(request).status == "refunded"


@pytest.mark.parametrize("attempt", range(4))
def test_cancel_or_approve_but_not_both(world: World, attempt: int) -> None:
    """EC51: the timer approves while the customer cancels."""
    follow(world.shop, deadlines={"approve_overdue": ["return_and_refund"]})
    order = world.shop.order()
    request = make.requested(world.shop, order)
    world.clock.forward(hours=48)
    cancel = partial(world.shop.as_li, make.CANCEL, id=request["id"], key="k")
    calls: list[Call] = [cancel, clock_of(world)]

    (answer,) = [a for a in together(calls[attempt % 2 :] + calls[: attempt % 2]) if a is not None]
    strike(world)

    # An approved return may be canceled still, so the customer always gets the wish.
    assert answer.refusals == []
    assert kinds(request) in (["create", "cancel"], ["create", "approve", "cancel"])
    assert row(request).status == "canceled"
    assert held_pieces(request) == 0
    assert make.requested(world.shop, order, {0: 2})["status"] == "REQUESTED"


@pytest.mark.parametrize("attempt", range(4))
def test_send_or_expire_but_not_both(world: World, attempt: int) -> None:
    """EC51: the waybill number comes as the return is canceled for want of it."""
    request = make.approved(world.shop, world.shop.order())
    strike(world, days=5)
    world.clock.forward(days=2)
    parcel = {"carrier": "顺丰", "waybillNo": "SF1234567890123"}
    submit = partial(world.shop.as_li, make.SUBMIT, id=request["id"], input=parcel, key="k")
    calls: list[Call] = [submit, clock_of(world)]

    (answer,) = [a for a in together(calls[attempt % 2 :] + calls[: attempt % 2]) if a is not None]
    strike(world)

    if answer.refusals:
        assert answer.refusals == [("RETURN_OVER", "id")]
        assert (row(request).status, row(request).deliveries.count()) == ("canceled", 0)
    else:
        assert (row(request).status, row(request).deliveries.count()) == ("in_transit", 1)
    assert held_pieces(request) == (0 if answer.refusals else 1)


def test_extend_or_expire_but_not_both(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    world.clock.forward(days=7)
    extend = partial(world.shop.as_li, EXTEND, id=request["id"], reason="出差", key="k")
    calls: list[Call] = [extend, clock_of(world)]

    together(calls)
    strike(world)

    assert row(request).status == "canceled"
    assert all(deadline.extended_at is None for deadline in deadlines(request))


def test_of_any_number_act_once(world: World) -> None:
    """Eight workers come by at the same moment."""
    requests = [make.approved(world.shop, world.shop.order()) for _ in range(3)]
    waiting = make.received(world.shop, world.shop.order())
    asked = at("AWAITING_CUSTOMER", world, world.shop.order())
    world.clock.forward(days=20)

    together([clock_of(world)] * 8)
    strike(world)

    for request in requests:
        assert kinds(request) == ["create", "approve", "expire"]
    assert kinds(asked) == ["create", "request_evidence", "expire"]
    assert [kind for kind, _ in make.tasks(world.shop, waiting)] == ["REFUND_DELAYED"]
    assert StaffTask.objects.filter(closed_at=None).count() == 1
