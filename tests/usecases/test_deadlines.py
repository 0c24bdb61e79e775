"""The deadline of a return …"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, ReturnDeadline
from saleor_wechat_returns.usecases.run_deadlines import give_deadlines, run_deadlines
from tests import make
from tests.usecases.stages import at
from tests.usecases.timers import EXTEND, deadlines, follow, row, seen, strike
from tests.world import STARTS_AT, World


@pytest.mark.parametrize(
    ("stage", "acts", "then", "due"),
    [
        ("REQUESTED", "STAFF", "TELL_STAFF", 48),
        ("APPROVED", "CUSTOMER", "CANCEL", 7 * 24),
        ("IN_TRANSIT", "COURIER", "TELL_STAFF", 10 * 24),
        ("RECEIVED", "STAFF", "TELL_STAFF", 48),
        ("REJECTED", "CUSTOMER", "CLOSE", 7 * 24),
    ],
)
def test_is_told_to_both_sides(world: World, stage: str, acts: str, then: str, due: int) -> None:
    request = at(stage, world, world.shop.order())

    ours, theirs = seen(world.shop.as_clerk, request), seen(world.shop.as_li, request)

    assert ours["deadline"] == theirs["deadline"]
    told = theirs["deadline"]
    assert told["dueAt"] == (STARTS_AT + timedelta(hours=due)).isoformat()
    assert (told["whoActs"], told["then"], told["level"]) == (acts, then, "IN_TIME")
    assert all((told["thenLabel"], told["thenEn"], told["whoActsLabel"]))


@pytest.mark.parametrize("stage", ["REFUNDING", "REFUNDED", "CANCELED", "CLOSED"])
def test_is_none_where_nobody_is_waited_for(world: World, stage: str) -> None:
    request = at(stage, world, world.shop.order())

    assert seen(world.shop.as_li, request)["deadline"] is None
    assert not ReturnDeadline.objects.filter(ended_at=None).exists()
    assert strike(world, days=400) == 0


def test_is_the_shops_own_and_stays_as_it_was_when_they_change(world: World) -> None:
    """EC55: the hours of a return are those it was made under."""
    follow(world.shop, deadlines={"review_hours": 10, "send_hours": 20, "send_reminder_hours": 0})
    request = make.requested(world.shop, world.shop.order())
    follow(world.shop, deadlines={"review_hours": 99, "send_hours": 99, "send_reminder_hours": 0})

    make_approved = world.shop.as_clerk(make.APPROVE, id=request["id"], version=1).request

    due = [deadline.due_at - STARTS_AT for deadline in deadlines(make_approved)]
    assert due == [timedelta(hours=10), timedelta(hours=20)]


def test_of_a_review_tells_staff_once_and_is_over_when_they_decide(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    assert strike(world, hours=47.9) == 0
    assert strike(world, hours=0.1) == 1
    assert strike(world, hours=100) == 0

    kinds = [kind for kind, _ in make.tasks(world.shop, request)]
    assert kinds == ["REVIEW_OVERDUE"]
    assert seen(world.shop.as_li, request)["deadline"]["level"] == "OVERDUE"
    answer = world.shop.as_clerk(make.APPROVE, id=request["id"], version=1)
    assert answer.request["status"] == "APPROVED"
    assert make.tasks(world.shop, request) == []


def test_of_a_review_approves_where_the_shop_wants_that(world: World) -> None:
    follow(world.shop, deadlines={"approve_overdue": ["return_and_refund"]})
    request = make.requested(world.shop, world.shop.order())
    assert seen(world.shop.as_li, request)["deadline"]["thenLabel"] == ("逾期未审核,系统将自动同意")

    assert strike(world, hours=48) == 1

    after = seen(world.shop.as_li, request)
    assert after["status"] == "APPROVED"
    assert after["events"][-1] == {
        "kind": "approve",
        "actor": "SYSTEM",
        "label": "系统自动同意:商家逾期未审核",
        "en": "Approved by itself: the shop did not decide in time",
    }
    assert after["deadline"]["dueAt"] == (STARTS_AT + timedelta(hours=48, days=7)).isoformat()


def test_of_a_review_approves_no_money_that_is_not_named(world: World) -> None:
    follow(world.shop, deadlines={"approve_overdue": ["return_and_refund"]})
    request = make.requested(world.shop, world.shop.order(), kind="REFUND_ONLY")

    strike(world, hours=48)

    assert row(request).status == "requested"
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REVIEW_OVERDUE"]


def test_of_a_review_pays_money_that_is_named(world: World) -> None:
    follow(world.shop, deadlines={"approve_overdue": ["refund_only"]})
    request = make.requested(world.shop, world.shop.order(), kind="REFUND_ONLY")

    strike(world, hours=48)
    world.run()

    assert row(request).status == "refunded"


def test_of_a_review_never_approves_what_contradicts_saleor(world: World) -> None:
    follow(world.shop, deadlines={"approve_overdue": ["return_and_refund"]})
    request = make.requested(world.shop, world.shop.order())
    order = row(request).order
    order.conflict = True
    order.save()

    strike(world, hours=48)

    assert row(request).status == "requested"
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REVIEW_OVERDUE"]


def test_of_a_question_leads_back_to_staff(world: World) -> None:
    request = at("AWAITING_CUSTOMER", world, world.shop.order())

    assert strike(world, hours=48) == 1
    assert seen(world.shop.as_li, request)["deadline"]["isReminded"]
    assert strike(world, hours=24) == 1

    after = seen(world.shop.as_li, request)
    assert after["status"] == "REQUESTED"
    assert after["events"][-1]["label"] == "买家未在时限内处理,转商家审核"
    assert after["deadline"]["dueAt"] == (world.clock.now + timedelta(hours=48)).isoformat()


def test_of_an_offer_is_the_offers_own_end(world: World) -> None:
    """Shorter or longer than a question has; the second offer takes the first one's place."""
    order = world.shop.order()
    request = make.requested(world.shop, order)

    for days in (1, 10):
        ends_at = (STARTS_AT + timedelta(days=days)).isoformat()
        request = make.offer(world.shop, order, request, expiresAt=ends_at).request
        told = seen(world.shop.as_li, request)["deadline"]
        assert told["dueAt"] == ends_at
        assert (told["remindAt"] is None) is (days == 1)  # that would be at its beginning

    assert strike(world, days=8.9) == 0
    assert strike(world, days=0.1) == 1  # a day before the end, as of a question
    assert strike(world, days=1) == 1
    assert row(request).status == "requested"
    ended = row(request).offers.order_by("id").values_list("status", flat=True)
    assert list(ended) == ["withdrawn", "expired"]
    late = make.accept(world.shop, {"offers": make.read_talk(world.shop, request)["offers"]})
    assert late.refusals != []


