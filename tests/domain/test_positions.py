"""Positions …"""

from __future__ import annotations

import pytest

from saleor_wechat_returns.domain.positions import Positions, positions_of


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("FULFILLED", Positions(0, 2, 0, 0)),
        ("REFUNDED", Positions(0, 2, 0, 0)),
        ("RETURNED", Positions(0, 0, 2, 0)),
        ("REFUNDED_AND_RETURNED", Positions(0, 0, 2, 0)),
        ("REPLACED", Positions(0, 0, 0, 2)),
        ("WAITING_FOR_APPROVAL", Positions(2, 0, 0, 0)),
        ("CANCELED", Positions(0, 0, 0, 0)),
        ("A_STATUS_OF_TOMORROW", Positions(0, 0, 0, 0)),
    ],
)
def test_follow_from_the_fulfilment_status(status: str, expected: Positions) -> None:
    assert positions_of(0, [(status, 2)]) == expected


def test_add_up_over_fulfilments_and_what_was_never_sent() -> None:
    parts = [("FULFILLED", 1), ("RETURNED", 1), ("FULFILLED", 2)]

    assert positions_of(3, parts) == Positions(
        unshipped=3, with_customer=3, returned=1, exchanged=0
    )


def test_count_no_pieces_below_zero() -> None:
    """Saleor's quantityToFulfill turns negative when an unshipped line was "returned" twice."""
    assert positions_of(-1, []).unshipped == 0
