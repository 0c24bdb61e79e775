"""The clock looks at the parcels of a payment …"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from saleor_wechat_returns.domain.shipping_info import ShippingInfoStatus, next_look

PAID_AT = datetime(2026, 11, 1, tzinfo=UTC)
HOURS = timedelta(hours=1)
DAYS = timedelta(days=1)


def looks(status: str, told_at: datetime | None) -> list[timedelta]:
    """When, since the payment, if nothing ever changes; each a few minutes late."""
    found: list[timedelta] = []
    at: datetime | None = told_at or PAID_AT
    while at is not None:
        found.append(at - PAID_AT)
        now = at + timedelta(minutes=5)
        at = next_look(status, paid_at=PAID_AT, told_at=told_at, now=now)
    return found[1:]


@pytest.mark.parametrize("status", ["waiting", "partly", "refused"])
def test_every_six_hours_for_a_month_while_there_may_be_something_to_tell(status: str) -> None:
    found = looks(status, None)

    assert [round(after / HOURS) for after in found[:3]] == [6, 12, 18]
    assert 29 * DAYS < found[-1] < 31 * DAYS
    assert len(found) == 119


def test_a_day_two_and_four_after_all_was_told() -> None:
    found = looks("told", PAID_AT + 3 * DAYS)

    assert [round(after / DAYS) - 3 for after in found] == [1, 2, 4]


@pytest.mark.parametrize("status", ["told", "elsewhere", "not_needed"])
def test_never_where_nothing_can_be_told_or_corrected(status: str) -> None:
    told_at = None if status == "told" else PAID_AT

    assert next_look(status, paid_at=PAID_AT, told_at=told_at, now=PAID_AT) is None
    assert status in list(ShippingInfoStatus)
