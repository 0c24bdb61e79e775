"""Stories of what goes on beside a refund: pieces into stock, and what Saleor's order shows."""

from __future__ import annotations

from dataclasses import replace

from saleor_wechat_returns.models import OutboxMessage, ReturnRequest, StockChange
from saleor_wechat_returns.tasks import show_returns
from tests import make
from tests.kill.hands import HOODIE_FEN, Check, status
from tests.kill.mortal import Mortal
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.test_restock import in_stock, inspect, warehouse
from tests.usecases.test_show_in_saleor import notes
from tests.usecases.test_show_in_saleor import status as shown
from tests.world import HOODIE

FIVE_PAIRS = replace(HOODIE, quantity=10)
# As many as never give the same number twice.
THERE, SOLD = 500, 7


def agreed_to_less(mortal: Mortal) -> Check:
    """One of two hoodies is refused; the other is paid, and goes into stock."""
    world = mortal.world
    order, variant = in_stock(world)
    here = warehouse(world)
    accepted = {"quantity": 1, "outcome": "ACCEPTED", "warehouseId": here}
    lowered = inspect(world, order, accepted, {"quantity": 1, "outcome": "REFUSED"})
    request = make.read_talk(world.shop, lowered)
    mortal.insist(
        lambda: make.accept(world.shop, request, key="agreed"),
        lambda: status(mortal, request) != "INSPECTED",
    )

    def check() -> None:
        assert_paid_once(world.shop, order, request, HOODIE_FEN)
        assert variant.stocks == {here: 11}
        assert StockChange.objects.get().status == "done"

    return check


def sold_meanwhile(mortal: Mortal) -> Check:
    """Pairs go into stock, and others are sold whenever a process died.

    So whoever goes on finds a number that nobody wrote down: it counts anew where it had not yet
    asked, and where it had, staff must look. No pair is ever added twice.
    """
    world, saleor = mortal.world, mortal.world.shop.saleor
    order, variant = in_stock(world, THERE, [FIVE_PAIRS])
    here = warehouse(world)
    saleor.faults.add("timeout_before", "productVariant", times=99)
    pair = {"quantity": 2, "outcome": "ACCEPTED", "warehouseId": here}
    request = inspect(world, order, *[pair] * 5)
    world.run(minutes=3)
    assert status(mortal, request) == "REFUNDED"  # only the stock is left
    saleor.faults.clear()

    def sell() -> None:
        variant.stocks[here] -= SOLD

    mortal.after_death = sell

    def check() -> None:
        changes = list(StockChange.objects.order_by("id"))
        asked = saleor.calls_of("productVariantStocksUpdate")
        numbers = [call.variables["stocks"][0]["quantity"] for call in asked]
        sold = SOLD * len(mortal.points.deaths())
        assert variant.stocks == {here: THERE - sold + 2 * len(numbers)}
        times = [numbers.count(change.after) for change in changes]
        assert sum(times) == len(numbers)
        told = [(change.status, count) for change, count in zip(changes, times, strict=True)]
        assert set(told) == {("failed", 0), ("failed", 1), ("done", 1)}
        ((kind, detail),) = make.tasks(world.shop, request)
        failed = [how for how, _ in told].count("failed")
        assert (kind, detail.count("STOCK_MOVED")) == ("RESTOCK_FAILED", failed)
        assert not OutboxMessage.objects.filter(done_at=None).exists()

    return check


def shown_on_the_order(mortal: Mortal) -> Check:
    """That a return began and that it was canceled, which no note says twice."""
    shop = mortal.world.shop
    order = shop.order()
    request = make.requested(shop, order)
    shop.as_li(make.CANCEL, id=request["id"], key="canceled").request  # noqa: B018
    show_returns()

    def check() -> None:
        number = request["number"]
        assert notes(order) == [
            f"售后单 {number}:提交申请 (Return requested)",
            f"售后单 {number}:已撤销 (Canceled by the customer)",
        ]
        assert shown(order) == {"returns": [{"number": number, "status": "canceled"}]}
        assert ReturnRequest.objects.get().shown_status == "canceled"
        assert not OutboxMessage.objects.filter(done_at=None).exists()

    return check
