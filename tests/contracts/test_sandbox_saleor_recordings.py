"""Every recording that matters here is replayed somewhere, or says why it is not."""

import re

from tests.contracts import (
    recordings,
    test_sandbox_saleor_checkout,
    test_sandbox_saleor_grants,
    test_sandbox_saleor_lists,
    test_sandbox_saleor_orders,
    test_sandbox_saleor_refunds,
    test_sandbox_saleor_returns,
    test_sandbox_saleor_tokens,
)
from tests.contracts.test_sandbox_saleor_lab import recordings_of

NOT_REPLAYED = {
    "330b-oidc-userinfo-called-with-app-token": "OpenID Connect is not simulated",
}

REPLAYED = recordings_of(
    test_sandbox_saleor_checkout.STORIES,
    test_sandbox_saleor_grants.STORIES,
    test_sandbox_saleor_lists.STORIES,
    test_sandbox_saleor_orders.STORIES,
    test_sandbox_saleor_refunds.STORIES,
    test_sandbox_saleor_returns.STORIES,
) | set(test_sandbox_saleor_tokens.REPLAYED)

_RANGES = (
    range(10, 29),
    range(30, 106),
    range(110, 145),
    range(150, 196),
    range(200, 241),
    range(330, 332),
    range(340, 341),
)


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
