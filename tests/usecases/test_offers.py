"""An offer proposes something else than was asked for …"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from saleor_wechat_returns.domain.lifecycle import Move
from saleor_wechat_returns.models import ReturnOffer, ReturnRequest
from saleor_wechat_returns.usecases.locks import lock_order_row, lock_request
from saleor_wechat_returns.usecases.move import SYSTEM, move
from saleor_wechat_returns.usecases.open_offers import expire_offer
from tests import evidence, make
from tests.usecases import dashboard
from tests.usecases.stages import do
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, SHIRT, Answer, World


def statuses(request: dict[str, Any]) -> list[str]:
    """Of its offers, newest first."""
    return [offer["status"] for offer in request["offers"]]


def in_(world: World, **time: float) -> str:
    return (world.clock.now + timedelta(**time)).isoformat()


def test_of_money_for_goods_that_stay(world: World) -> None:
    order = world.shop.order()

    seen = make.offered(world.shop, order)

    assert seen["status"] == "AWAITING_CUSTOMER"
    assert seen["events"][-1] == {
        "kind": "make_offer",
        "actor": "STAFF",
        "status": "AWAITING_CUSTOMER",
    }
    (offer,) = seen["offers"]
    assert seen["openOffer"] == {"id": offer["id"]}
    assert (offer["kind"], offer["status"]) == ("REFUND_ONLY", "OPEN")
    assert (offer["amount"], offer["shippingAmount"]) == ({"fen": 3000}, {"fen": 0})
    assert offer["note"] == "衣服留着,退 30 元"
    assert offer["lines"] == [
        {"orderLineId": order.lines[0].id, "quantity": 1, "amount": {"fen": 3000}}
    ]
    assert offer["expiresAt"] == in_(world, hours=72)


def test_leaves_the_request_as_it_is_until_it_is_accepted(world: World) -> None:
    seen = make.offered(world.shop, world.shop.order())

    assert (seen["kind"], seen["promisedAmount"]["fen"]) == ("RETURN_AND_REFUND", 19900)
    assert [(line["quantity"], line["amount"]["fen"]) for line in seen["lines"]] == [(1, 19900)]


def test_of_other_pieces_and_shipping(world: World) -> None:
    """What the request itself holds counts as free: the offer would replace it."""
    order = world.shop.order()
    request = make.requested(world.shop, order, {0: 2})
    amounts = {0: (2, 30000), 1: (3, 29970)}

    answer = make.offer(
        world.shop, order, request, amounts, kind="RETURN_AND_REFUND", refundShipping=True
    )

    (offer,) = answer.request["offers"]
    assert (offer["amount"]["fen"], offer["shippingAmount"]["fen"]) == (61170, 1200)


def test_takes_the_place_of_the_one_before(world: World) -> None:
    order = world.shop.order()
    first = make.offered(world.shop, order)

    second = make.offer(world.shop, order, first, {0: (1, 5000)}).request

    assert statuses(second) == ["OPEN", "WITHDRAWN"]
    late = make.accept(world.shop, first)
    assert late.refusals == [("OFFER_ENDED", "offerId")]
    assert make.accept(world.shop, second).request["promisedAmount"]["fen"] == 5000


@pytest.mark.parametrize("move", ["approve", "update", "cancel"])
def test_is_withdrawn_when_the_request_goes_on_without_it(world: World, move: str) -> None:
    order = world.shop.order()
    offered = make.offered(world.shop, order)

    do(world.shop, move, offered, order)

    seen = make.read_talk(world.shop, offered)
    assert (statuses(seen), seen["openOffer"]) == (["WITHDRAWN"], None)
    with nothing_changes(world):
        answers = [make.accept(world.shop, offered), make.decline(world.shop, offered)]
    assert [answer.refusals for answer in answers] == [[("OFFER_ENDED", "offerId")]] * 2


def test_declined_gives_the_turn_back(world: World) -> None:
    order = world.shop.order()
    offered = make.offered(world.shop, order)

    seen = make.decline(world.shop, offered).request

    assert (seen["status"], statuses(seen)) == ("REQUESTED", ["DECLINED"])
    assert (seen["kind"], seen["promisedAmount"]["fen"]) == ("RETURN_AND_REFUND", 19900)
    assert "APPROVE" in make.actions(make.read(world.shop, offered))


def test_is_answered_by_accepting_or_declining_it(world: World) -> None:
    """A message of the customer's is talk while an offer stands."""
    offered = make.offered(world.shop, world.shop.order())
    seen = world.shop.as_li(make.READ, id=offered["id"]).data["returnRequest"]
    assert make.actions(seen) == [
        "UPDATE",
        "ACCEPT_OFFER",
        "DECLINE_OFFER",
        "CANCEL",
        "SUBMIT_DELIVERY",
    ]

    said = {"text": "能退 50 吗"}
    talk = world.shop.as_li(make.MESSAGE, id=offered["id"], input=said, key=make.key()).request

    assert (talk["status"], statuses(talk)) == ("AWAITING_CUSTOMER", ["OPEN"])


