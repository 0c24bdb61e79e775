"""A whole refund costs no more than …"""

from __future__ import annotations

from collections import Counter

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.wires import wired
from tests.world import World

# From the accepted return to the money counted in Saleor, worker and webhooks together. Whoever
# needs more says why; whoever needs less lowers the figure.
CALLS = {
    "OrderFacts": 7,
    "ReturnProducts": 1,
    "GrantRefund": 1,
    "RequestRefund": 1,
    "POST refunds": 1,
    "ReportRefund": 1,
}
STATEMENTS = 298


def test_these_calls_and_statements(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    calls: Counter[str] = Counter()

    with (
        wired(world, before=lambda call: calls.update([call])),
        CaptureQueriesContext(connection) as statements,
    ):
        world.quiet()
        world.wechat.advance()
        world.quiet()

    assert calls == CALLS
    assert len(statements) <= STATEMENTS  # looked at before another request clears them
    world.run()
    assert_paid_once(world.shop, order, request, 19900)
