"""A guest of a real Saleor, with an order and no account …"""

from __future__ import annotations

from typing import Any

import pytest

from tests import make
from tests.graphql.guests import BEGIN
from tests.graphql.subgraph import RETURNS_OF, numbers, reference
from tests.live import payer
from tests.live.live_shop import LiveOrder, LiveShop
from tests.live.orders import ADDRESS

NOT_FOUND = [("NOT_FOUND", None)]


@pytest.fixture
def order(shop: LiveShop) -> LiveOrder:
    return payer.buy(shop, [1], buyer=payer.guest(), openid="openid-of-a-guest")


def test_is_known_by_number_and_phone_and_gets_the_money_back(
    shop: LiveShop, order: LiveOrder
) -> None:
    number = shop.orders.number(order.id)
    begun = shop.as_nobody(BEGIN, number=number, phone="138 0013 8000").payload
    assert (begun["errors"], begun["orderId"]) == ([], order.id)
    as_guest = begun["token"]

    lines = shop.ask(make.RETURNABLE, {"order": order.id}, as_guest).data["returnableLines"]
    wish = {"input": make.wanted(order), "key": make.key()}
    request = shop.ask(make.CREATE, wish, as_guest).request

    assert [line["returnableQuantity"] for line in lines] == [1]
    assert numbers(shop.ask(RETURNS_OF, {"of": [reference(order.id)]}, as_guest)) == [
        [request["number"]]
    ]
    _refund(shop, order, request, as_guest)
    seen = shop.orders.see(order.id)
    assert seen.grants == [("SUCCESS", order.total_fen)]
    assert (seen.charged_fen, seen.refunded_fen) == (0, order.total_fen)


def test_is_not_known_by_a_wrong_phone_nor_for_an_accounts_order(
    shop: LiveShop, order: LiveOrder
) -> None:
    lis = shop.order([1])
    number, number_of_li = (shop.orders.number(pk) for pk in (order.id, lis.id))

    wrong = shop.as_nobody(BEGIN, number=number, phone="13900139000")
    not_a_guests = shop.as_nobody(BEGIN, number=number_of_li, phone=ADDRESS["phone"])

    assert (wrong.refusals, not_a_guests.refusals) == (NOT_FOUND, NOT_FOUND)


def _refund(shop: LiveShop, order: LiveOrder, request: dict[str, Any], token: str) -> None:
    """Approved, sent back by the guest, received and accepted by staff, and paid."""
    approved = shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"]).request
    parcel = {"carrier": "顺丰速运", "waybillNo": "SF1234567890123"}
    wish = {"id": approved["id"], "input": parcel, "key": make.key()}
    sent = shop.ask(make.SUBMIT, wish, token).request
    received = shop.as_clerk(make.RECEIVE, id=sent["id"], version=sent["version"]).request
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    shop.as_clerk(make.INSPECT, id=received["id"], version=received["version"], lines=lines)
    shop.work_until_counted(request)