@pytest.mark.parametrize("mutation", ["accept", "decline"])
def test_is_answered_once_for_each_key(world: World, mutation: str) -> None:
    """EC2."""
    offered = make.offered(world.shop, world.shop.order())
    tap = partial(getattr(make, mutation), world.shop, offered, key="tap")

    answers = together([tap] * 4)

    assert len({answer.request["version"] for answer in answers}) == 1
    assert make.read(world.shop, offered)["version"] == offered["version"] + 1


@pytest.mark.parametrize("who", ["another customer", "another shop's customer", "staff", "nobody"])
@pytest.mark.parametrize("mutation", [make.ACCEPT, make.DECLINE], ids=["accept", "decline"])
def test_is_answered_by_its_customer_only(world: World, mutation: str, who: str) -> None:
    shop = world.shop
    offer = make.offered(shop, shop.order())["offers"][0]["id"]
    ask: Any = {
        "another customer": shop.as_wang,
        "another shop's customer": world.other_shop.as_li,
        "staff": shop.as_clerk,
        "nobody": lambda query, **variables: shop.ask(query, variables),
    }[who]
    code = {"staff": ("FORBIDDEN", None), "nobody": ("UNAUTHENTICATED", None)}

    with nothing_changes(world):
        answer = ask(mutation, offer=offer, key="k")

    assert answer.refusals == [code.get(who, ("NOT_FOUND", "offerId"))]


# --- its time


@pytest.mark.parametrize(("early", "is_accepted"), [(0.001, True), (0, False), (-1, False)])
def test_is_accepted_until_the_moment_it_expires(
    world: World, early: float, is_accepted: bool
) -> None:
    """EC50: a thousandth of a second before, yes; at it and after it, no."""
    offered = make.offered(world.shop, world.shop.order())
    world.clock.forward(hours=72, seconds=-early)

    if is_accepted:
        assert statuses(make.accept(world.shop, offered).request) == ["ACCEPTED"]
    else:
        with nothing_changes(world):
            answers = [make.accept(world.shop, offered), make.decline(world.shop, offered)]
        assert [answer.refusals for answer in answers] == [[("OFFER_EXPIRED", "offerId")]] * 2


def test_is_not_offered_any_more_once_its_time_is_over(world: World) -> None:
    """Though the clock has not come by yet: the customer may still write, change or cancel."""
    offered = make.offered(world.shop, world.shop.order())
    world.clock.forward(hours=72)

    seen = world.shop.as_li(make.READ, id=offered["id"]).data["returnRequest"]

    assert make.actions(seen) == ["UPDATE", "ANSWER", "CANCEL", "SUBMIT_DELIVERY"]
    said = {"text": "来晚了", "isAnswer": True}
    seen = world.shop.as_li(make.MESSAGE, id=offered["id"], input=said, key="k").request
    assert (seen["status"], statuses(seen)) == ("REQUESTED", ["EXPIRED"])


