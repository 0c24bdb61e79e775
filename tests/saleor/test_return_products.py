"""The pieces that we return in Saleor …"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from saleor_wechat_returns.domain.errors import ProviderRejected
from saleor_wechat_returns.domain.money import Fen
from saleor_wechat_returns.domain.positions import positions_of
from saleor_wechat_returns.saleor.payloads import (
    FulfilledPieces,
    FulfillmentFacts,
    LineFacts,
    OrderFacts,
)
from saleor_wechat_returns.saleor.return_products import PiecesBack, return_products_input

SENT_AT = datetime(2026, 11, 20, tzinfo=UTC)


def _order(to_fulfill: int, *parts: tuple[str, int]) -> OrderFacts:
    fulfilled = tuple(
        FulfilledPieces(
            status, f"part-{at}", "line", quantity, FulfillmentFacts(f"parcel-{at}", SENT_AT, {})
        )
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


def _taken(
    order: OrderFacts,
    *,
    shipped: int = 0,
    unshipped: int = 0,
    parcels: dict[str, int] | None = None,
) -> dict[str, int]:
    pieces = PiecesBack("line", shipped, unshipped, parcels or {})
    wanted = return_products_input(order, [pieces])
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


def test_come_from_the_parcel_whose_window_was_reckoned() -> None:
    order = _order(0, ("FULFILLED", 2), ("FULFILLED", 2))

    assert _taken(order, shipped=1, parcels={"parcel-1": 1}) == {"part-1": 1}
    assert _taken(order, shipped=3, parcels={"parcel-1": 1}) == {"part-0": 2, "part-1": 1}
    assert _taken(order, shipped=4, parcels={"parcel-1": 1}) == {"part-0": 2, "part-1": 2}


def test_come_from_another_parcel_once_theirs_is_gone() -> None:
    assert _taken(_order(0, ("FULFILLED", 2)), shipped=2, parcels={"gone": 2}) == {"part-0": 2}


@pytest.mark.parametrize(("shipped", "unshipped"), [(2, 0), (0, 2), (1, 2)])
def test_are_never_taken_from_the_other_place(shipped: int, unshipped: int) -> None:
    with pytest.raises(ProviderRejected, match="PIECES_MOVED"):
        _taken(_order(1, ("FULFILLED", 1)), shipped=shipped, unshipped=unshipped)