def test_of_an_offer_is_that_of_an_answer_unless_staff_say_otherwise(world: World) -> None:
    follow(world.shop, deadlines={"answer_hours": 30, "answer_reminder_hours": 0})

    request = make.offered(world.shop, world.shop.order())

    ends_at = (STARTS_AT + timedelta(hours=30)).isoformat()
    assert seen(world.shop.as_li, request)["deadline"]["dueAt"] == ends_at
    assert row(request).offers.get().expires_at.isoformat() == ends_at


def test_of_an_appeal_is_the_second_after_which_nobody_may(world: World) -> None:
    in_time, late = (make.rejected(world.shop, world.shop.order()) for _ in range(2))
    world.clock.forward(days=7, seconds=-1)
    assert make.appeal(world.shop, in_time).request["status"] == "APPEALED"
    world.clock.forward(seconds=1)

    assert make.appeal(world.shop, late).refusals != []
    assert strike(world) == 1
    assert (row(in_time).status, row(late).status) == ("appealed", "closed")
    assert strike(world, hours=48) == 1
    assert [kind for kind, _ in make.tasks(world.shop, in_time)] == ["APPEAL_OVERDUE"]


def test_of_sending_back_reminds_and_then_cancels(world: World) -> None:
    order = world.shop.order()
    request = make.approved(world.shop, order, {0: 2})

    assert strike(world, days=5) == 1
    reminded = seen(world.shop.as_li, request)
    assert reminded["deadline"]["isReminded"]
    assert reminded["events"][-1]["label"] == "时限将到,请尽快处理(截止 2026-11-30 10:00)"
    assert strike(world, days=1) == 0
    assert strike(world, days=1) == 1

    after = seen(world.shop.as_li, request)
    assert (after["status"], after["deadline"]) == ("CANCELED", None)
    assert after["events"][-1]["actor"] == "SYSTEM"
    # The pieces are free again.
    assert make.requested(world.shop, order, {0: 2})["status"] == "REQUESTED"