@pytest.mark.parametrize("who_is_first", ["customer", "clock"])
def test_is_accepted_or_expires_and_never_both(world: World, who_is_first: str) -> None:
    """EC50: whoever has the lock first at that second, the other finds it done."""
    offered = make.offered(world.shop, world.shop.order())
    row = ReturnRequest.objects.get()
    expires_at = ReturnOffer.objects.get().expires_at
    world.clock.now = expires_at - timedelta(microseconds=1)
    accept = partial(make.accept, world.shop, offered)

    def expire() -> Answer | None:
        with transaction.atomic():
            lock_order_row(row.order_id)
            request = lock_request(row.pk)
            if request.status == "awaiting_customer":
                expire_offer(request, now=expires_at)
                move(request, Move.EXPIRE, by=SYSTEM, now=expires_at)
        return None

    calls: list[Callable[[], Answer | None]] = [accept, expire]
    answers = together(calls if who_is_first == "customer" else calls[::-1])
    (accepted,) = [answer for answer in answers if answer is not None]

    now = make.read_talk(world.shop, offered)
    if accepted.payload["errors"]:
        assert accepted.refusals == [("OFFER_EXPIRED", "offerId")]
        assert (now["status"], statuses(now)) == ("REQUESTED", ["EXPIRED"])
    else:
        assert (now["status"], statuses(now)) == ("REFUNDING", ["ACCEPTED"])
    assert len(now["refunds"]) == (0 if accepted.payload["errors"] else 1)


@pytest.mark.parametrize(
    ("time", "is_fine"),
    [({"hours": 1}, True), ({"days": 30}, True), ({"minutes": 59}, False), ({"days": 31}, False)],
)
def test_stands_as_long_as_staff_say(world: World, time: dict[str, float], is_fine: bool) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)
    expires_at = in_(world, **time)

    if is_fine:
        answer = make.offer(world.shop, order, request, expiresAt=expires_at)
        assert answer.request["offers"][0]["expiresAt"] == expires_at
    else:
        with nothing_changes(world):
            answer = make.offer(world.shop, order, request, expiresAt=expires_at)
        assert answer.refusals == [("OFFER_TIME_OUT_OF_RANGE", "input.expiresAt")]


def test_stands_until_a_moment_in_some_time_zone(world: World) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)

    with nothing_changes(world):
        answer = make.offer(world.shop, order, request, expiresAt="2026-11-25T12:00:00")

    assert answer.refusals == [("MALFORMED", "input.expiresAt")]


# --- what it may say


@pytest.mark.parametrize(
    ("amounts", "refusal"),
    [
        ({}, ("LINES_EMPTY", "input.lines")),
        ({0: (0, 0)}, ("QUANTITY_NOT_POSITIVE", "input.lines.quantity")),
        ({0: (1, -1)}, ("MALFORMED", "input.lines.amountFen")),
        ({0: (3, 0)}, ("QUANTITY_EXCEEDS_RETURNABLE", "input.lines.quantity")),
        ({0: (1, 19901)}, ("AMOUNT_EXCEEDS_WORTH", "input.lines.amountFen")),
        ({1: (3, 29971)}, ("AMOUNT_EXCEEDS_WORTH", "input.lines.amountFen")),
    ],
    ids=["nothing", "no piece", "less than nothing", "too many", "too dear", "too dear for three"],
)
def test_gives_no_more_than_there_is(
    world: World, amounts: dict[int, tuple[int, int]], refusal: tuple[str, str]
) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)

    with nothing_changes(world):
        answer = world.shop.as_clerk(
            make.OFFER,
            id=request["id"],
            version=1,
            input={
                "kind": "REFUND_ONLY",
                "lines": [
                    {"orderLineId": order.lines[at].id, "quantity": quantity, "amountFen": fen}
                    for at, (quantity, fen) in amounts.items()
                ],
            },
        )

    assert answer.refusals == [refusal]


@pytest.mark.parametrize("amount", [30.5, 1.0e30, True, "3000", 2**31])
def test_is_of_whole_fen(world: World, amount: Any) -> None:
    order = world.shop.order()
    request = make.requested(world.shop, order)

    with nothing_changes(world):
        answer = make.offer(world.shop, order, request, {0: (1, amount)})

    assert "Int cannot represent" in answer.body["errors"][0]["message"]


