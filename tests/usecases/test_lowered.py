"""An inspection that gives less than was promised …"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.models import (
    InspectedPieces,
    OutboxMessage,
    ReturnableLine,
    ReturnAppeal,
    ReturnOffer,
    ReturnRequest,
)
from saleor_wechat_returns.sandbox.saleor import LineSpec
from saleor_wechat_returns.usecases.run_deadlines import run_deadlines
from tests import evidence, make
from tests.parcels import taken_in
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.test_shipping import inspect
from tests.usecases.timers import EXTEND, follow, seen, strike
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import World

THREE_FOR_TEN = LineSpec("袜子 Socks", "38-40", "SOCKS", 3, "3.33", total_price="10.00")
GIFT = LineSpec("赠品 Gift", "", "GIFT", 2, "0.00")


def held() -> list[tuple[int, int]]:
    rows = ReturnableLine.objects.order_by("id")
    return [(line.held_shipped, line.assigned_fen) for line in rows]


def test_is_offered_to_the_fen_and_pays_nothing_yet(world: World) -> None:
    """EC48: every piece stays held, until the customer has agreed."""
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    request = make.inspected(world.shop, order, {0: 3}, {0: 2})

    read = make.read_talk(world.shop, request)

    assert (read["status"], read["refunds"]) == ("INSPECTED", [])
    (offer,) = read["offers"]
    assert read["openOffer"] == {"id": offer["id"]}
    assert (offer["kind"], offer["status"], offer["note"]) == (
        "RETURN_AND_REFUND",
        "OPEN",
        "有污渍",
    )
    assert (offer["amount"]["fen"], offer["shippingAmount"]["fen"]) == (667, 0)
    assert [(it["quantity"], it["amount"]["fen"]) for it in offer["lines"]] == [(2, 667)]
    assert (read["promisedAmount"]["fen"], held()) == (1000, [(3, 1000)])
    assert (read["rejectionCode"], read["explanation"]) == ("NOT_INTACT", "有污渍")
    assert make.actions(world.shop.as_li(make.READ, id=request["id"]).data["returnRequest"]) == [
        "ACCEPT_OFFER",
        "APPEAL",
    ]
    assert not OutboxMessage.objects.exists()


def test_is_paid_once_the_customer_agrees(world: World) -> None:
    order = world.shop.order([THREE_FOR_TEN], shipping="0")
    request = make.inspected(world.shop, order, {0: 3}, {0: 2})

    agreed = make.agree(world.shop, request)
    world.run()

    assert agreed["status"] == "REFUNDING"
    assert [offer["status"] for offer in agreed["offers"]] == ["ACCEPTED"]
    assert_paid_once(world.shop, order, request, 667, pieces=2)
    assert make.requested(world.shop, order)["promisedAmount"]["fen"] == 333


@pytest.mark.parametrize(("kept", "status"), [({0: 0}, "INSPECTED"), ({1: 0}, "REFUNDING")])
def test_is_none_where_what_is_refused_was_worth_nothing(
    world: World, kept: dict[int, int], status: str
) -> None:
    """The gift is worn: the customer loses nothing by that."""
    order = world.shop.order([THREE_FOR_TEN, GIFT], shipping="0")

    request = make.inspected(world.shop, order, {0: 3, 1: 2}, kept)

    assert request["status"] == status


def test_is_the_shipping_that_a_worthless_piece_keeps(world: World) -> None:
    """EC48: all of the order was to come back, and the gift is worn: so its shipping is kept."""
    order = world.shop.order([THREE_FOR_TEN, GIFT], shipping="12")

    request = make.inspected(world.shop, order, {0: 3, 1: 2}, {1: 1})

    assert (request["status"], request["promisedAmount"]["fen"]) == ("INSPECTED", 2200)
    (offer,) = make.read_talk(world.shop, request)["offers"]
    assert (offer["amount"]["fen"], offer["shippingAmount"]["fen"]) == (1000, 0)
    again = make.resolve(world.shop, make.appeal(world.shop, request).request, granted=True).request
    assert again["promisedAmount"]["fen"] == 2200
    lines = [{"orderLineId": order.lines[at].id, "acceptedQuantity": 3 - at} for at in (0, 1)]
    call = {"id": again["id"], "version": again["version"], "lines": lines}
    paid = world.shop.as_clerk(make.INSPECT, **call).request
    assert [refund["amount"]["fen"] for refund in paid["refunds"]] == [2200]


def test_keeps_the_shipping_where_the_shop_was_at_fault(world: World) -> None:
    """One of two is another shop's: the other is refunded, with the way it came."""
    order = world.shop.order()
    request = make.inspected(
        world.shop, order, {0: 2}, {0: 1}, **evidence.of_fault(world.shop, "quality_defect")
    )

    (offer,) = make.read_talk(world.shop, request)["offers"]
    make.agree(world.shop, request)
    world.run()

    assert (offer["amount"]["fen"], offer["shippingAmount"]["fen"]) == (21100, 1200)
    assert_paid_once(world.shop, order, request, 21100, pieces=1)


