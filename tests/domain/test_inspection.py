"""Of a piece that came back …"""

from __future__ import annotations

import pytest

from saleor_wechat_returns.domain.inspection import (
    Disposition,
    Outcome,
    dispositions_of,
    refund_of,
)

ACCEPTED, REFUSED, MISSING, WRONG, DAMAGED = Outcome
STOCK, GONE, BACK = Disposition.RESTOCK, Disposition.WRITE_OFF, Disposition.SEND_BACK


@pytest.mark.parametrize(
    ("outcome", "wish", "by_customers_courier", "by_shops_courier"),
    [
        (ACCEPTED, None, True, True),
        (ACCEPTED, True, True, True),
        (ACCEPTED, False, None, None),
        (REFUSED, None, False, False),
        (REFUSED, True, None, None),
        (WRONG, False, False, False),
        (WRONG, True, None, None),
        (MISSING, None, False, True),
        (MISSING, True, True, True),
        (DAMAGED, None, False, True),
        (DAMAGED, False, False, False),
    ],
)
def test_the_finding_and_the_courier_decide_about_the_money(
    outcome: Outcome,
    wish: bool | None,
    by_customers_courier: bool | None,
    by_shops_courier: bool | None,
) -> None:
    """EC47."""
    assert refund_of(outcome, wish, shop_carried=False) is by_customers_courier
    assert refund_of(outcome, wish, shop_carried=True) is by_shops_courier


@pytest.mark.parametrize(
    ("outcome", "is_refunded", "possible"),
    [
        (ACCEPTED, True, (STOCK, GONE)),
        (DAMAGED, True, (GONE, STOCK)),
        (DAMAGED, False, (BACK, GONE)),
        (REFUSED, False, (BACK, GONE)),
        (WRONG, False, (BACK, GONE)),
        (MISSING, True, ()),
        (MISSING, False, ()),
    ],
)
def test_nobody_keeps_what_is_the_others(
    outcome: Outcome, is_refunded: bool, possible: tuple[Disposition, ...]
) -> None:
    assert dispositions_of(outcome, is_refunded=is_refunded) == possible