def test_names_each_line_of_the_order_once(world: World) -> None:
    shop = world.shop
    order, other = shop.order(), shop.order()
    request = make.requested(shop, order)
    mine = {"orderLineId": order.lines[0].id, "quantity": 1, "amountFen": 100}
    foreign = mine | {"orderLineId": other.lines[0].id}
    ask = partial(shop.as_clerk, make.OFFER, id=request["id"], version=1)

    with nothing_changes(world):
        twice = ask(input={"kind": "REFUND_ONLY", "lines": [mine, mine]})
        of_another = ask(input={"kind": "REFUND_ONLY", "lines": [mine, foreign]})

    assert twice.refusals == [("LINE_REPEATED", "input.lines.orderLineId")]
    assert of_another.refusals == [("LINE_NOT_IN_ORDER", "input.lines.orderLineId")]
    assert of_another.payload["errors"][0]["lines"] == [other.lines[0].id]


def test_leaves_other_requests_pieces_alone(world: World) -> None:
    """EC7: one hoodie is in another return, so only one can be offered."""
    order = world.shop.order()
    make.requested(world.shop, order)
    request = make.requested(world.shop, order)

    with nothing_changes(world):
        answer = make.offer(world.shop, order, request, {0: (2, 1000)})

    assert answer.refusals == [("QUANTITY_EXCEEDS_RETURNABLE", "input.lines.quantity")]


def test_is_refused_when_another_request_took_its_pieces(world: World) -> None:
    """EC1: offered two, asked for one; the second went to another return meanwhile."""
    order = world.shop.order()
    offered = make.offered(world.shop, order, {0: (2, 5000)})
    make.requested(world.shop, order)

    with nothing_changes(world):
        answer = make.accept(world.shop, offered)

    (error,) = answer.payload["errors"]
    assert (error["code"], error["field"]) == ("QUANTITY_EXCEEDS_RETURNABLE", "offerId")
    assert error["lines"] == [order.lines[0].id]


def test_gives_the_shipping_back_once(world: World) -> None:
    """EC25."""
    order = world.shop.order()
    make.requested(world.shop, order, {0: 1}, **evidence.of_fault(world.shop))
    request = make.requested(world.shop, order, {1: 1})

    with nothing_changes(world):
        answer = make.offer(world.shop, order, request, {1: (1, 100)}, refundShipping=True)

    assert answer.refusals == [("SHIPPING_NOT_REFUNDABLE", "input.refundShipping")]


def test_of_shipping_is_refused_when_another_return_took_it(world: World) -> None:
    order = world.shop.order()
    offered = make.offered(world.shop, order, refundShipping=True)
    make.requested(world.shop, order, {1: 1}, **evidence.of_fault(world.shop))

    with nothing_changes(world):
        answer = make.accept(world.shop, offered)

    assert answer.refusals == [("SHIPPING_NOT_REFUNDABLE", "offerId")]


def test_lowers_no_piece_that_was_never_sent(world: World) -> None:
    """EC11: nobody keeps what is still in the warehouse."""
    order = world.shop.order([HOODIE, SHIRT], fulfilled={HOODIE.sku: 1, SHIRT.sku: 3})
    request = make.requested(world.shop, order, {0: 1}, kind="REFUND_ONLY")

    with nothing_changes(world):
        answer = make.offer(world.shop, order, request, {0: (1, 3000)})

    assert answer.refusals == [("UNSENT_IS_WORTH_ALL", "input.lines.amountFen")]
    whole = make.offer(world.shop, order, request, {0: (1, 19900)}).request
    assert make.accept(world.shop, whole).request["status"] == "REFUNDING"


def test_lets_nobody_keep_what_is_on_its_way_back(world: World) -> None:
    """EC41: the customer would lose the goods, and get what keeping them was worth."""
    shop = world.shop
    order = shop.order()
    sent = make.requested(shop, order)
    offered = make.offered(shop, order)
    for at, request in enumerate([sent, offered]):
        parcel = {"carrier": "顺丰速运", "waybillNo": f"SF123456789012{at}"}
        shop.as_li(make.SUBMIT, id=request["id"], input=parcel, key=make.key()).request  # noqa: B018

    with nothing_changes(world):
        late = make.accept(shop, offered)
    assert late.refusals == [("GOODS_ON_THEIR_WAY", "offerId")]
    sent = make.read(shop, sent)
    with nothing_changes(world):
        answer = make.offer(shop, order, sent, {0: (1, 3000)})
    assert answer.refusals == [("GOODS_ON_THEIR_WAY", "input.kind")]
    lower = make.offer(shop, order, sent, {0: (1, 15000)}, kind="RETURN_AND_REFUND").request
    assert make.accept(shop, lower).request["status"] == "IN_TRANSIT"


