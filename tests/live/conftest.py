"""Our service in a real Saleor, over real sockets, by the real clock. Only WeChat Pay is simulated.

The Saleor is given by the environment (NEEDED, below); without it these tests skip and say what
is missing. It must run on this machine, since it calls our service at 127.0.0.1, and be one made
for tests: orders stay in it, and for a moment parcels of others would wait for approval too.
Most of the time goes by in waiting a minute, as we do before we repeat, and as WeChat Pay wants.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.live.live_shop import LiveShop
    from tests.live.real_saleor import RealSaleor

# Failures in them show their values, as in tests.
pytest.register_assert_rewrite(
    "tests.live.cashier",
    "tests.live.ending",
    "tests.live.live_shop",
    "tests.live.orders",
    "tests.live.payer",
    "tests.live.real_saleor",
)

NEEDED = (
    "SALEOR_API_URL",
    "SALEOR_CHANNEL",
    "SALEOR_STAFF_EMAIL",
    "SALEOR_STAFF_PASSWORD",
    "SALEOR_CUSTOMER_EMAIL",
    "SALEOR_CUSTOMER_PASSWORD",
    "SALEOR_OTHER_CUSTOMER_EMAIL",
    "SALEOR_OTHER_CUSTOMER_PASSWORD",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder; skip it where no Saleor is named."""
    missing = [name for name in NEEDED if not os.environ.get(name)]
    why = (
        f"needs a real Saleor made for tests ({', '.join(missing)} not set): without it, it is not"
        " shown that one installs the app, and that it returns and refunds there exactly once"
    )
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)
            if missing:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session")
def saleor() -> RealSaleor:
    """The Saleor of SALEOR_API_URL."""
    from tests.live.real_saleor import Account, RealSaleor

    staff = Account(os.environ["SALEOR_STAFF_EMAIL"], os.environ["SALEOR_STAFF_PASSWORD"])
    return RealSaleor(os.environ["SALEOR_API_URL"], os.environ["SALEOR_CHANNEL"], staff)


@pytest.fixture
def shop(saleor: RealSaleor, transactional_db: None, settings: Settings) -> Iterator[LiveShop]:
    """Our app, installed in the real Saleor for one test."""
    from tests.live.live_shop import LiveShop
    from tests.live.real_saleor import Account
    from tests.live.web import HOST, Web

    web = Web()
    web.start()
    settings.PUBLIC_URL = web.url
    settings.ALLOWED_HOSTS = [HOST]  # Saleor's installer sends Host without the port
    li = Account(os.environ["SALEOR_CUSTOMER_EMAIL"], os.environ["SALEOR_CUSTOMER_PASSWORD"])
    wang = Account(
        os.environ["SALEOR_OTHER_CUSTOMER_EMAIL"], os.environ["SALEOR_OTHER_CUSTOMER_PASSWORD"]
    )
    try:
        with LiveShop(saleor, web, li, wang).installed() as installed:
            yield installed
    finally:
        web.stop()