def test_of_sending_back_is_over_with_the_parcel(world: World) -> None:
    request = make.in_transit(world.shop, world.shop.order())

    assert strike(world, days=9.9) == 0
    assert strike(world, days=0.1) == 1

    assert row(request).status == "in_transit"
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["PARCEL_OVERDUE"]
    version = row(request).version
    world.shop.as_clerk(make.RECEIVE, id=request["id"], version=version)
    assert make.tasks(world.shop, request) == []


def test_of_an_inspection_grows_graver_as_the_law_has_it(world: World) -> None:
    request = make.received(world.shop, world.shop.order())
    told = []

    for by in (47, 1, 5 * 24, 8 * 24, 100 * 24):
        ran = strike(world, hours=by)
        kinds = [kind for kind, _ in make.tasks(world.shop, request)]
        staff = seen(world.shop.as_clerk, request)["deadline"]["level"]
        customer = seen(world.shop.as_li, request)["deadline"]["level"]
        told.append((ran, kinds, staff, customer))

    assert told == [
        (0, [], "IN_TIME", "IN_TIME"),
        (1, ["INSPECTION_OVERDUE"], "OVERDUE", "OVERDUE"),
        (1, ["REFUND_DUE_BY_LAW"], "ALARM", "OVERDUE"),
        (1, ["REFUND_DELAYED"], "RED", "OVERDUE"),
        (0, ["REFUND_DELAYED"], "RED", "OVERDUE"),
    ]


def test_of_a_rejection_closes_the_return(world: World) -> None:
    request = at("REJECTED", world, world.shop.order())

    assert strike(world, days=7) == 1

    after = seen(world.shop.as_li, request)
    assert (after["status"], after["deadline"]) == ("CLOSED", None)


@pytest.mark.parametrize(
    "stage", ["AWAITING_CUSTOMER", "OFFERED", "APPROVED", "INSPECTED", "REJECTED"]
)
def test_reminds_whoever_loses_something_by_it(world: World, stage: str) -> None:
    """Once, before it is over, whatever the customer is waited for."""
    request = at(stage, world, world.shop.order())
    told = seen(world.shop.as_li, request)["deadline"]
    before = datetime.fromisoformat(told["remindAt"]) - world.clock.now

    ran = strike(world, seconds=before.total_seconds())

    after = seen(world.shop.as_li, request)
    assert (ran, after["deadline"]["isReminded"]) == (1, True)
    assert after["events"][-1]["kind"] == "deadline_reminded"
    assert datetime.fromisoformat(told["dueAt"]) > world.clock.now


def test_takes_one_step_at_a_time_after_the_machine_slept(world: World) -> None:
    """No reminder of what is over; the next deadline counts from now, not from the past."""
    request = at("AWAITING_CUSTOMER", world, world.shop.order())

    assert strike(world, days=30) == 1
    assert run_deadlines(now=world.clock.now) == 0

    after = seen(world.shop.as_li, request)
    assert after["status"] == "REQUESTED"
    assert [event["kind"] for event in after["events"]] == ["create", "request_evidence", "expire"]
    assert after["deadline"]["dueAt"] == (world.clock.now + timedelta(hours=48)).isoformat()


def test_wakes_up_to_the_gravest_level_only(world: World) -> None:
    request = make.received(world.shop, world.shop.order())

    assert strike(world, days=16) == 1

    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REFUND_DELAYED"]


def test_never_reminds_twice(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())

    assert [strike(world, days=5), strike(world, hours=1), strike(world, hours=1)] == [1, 0, 0]

    kinds = [event["kind"] for event in make.read(world.shop, request)["events"]]
    assert kinds.count("deadline_reminded") == 1