@pytest.mark.parametrize("is_appealed", [True, False])
def test_in_shipping_alone_tells_who_else_can_help_too(world: World, is_appealed: bool) -> None:
    """EC48: no piece is refused, and the customer gets less all the same."""
    shop = world.shop
    order = shop.order()
    less = inspect(
        shop, order, make.received(shop, order, **evidence.of_fault(shop)), {0: 1}, shipping=False
    ).request

    if is_appealed:
        make.resolve(shop, make.appeal(shop, less).request, granted=False).request  # noqa: B018
    else:
        strike(world, hours=48)

    seen = shop.as_li(make.READ_TALK, id=less["id"]).data["returnRequest"]
    assert (seen["status"], "12315" in seen["furtherHelp"]) == ("REFUNDING", True)


def test_cannot_be_declined_but_appealed(world: World) -> None:
    """EC48: the goods are with the shop, so somebody looks at them anew."""
    request = make.lowered(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = make.decline(world.shop, make.read_talk(world.shop, request))

    assert answer.refusals == [("APPEAL_INSTEAD", "offerId")]


def appealed(world: World, order: Any) -> dict[str, Any]:
    return make.appeal(world.shop, make.lowered(world.shop, order)).request


def test_is_looked_at_anew_by_somebody_else(world: World) -> None:
    """EC48: both pieces were still held, and both are accepted in the end."""
    shop = world.shop
    order = shop.order()
    request = appealed(world, order)
    assert (request["status"], held()[0]) == ("APPEALED", (2, 39800))
    assert ReturnAppeal.objects.get().rejected_by == shop.clerk.id
    assert ReturnOffer.objects.get().status == "declined"
    assert make.actions(request) == []

    granted = make.resolve(shop, request, granted=True).request
    assert (granted["status"], granted["promisedAmount"]["fen"]) == ("RECEIVED", 39800)
    assert not InspectedPieces.objects.filter(superseded_at=None).exists()
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 2}]
    shop.as_clerk(make.INSPECT, id=granted["id"], version=granted["version"], lines=lines).request  # noqa: B018
    world.run()

    assert_paid_once(shop, order, request, 39800, pieces=2)


def test_that_stands_after_the_appeal_is_paid(world: World) -> None:
    """EC48: denied, the customer gets what the inspection gave, and hears who else can help."""
    order = world.shop.order()

    denied = make.resolve(world.shop, appealed(world, order), granted=False).request
    world.run()

    assert denied["status"] == "REFUNDING"
    assert "12315" in make.read_talk(world.shop, denied)["furtherHelp"]
    assert_paid_once(world.shop, order, denied, 19900, pieces=1)


def test_is_decided_by_who_inspected_where_others_only_handle_parcels(world: World) -> None:
    """EC48: the warehouse decides no appeal, so nobody waits for it."""
    make.in_transit(world.shop, world.shop.order())
    taken_in(world.shop, waybillNo="SF1234567890123")
    request = appealed(world, world.shop.order())

    call = {"id": request["id"], "version": request["version"], "granted": False, "words": "已复核"}
    denied = world.shop.as_clerk(make.RESOLVE, reason="店里只有一人", **call).request

    assert denied["status"] == "REFUNDING"


def test_cannot_be_canceled_away(world: World) -> None:
    request = appealed(world, world.shop.order())

    with nothing_changes(world):
        answer = world.shop.as_li(make.CANCEL, id=request["id"], key="k")

    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]


def test_after_an_appealed_rejection_can_be_appealed_too(world: World) -> None:
    """EC48: a customer who was right about the rejection is not silent about the inspection."""
    shop = world.shop
    order = shop.order()
    approved = make.resolve(
        shop, make.appeal(shop, make.rejected(shop, order, {0: 2})).request, granted=True
    ).request
    receive = {"id": approved["id"], "version": approved["version"]}
    less = make.inspected_again(shop, shop.as_clerk(make.RECEIVE, **receive).request, 1)
    assert less["status"] == "INSPECTED"
    lis = shop.as_li(make.READ_TALK, id=less["id"]).data["returnRequest"]
    assert make.actions(lis) == ["ACCEPT_OFFER", "APPEAL"]

    granted = make.resolve(shop, make.appeal(shop, less).request, granted=True).request
    done = make.inspected_again(shop, granted, 2)
    world.run()

    assert ReturnAppeal.objects.count() == 2
    assert_paid_once(shop, order, done, 39800, pieces=2)


def test_again_can_be_appealed_again(world: World) -> None:
    """Looked at anew there is a new decision; denied, what it gave is paid."""
    shop = world.shop
    order = shop.order()
    granted = make.resolve(shop, appealed(world, order), granted=True).request
    again = make.inspected_again(shop, granted, 1)
    assert again["status"] == "INSPECTED"

    denied = make.resolve(shop, make.appeal(shop, again).request, granted=False).request
    world.run()

    assert denied["status"] == "REFUNDING"
    assert_paid_once(shop, order, denied, 19900, pieces=1)


