"""The pieces that we return in Saleor …"""

from __future__ import annotations

import pytest

from saleor_wechat_returns.domain.errors import ProviderRejected
from saleor_wechat_returns.domain.money import Fen
from saleor_wechat_returns.domain.positions import positions_of
from saleor_wechat_returns.saleor.payloads import FulfilledPieces, LineFacts, OrderFacts
from saleor_wechat_returns.saleor.return_products import PiecesBack, return_products_input


def _order(to_fulfill: int, *parts: tuple[str, int]) -> OrderFacts:
    fulfilled = tuple(
        FulfilledPieces(status, f"part-{at}", "line", quantity)
        for at, (status, quantity) in enumerate(parts)
    )
    line = LineFacts(
        order_line_id="line",
        product_name="Hoodie",
        variant_name="M",
        sku="H-M",
        quantity=to_fulfill + sum(quantity for _, quantity in parts),
        quantity_to_fulfill=to_fulfill,
        total_fen=Fen(39800),
        positions=positions_of(to_fulfill, parts),
    )
    return OrderFacts(
        id="order",
        number="1",
        status="PARTIALLY_FULFILLED",
        channel="cn",
        currency="CNY",
        customer_id="li",
        total_fen=Fen(39800),
        shipping_fen=Fen(0),
        charged_fen=Fen(0),
        lines=(line,),
        fulfilled=fulfilled,
        transactions=(),
        grants=(),
        returned_events=(),
    )


def _taken(order: OrderFacts, *, shipped: int = 0, unshipped: int = 0) -> dict[str, int]:
    wanted = return_products_input(order, [PiecesBack("line", shipped, unshipped)])
    found = {one["fulfillmentLineId"]: one["quantity"] for one in wanted["fulfillmentLines"]}
    return found | {one["orderLineId"]: one["quantity"] for one in wanted["orderLines"]}


def test_leave_the_customers_piece_alone_when_an_unsent_one_is_refunded() -> None:
    assert _taken(_order(1, ("FULFILLED", 1)), unshipped=1) == {"line": 1}


def test_leave_the_unsent_piece_alone_when_a_sent_one_comes_back() -> None:
    assert _taken(_order(1, ("FULFILLED", 1)), shipped=1) == {"part-0": 1}


def test_may_wait_for_approval_in_the_warehouse() -> None:
    assert _taken(_order(0, ("WAITING_FOR_APPROVAL", 2)), unshipped=1) == {"part-0": 1}


def test_come_from_as_many_parcels_as_are_needed() -> None:
    order = _order(0, ("FULFILLED", 1), ("RETURNED", 1), ("REFUNDED", 2))

    assert _taken(order, shipped=3) == {"part-0": 1, "part-2": 2}


@pytest.mark.parametrize(("shipped", "unshipped"), [(2, 0), (0, 2), (1, 2)])
def test_are_never_taken_from_the_other_place(shipped: int, unshipped: int) -> None:
    with pytest.raises(ProviderRejected, match="PIECES_MOVED"):
        _taken(_order(1, ("FULFILLED", 1)), shipped=shipped, unshipped=unshipped)
