"""The money of an accepted offer …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, ReturnableLine, ReturnLine
from saleor_wechat_returns.sandbox.saleor import LineSpec
from tests import make
from tests.usecases.paid_once import assert_money_moved_once, assert_settled, yuan
from tests.usecases.unchanged import nothing_changes
from tests.world import HOODIE, SHIRT, Answer, World

THREE_FOR_TEN = LineSpec("袜子 Socks", "38-40", "SOCKS", 3, "3.33", total_price="10.00")
GIFT = LineSpec("赠品 Gift", "", "GIFT", 1, "0.00")
WITH_VOUCHER = LineSpec("T恤 T-shirt", "S", "SHIRT-S", 3, "97.90", total_price="293.69")
# 买二送一: three for the price of two, spread over the pieces.
THREE_FOR_TWO = LineSpec("T恤 T-shirt", "S", "SHIRT-S", 3, "66.60", total_price="199.80")


def accepted(
    world: World, order: Any, amounts: dict[int, tuple[int, int]], **terms: Any
) -> dict[str, Any]:
    """A request for the first pieces of the same lines, and the accepted offer."""
    pieces = terms.pop("asked", {at: quantity for at, (quantity, _) in amounts.items()})
    request = make.requested(world.shop, order, pieces)
    offered = make.offer(world.shop, order, request, amounts, **terms).request
    return make.accept(world.shop, offered).request


def back(world: World, request: dict[str, Any], *pieces: int) -> Answer:
    """The goods come back, and so many pieces of each line are accepted."""
    parcel = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
    request = world.shop.as_li(make.SUBMIT, id=request["id"], input=parcel, key=make.key()).request
    request = world.shop.as_clerk(
        make.RECEIVE, id=request["id"], version=request["version"]
    ).request
    lines = [
        {"orderLineId": line["orderLineId"], "acceptedQuantity": count}
        for line, count in zip(request["lines"], pieces, strict=True)
    ]
    return world.shop.as_clerk(
        make.INSPECT, id=request["id"], version=request["version"], lines=lines
    )


def fens(request: dict[str, Any]) -> list[int]:
    return [refund["amount"]["fen"] for refund in request["refunds"]]


def test_for_goods_that_stay_goes_back_at_once(world: World) -> None:
    """¥30 for a hoodie that is kept: paid once, and the goods stay with the customer in Saleor."""
    order = world.shop.order()

    request = accepted(world, order, {0: (1, 3000)})
    assert (request["status"], request["kind"]) == ("REFUNDING", "REFUND_ONLY")
    assert (request["promisedAmount"]["fen"], fens(request)) == (3000, [3000])
    world.run()

    assert_settled(world.shop, request)
    assert_money_moved_once(world.shop, order.transactions[0], 3000)
    assert [f.status for f in order.fulfillments] == ["FULFILLED"]


def test_is_granted_as_an_amount_where_it_is_less_than_the_goods(world: World) -> None:
    """With the line, Saleor would show the hoodie as paid back whole."""
    order = world.shop.order()

    accepted(world, order, {0: (1, 3000), 1: (3, 29970)})
    world.run()

    (grant,) = order.granted_refunds
    assert (grant.status, grant.amount) == ("SUCCESS", yuan(32970))
    assert [(line.order_line.id, line.quantity) for line in grant.lines] == [(order.lines[1].id, 3)]


def test_without_a_whole_piece_is_granted_without_lines(world: World) -> None:
    order = world.shop.order()

    accepted(world, order, {0: (2, 5000)})
    world.run()

    (grant,) = order.granted_refunds
    assert (grant.amount, list(grant.lines)) == (yuan(5000), [])


def test_consumes_the_full_worth_of_its_pieces(world: World) -> None:
    """What is withheld makes no other piece dearer."""
    order = world.shop.order([THREE_FOR_TEN], shipping="0")

    accepted(world, order, {0: (1, 100)})
    world.run()

    line, part = ReturnableLine.objects.get(), ReturnLine.objects.get()
    assert (line.kept, line.held_shipped, line.assigned_fen) == (1, 0, 334)
    assert (part.share_fen, part.paid_fen) == (334, 100)
    (left,) = world.shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"]
    assert [amount["fen"] for amount in left["amounts"]] == [333, 666]


def test_of_nothing_ends_without_a_call_about_money(world: World) -> None:
    """EC22: never a grant of 0, which would refund the whole transaction."""
    order = world.shop.order()

    request = accepted(world, order, {0: (1, 0)})
    world.run()

    assert_settled(world.shop, request)
    assert (order.granted_refunds, world.wechat.calls) == ([], [])


def test_with_shipping_is_both(world: World) -> None:
    order = world.shop.order()

    request = accepted(world, order, {0: (1, 3000)}, refundShipping=True)
    world.run()

    assert (request["promisedAmount"]["fen"], request["shippingAmount"]["fen"]) == (4200, 1200)
    assert_money_moved_once(world.shop, order.transactions[0], 4200)
    (grant,) = order.granted_refunds
    assert grant.shipping_costs_included


@pytest.mark.parametrize("count", [1, 2, 3])
def test_for_goods_that_come_back_is_paid_for_what_came(world: World, count: int) -> None:
    """EC26: 20.00 of 299.70 agreed to be kept by the shop; to the fen for each accepted piece."""
    order = world.shop.order([SHIRT])
    request = accepted(world, order, {0: (3, 27970)}, kind="RETURN_AND_REFUND")
    assert (request["status"], request["promisedAmount"]["fen"]) == ("APPROVED", 27970)

    inspected = make.agree(world.shop, back(world, request, count).request)

    assert fens(inspected) == [[9324, 18647, 27970][count - 1]]
    line = ReturnableLine.objects.get()
    assert (line.held_shipped, line.assigned_fen) == (count, 9990 * count)
    world.run()
    assert_settled(world.shop, request)
    assert_money_moved_once(world.shop, order.transactions[0], fens(inspected)[0])


def test_keeps_its_word_about_the_shipping_at_the_inspection(world: World) -> None:
    """By the rule it goes with the last piece, and not with the first: offers said otherwise."""
    everything = {0: (2, 39800), 1: (3, 29970)}
    without = accepted(world, world.shop.order(), everything, kind="RETURN_AND_REFUND")
    one = {0: (1, 19900)}
    given = accepted(world, world.shop.order(), one, kind="RETURN_AND_REFUND", refundShipping=True)

    assert fens(back(world, without, 2, 3).request) == [69770]
    assert fens(back(world, given, 1).request) == [21100]


def test_of_fewer_pieces_frees_the_others(world: World) -> None:
    order = world.shop.order()

    accepted(world, order, {0: (1, 19900)}, asked={0: 2, 1: 1}, kind="RETURN_AND_REFUND")

    rows = {row.order_line_id: row for row in ReturnableLine.objects.all()}
    assert [rows[line.id].held_shipped for line in order.lines] == [1, 0]
    assert [rows[line.id].assigned_fen for line in order.lines] == [19900, 0]


def test_of_a_kept_piece_takes_the_one_the_customer_has(world: World) -> None:
    """EC11: one hoodie was sent, the other was not. The one that is kept was sent."""
    order = world.shop.order([HOODIE], fulfilled={HOODIE.sku: 1}, shipping="0")

    accepted(world, order, {0: (1, 3000)})
    world.run()

    line = ReturnableLine.objects.get()
    assert (line.kept, line.done, line.held_unshipped) == (1, 0, 0)
    assert [f.status for f in order.fulfillments] == ["FULFILLED"]


def test_honours_the_offer_to_the_fen_when_the_line_has_moved(world: World) -> None:
    """EC21: 10.00 over three; the dear fen went to another return after the offer was made."""
    shop = world.shop
    order = shop.order([THREE_FOR_TEN], shipping="0")
    first = make.requested(shop, order)  # 334
    second = make.requested(shop, order)  # 333
    shop.as_li(make.CANCEL, id=first["id"], key=make.key())
    offered = make.offer(shop, order, second, {0: (1, 334)}).request
    third = make.requested(shop, order)
    assert third["promisedAmount"]["fen"] == 334

    assert fens(make.accept(shop, offered).request) == [334]

    assert ReturnableLine.objects.get().assigned_fen == 668
    assert make.requested(shop, order)["promisedAmount"]["fen"] == 332


def test_of_a_voucher_order_stays_exact(world: World) -> None:
    """EC19: 3 × 99.90 less 10.00; offered are the paid 293.69, and not one fen more."""
    order = world.shop.order([WITH_VOUCHER], shipping="0", voucher_code="TEN")
    request = make.requested(world.shop, order, {0: 1})

    dear = make.offer(world.shop, order, request, {0: (3, 29370)})
    whole = make.offer(world.shop, order, request, {0: (3, 29369)}).request

    assert dear.refusals == [("AMOUNT_EXCEEDS_WORTH", "input.lines.amountFen")]
    assert fens(make.accept(world.shop, whole).request) == [29369]


def test_settles_a_bundle_of_which_part_comes_back(world: World) -> None:
    """EC18: two paid, one free. Of one that comes back the offer takes the lost discount off."""
    order = world.shop.order([THREE_FOR_TWO], shipping="0")

    request = accepted(world, order, {0: (1, 0)}, kind="RETURN_AND_REFUND")

    assert request["promisedAmount"]["fen"] == 0
    inspected = back(world, request, 1).request
    world.run()
    assert_settled(world.shop, inspected)
    assert world.wechat.calls == []
    (left,) = world.shop.as_li(make.RETURNABLE, order=order.id).data["returnableLines"]
    assert [amount["fen"] for amount in left["amounts"]] == [6660, 13320]


@pytest.mark.parametrize("gift_comes_back", [True, False])
def test_settles_a_gift_that_comes_back_or_is_charged(world: World, gift_comes_back: bool) -> None:
    """EC20: the offer names the gift's line, or takes its price off."""
    order = world.shop.order([HOODIE, GIFT], shipping="0")
    amounts = {0: (1, 19900), 1: (1, 0)} if gift_comes_back else {0: (1, 18900)}

    request = accepted(world, order, amounts, asked={0: 1}, kind="RETURN_AND_REFUND")

    assert len(request["lines"]) == len(amounts)
    inspected = back(world, request, *[1] * len(amounts)).request
    assert fens(inspected) == [19900 if gift_comes_back else 18900]


def test_waits_for_the_parcel_that_is_on_its_way(world: World) -> None:
    """EC41: shipped before anybody decided; the accepted offer finds the parcel known."""
    shop = world.shop
    order = shop.order()
    offered = make.offered(shop, order, {0: (1, 15000)}, kind="RETURN_AND_REFUND")
    parcel = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
    shop.as_li(make.SUBMIT, id=offered["id"], input=parcel, key=make.key()).request  # noqa: B018

    assert make.accept(shop, offered).request["status"] == "IN_TRANSIT"
    assert not OutboxMessage.objects.exists()


def test_that_others_have_left_too_little_for_is_over(world: World) -> None:
    """Of 10.00 over three pieces 3.34 is the dearest, and there is only one of it."""
    shop = world.shop
    order = shop.order([THREE_FOR_TEN], shipping="0")
    first, second = make.requested(shop, order), make.requested(shop, order)
    shop.as_li(make.CANCEL, id=first["id"], key=make.key())
    offered = make.offer(shop, order, second, {0: (1, 334)}).request
    make.requested(shop, order, {0: 2})

    with nothing_changes(world):
        assert make.accept(shop, offered).refusals == [("OFFER_OVERTAKEN", "offerId")]