def test_is_given_to_returns_that_were_made_before_there_were_any(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    done = at("CANCELED", world, world.shop.order())
    ReturnDeadline.objects.all().delete()
    world.clock.forward(days=90)

    assert give_deadlines(now=world.clock.now) == 1
    assert give_deadlines(now=world.clock.now) == 0

    (deadline,) = deadlines(request)
    assert deadline.due_at == world.clock.now + timedelta(days=7)
    assert deadlines(done) == []


def test_that_cannot_be_run_holds_up_no_other(world: World) -> None:
    broken = make.approved(world.shop, world.shop.order())
    sound = make.approved(world.shop, world.shop.order())
    # A piece that is held nowhere cannot be released: a bug, and nothing of it may be written.
    row(broken).order.lines.update(held_shipped=0)

    assert strike(world, days=7) == 1

    assert (row(broken).status, row(sound).status) == ("approved", "canceled")


def test_puts_nothing_into_the_outbox_but_refunds(world: World) -> None:
    make.approved(world.shop, world.shop.order())
    world.quiet()
    before = OutboxMessage.objects.count()

    strike(world, days=5)
    strike(world, days=2)

    assert OutboxMessage.objects.count() == before


def test_runs_faster_where_a_shop_tries_things_out(world: World, settings: Any) -> None:
    """A day is a minute, for deadlines and extensions; for nothing else."""
    settings.CLOCK_SCALE = 1440
    request = make.approved(world.shop, world.shop.order())

    assert strike(world, minutes=5) == 1
    assert seen(world.shop.as_li, request)["deadline"]["isReminded"]
    world.shop.as_li(EXTEND, id=request["id"], reason="出差", key="k").request  # noqa: B018
    assert strike(world, minutes=4.9) == 1  # the reminder again
    assert strike(world, minutes=0.1) == 1

    assert row(request).status == "canceled"


def test_of_an_offer_runs_faster_there_too(world: World, settings: Any) -> None:
    settings.CLOCK_SCALE = 1440
    shop = world.shop
    order = shop.order()
    until = world.clock.now + timedelta(minutes=3)

    offered = make.offered(shop, order, expiresAt=until.isoformat())

    assert seen(shop.as_li, offered)["deadline"]["dueAt"] == until.isoformat()
    assert strike(world, minutes=3) == 1
    assert make.read_talk(shop, offered)["offers"][0]["status"] == "EXPIRED"
    at_once = (world.clock.now + timedelta(seconds=1)).isoformat()
    answer = make.offer(shop, order, make.read(shop, offered), expiresAt=at_once)
    assert answer.refusals == [("OFFER_TIME_OUT_OF_RANGE", "input.expiresAt")]


def test_is_no_business_of_another_shop(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())
    stranger = world.other_shop.ask(
        "query($id: ID!) { returnRequest(id: $id) { deadline { dueAt } } }",
        {"id": request["id"]},
        world.other_shop.saleor.dashboard_token(world.other_shop.clerk, world.other_shop.app),
    )

    data: dict[str, Any] = stranger.data
    assert data["returnRequest"] is None


def test_of_the_law_counts_from_the_goods_after_an_appeal_too(world: World) -> None:
    """EC48: the goods were with the shop all the time; a rejection wins no days."""
    request = make.received(world.shop, world.shop.order())
    came = world.clock.now
    lines = [
        {"orderLineId": line["orderLineId"], "acceptedQuantity": 0} for line in request["lines"]
    ]
    refused = world.shop.as_clerk(
        make.INSPECT, id=request["id"], version=request["version"], lines=lines
    ).request
    world.clock.forward(days=6)
    appealed = make.appeal(world.shop, refused).request
    world.clock.forward(days=2)

    make.resolve(world.shop, appealed, granted=True).request  # noqa: B018

    law = deadlines(request)[-1]
    assert (law.due_at, law.alarm_at, law.red_at) == (
        came + timedelta(days=8, hours=48),
        came + timedelta(days=7),
        came + timedelta(days=15),
    )
    strike(world)
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REFUND_DUE_BY_LAW"]
    assert seen(world.shop.as_clerk, request)["deadline"]["level"] == "ALARM"


def test_of_a_review_begins_anew_with_other_pieces(world: World) -> None:
    """A minute before the clock would pay, the customer asks for all of the order instead."""
    shop = world.shop
    follow(shop, deadlines={"approve_overdue": ["refund_only"]})
    order = shop.order()
    request = make.requested(shop, order, {0: 1}, kind="REFUND_ONLY")
    strike(world, hours=47)
    said = {"note": "谢谢"}
    shop.as_li(make.UPDATE, id=request["id"], input=said, key=make.key()).request  # noqa: B018
    assert len(deadlines(request)) == 1
    more = {"lines": make.wanted(order, {0: 2, 1: 3})["lines"]}
    shop.as_li(make.UPDATE, id=request["id"], input=more, key=make.key()).request  # noqa: B018

    strike(world, hours=1)
    assert row(request).status == "requested"

    strike(world, hours=47)
    assert row(request).status == "refunding"


def test_of_a_rejection_waits_for_staff_while_a_parcel_is_on_its_way(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    parcel = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
    request = shop.as_li(make.SUBMIT, id=request["id"], input=parcel, key=make.key()).request
    shop.as_clerk(make.REJECT, id=request["id"], version=request["version"], why="不符")

    strike(world, days=8)

    assert row(request).status == "rejected"
    assert [kind for kind, _ in make.tasks(shop, request)] == ["PARCEL_OVERDUE"]