# --- the clock


def test_is_paid_when_the_customer_says_nothing(world: World) -> None:
    order = world.shop.order()
    request = make.lowered(world.shop, order)
    due_at = world.clock.now + timedelta(hours=48)
    told = seen(world.shop.as_li, request)["deadline"]
    assert (told["dueAt"], told["thenLabel"]) == (
        due_at.isoformat(),
        "逾期未处理,将按验货结果退款",
    )

    assert strike(world, hours=24) == 1  # reminded
    assert strike(world, hours=23.99) == 0
    assert strike(world, hours=0.01) == 1
    world.run()

    events = seen(world.shop.as_li, request)["events"]
    assert "买家未在时限内处理,按验货结果退款" in [event["label"] for event in events]
    assert ReturnOffer.objects.get().status == "expired"
    assert_paid_once(world.shop, order, request, 19900, pieces=1)


def test_is_over_at_the_second_it_expires(world: World) -> None:
    """EC50: also if the clock has not come by."""
    request = make.lowered(world.shop, world.shop.order())
    offered = make.read_talk(world.shop, request)
    world.clock.forward(hours=48)

    with nothing_changes(world, reads=1):
        late = [make.accept(world.shop, offered), make.appeal(world.shop, request)]

    assert [answer.refusals for answer in late] == [
        [("OFFER_EXPIRED", "offerId")],
        [("APPEAL_TOO_LATE", "id")],
    ]


@pytest.mark.parametrize("attempt", range(4))
@pytest.mark.parametrize("what", ["accept", "appeal"])
def test_is_answered_or_expires_but_not_both(world: World, what: str, attempt: int) -> None:
    """EC51: the clock and the customer at the same moment; the money is owed once."""
    order = world.shop.order()
    request = make.lowered(world.shop, order)
    offered = make.read_talk(world.shop, request)
    late = attempt % 2
    world.clock.forward(hours=48, seconds=-1 + late)
    moment = world.clock.now + timedelta(seconds=1)
    person = {
        "accept": partial(make.accept, world.shop, offered),
        "appeal": partial(make.appeal, world.shop, request),
    }[what]
    calls: list[Any] = [person, partial(run_deadlines, now=moment)]

    together(calls[attempt // 2 :] + calls[: attempt // 2])
    run_deadlines(now=moment)  # what somebody worked on is left for the next time
    row = ReturnRequest.objects.get()
    if row.status == "appealed":
        make.resolve(world.shop, make.read(world.shop, request), granted=False)
    world.run()

    kinds = list(row.events.order_by("sequence").values_list("kind", flat=True))
    assert kinds.count("accept_offer") + kinds.count("appeal") + kinds.count("expire") == 1
    assert_paid_once(world.shop, order, request, 19900, pieces=1)


@pytest.mark.parametrize(
    ("inspected_after", "hours"),
    [(24, 48), (24 * 6, 24), (24 * 6.5, 24), (24 * 9, 24), (24 * 5.5, 36)],
)
def test_is_answered_within_the_seven_days_of_the_law(
    world: World, inspected_after: float, hours: float
) -> None:
    """The goods came then; but who is asked late has a day all the same."""
    order = world.shop.order()
    request = make.received(world.shop, order, {0: 2})
    world.clock.forward(hours=inspected_after)
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    call = {"id": request["id"], "version": request["version"], "lines": lines}
    lowered = world.shop.as_clerk(make.INSPECT, **call).request

    due_at = (world.clock.now + timedelta(hours=hours)).isoformat()
    assert seen(world.shop.as_li, lowered)["deadline"]["dueAt"] == due_at
    assert make.read_talk(world.shop, lowered)["offers"][0]["expiresAt"] == due_at


def test_is_put_off_once_and_the_law_is_still_seen(world: World) -> None:
    """The customer wants more time: staff are told on the seventh day, and nothing is lost."""
    follow(world.shop, deadlines={"extension_hours": 24 * 10})
    order = world.shop.order()
    request = make.lowered(world.shop, order)
    more = {"id": request["id"], "reason": "出差", "key": "k"}
    world.shop.as_li(EXTEND, **more).request  # noqa: B018

    strike(world, days=7)
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REFUND_DUE_BY_LAW"]
    assert make.read(world.shop, request)["status"] == "INSPECTED"
    strike(world, days=5)
    world.run()

    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["SEND_BACK_DUE"]
    assert_paid_once(world.shop, order, request, 19900, pieces=1)


def test_that_is_appealed_is_still_due_by_law(world: World) -> None:
    request = appealed(world, world.shop.order())

    strike(world, days=7)

    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REFUND_DUE_BY_LAW"]