def test_of_an_unsent_piece_is_over_when_it_was_sent(world: World) -> None:
    """EC11: the whole price is for what never left; sent, it would be given away."""
    shop = world.shop
    order = shop.order([HOODIE, SHIRT], fulfilled={HOODIE.sku: 1, SHIRT.sku: 3})
    request = make.requested(shop, order, {0: 1}, kind="REFUND_ONLY")
    offered = make.offer(shop, order, request, {0: (1, 19900)}).request
    dashboard.ship(shop, order, {0: 1})
    shop.as_li(make.RETURNABLE, order=order.id)

    with nothing_changes(world):
        answer = make.accept(shop, offered)

    assert answer.refusals == [("OFFER_OVERTAKEN", "offerId")]
    again = make.offer(shop, order, make.read(shop, offered), {0: (1, 3000)}).request
    assert make.accept(shop, again).request["promisedAmount"]["fen"] == 3000


def test_of_sent_pieces_takes_none_from_the_warehouse(world: World) -> None:
    """EC11: the other sent piece went to another return; the unsent one is worth more."""
    order = world.shop.order([SHIRT], fulfilled={SHIRT.sku: 2})
    request = make.requested(world.shop, order)
    offered = make.offer(world.shop, order, request, {0: (2, 5000)}).request
    make.requested(world.shop, order)

    with nothing_changes(world):
        answer = make.accept(world.shop, offered)

    assert answer.refusals == [("OFFER_OVERTAKEN", "offerId")]


def test_keeps_its_words_for_the_customer_readable(world: World) -> None:
    """EC59."""
    order = world.shop.order()
    request = make.requested(world.shop, order)

    with nothing_changes(world):
        answer = make.offer(world.shop, order, request, note="长" * 1001)
    seen = make.offer(world.shop, order, request, note="<b>👗</b>").request

    assert answer.refusals == [("TOO_LONG", "input.note")]
    assert seen["offers"][0]["note"] == "<b>👗</b>"


# --- at the same moment


def test_and_the_customers_cancel_are_one(world: World) -> None:
    """EC51: the customer cancels while staff make an offer."""
    order = world.shop.order()
    request = make.requested(world.shop, order)
    calls: list[Any] = [
        partial(make.offer, world.shop, order, request),
        partial(world.shop.as_li, make.CANCEL, id=request["id"], key="k"),
    ]

    offered, canceled = together(calls)

    assert canceled.payload["errors"] == []
    if offered.payload["errors"]:
        assert offered.refusals == [("VERSION_CONFLICT", "expectedVersion")]
    now = make.read_talk(world.shop, request)
    assert (now["status"], now["openOffer"]) == ("CANCELED", None)


@pytest.mark.parametrize("staffs", ["approve", "make_offer"])
def test_accepted_while_staff_withdraw_it_is_one_of_both(world: World, staffs: str) -> None:
    """EC51."""
    order = world.shop.order()
    offered = make.offered(world.shop, order)
    calls: list[Any] = [
        partial(make.accept, world.shop, offered),
        partial(do, world.shop, staffs, offered, order),
    ]

    accepted, other = together(calls)

    now = make.read_talk(world.shop, offered)
    if accepted.payload["errors"]:
        assert accepted.refusals == [("OFFER_ENDED", "offerId")]
        assert now["status"] == ("APPROVED" if staffs == "approve" else "AWAITING_CUSTOMER")
        assert now["refunds"] == []
    else:
        assert other.refusals == [("VERSION_CONFLICT", "expectedVersion")]
        assert (now["status"], statuses(now)) == ("REFUNDING", ["ACCEPTED"])
