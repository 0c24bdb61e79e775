"""Every recording that matters here is replayed somewhere, or says why it is not."""

import re

from tests.contracts import (
    recordings,
    test_sandbox_saleor_checkout,
    test_sandbox_saleor_grants,
    test_sandbox_saleor_lists,
    test_sandbox_saleor_orders,
    test_sandbox_saleor_owners,
    test_sandbox_saleor_refunds,
    test_sandbox_saleor_returns,
    test_sandbox_saleor_tokens,
)
from tests.contracts.test_sandbox_saleor_lab import recordings_of

# The beginning of a name, and why nothing of that name is replayed whole.
NOT_REPLAYED = {
    "00-": "installing is a call of the sandbox (`install_app`), not of its API",
    "01-": "installing is a call of the sandbox (`install_app`), not of its API",
    "02-": "compared in test_sandbox_saleor_install.py: Saleor is the caller",
    "03-": "compared in test_sandbox_saleor_install.py: Saleor is the caller",
    "04-": "the list of apps is staff's; nobody here reads it",
    "05-": "Dashboard's own post, not Saleor's",
    "241-": "query costs are not simulated",
    "250-": "a table of latencies, no exchange",
    "30[0-7]-": "OpenID Connect is not simulated",
    "31[0-9]-": "OpenID Connect is not simulated",
    "330b-": "OpenID Connect is not simulated",
    "32[0-4]-": "installing is a call of the sandbox (`install_app`), not of its API",
    "352-": "a list of deliveries is staff's; `deliveries.log` has them",
    "353-": "a list of deliveries is staff's; `deliveries.log` has them",
    "354-": "a list of deliveries is staff's; `deliveries.log` has them",
    "36[0-4]-": "references of reasons are not simulated",
    "36[67]-": "references of reasons are not simulated",
    "37[0-4]-": "file uploads are not simulated",
    "38[34]-": "the list of transactions is not simulated",
    "m-": "`appFetchManifest` and its rules for manifests are not simulated",
}

REPLAYED = recordings_of(
    test_sandbox_saleor_checkout.STORIES,
    test_sandbox_saleor_grants.STORIES,
    test_sandbox_saleor_lists.STORIES,
    test_sandbox_saleor_orders.STORIES,
    test_sandbox_saleor_owners.STORIES,
    test_sandbox_saleor_refunds.STORIES,
    test_sandbox_saleor_returns.STORIES,
) | set(test_sandbox_saleor_tokens.REPLAYED)


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
    others = [name for name in recordings.names() if name not in REPLAYED]

    reasons = {name: _reason(name) for name in others}

    assert [name for name, found in reasons.items() if len(found) != 1] == []
    unused = set(NOT_REPLAYED) - {start for found in reasons.values() for start in found}
    assert unused == set()


def _reason(name: str) -> list[str]:
    return [start for start in NOT_REPLAYED if re.match(start, name)]
