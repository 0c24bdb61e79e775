"""Every recording that matters here is replayed somewhere, or says why it is not."""

import re

from tests.contracts import (
    recordings,
    test_sandbox_saleor_grants,
    test_sandbox_saleor_orders,
    test_sandbox_saleor_refunds,
    test_sandbox_saleor_returns,
    test_sandbox_saleor_tokens,
)
from tests.contracts.test_sandbox_saleor_lab import recordings_of

_CHECKOUT = "begins in a checkout, which the sandbox does not simulate"
_OTHER_ORDERS = "answers with orders that were never read on their own"

NOT_REPLAYED = {
    "90-init-deposit": _CHECKOUT,
    "91-checkout-complete-deposit-only": _CHECKOUT,
    "92-init-balance": _CHECKOUT,
    "93-checkout-complete-two-transactions": _CHECKOUT,
    "139-orders-list-filter": _OTHER_ORDERS,
    "140-app-self": "lists webhooks for checkout and payment sessions too",
    "180-unpaid-allowed-checkout-complete-deposit": _CHECKOUT,
    "181-transaction-initialize-on-order-balance": _CHECKOUT,
    "182-webhook-transaction-initialize-session-order": _CHECKOUT,
    "220-customer-me-orders": _OTHER_ORDERS,
    "240-cost-example": "query cost is not simulated",
}

REPLAYED = recordings_of(
    test_sandbox_saleor_grants.STORIES,
    test_sandbox_saleor_orders.STORIES,
    test_sandbox_saleor_refunds.STORIES,
    test_sandbox_saleor_returns.STORIES,
) | set(test_sandbox_saleor_tokens.REPLAYED)

_RANGES = (range(22, 29), range(30, 106), range(110, 145), range(150, 196), range(200, 241))


def numbered(*ranges: range) -> set[str]:
    """The names of the recordings whose number lies in one of the ranges."""
    found = set()
    for name in recordings.names():
        number = re.match(r"\d+", name)
        if number and any(int(number[0]) in wanted for wanted in ranges):
            found.add(name)
    return found


def test_every_recording_of_returns_and_refunds_is_replayed() -> None:
    promised = numbered(range(30, 82))

    assert len(promised) > 60
    assert promised - REPLAYED == set()


def test_every_other_recording_is_replayed_or_says_why_not() -> None:
    assert numbered(*_RANGES) - REPLAYED == set(NOT_REPLAYED)
