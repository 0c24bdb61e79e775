"""Whatever a worker was at when it was killed, in the end …"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, Refund
from saleor_wechat_returns.sandbox.saleor import PaidWith
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.usecases import cashier, dashboard
from tests.usecases.test_refund_by_hand import by_hand
from tests.usecases.wires import Killer, work_until_killed
from tests.world import World

STRIPE = "saleor.app.payment.stripe"
PAYS = ["GrantRefund", "RequestRefund", "POST refunds", "ReportRefund"]

Check = Callable[[], None]
Story = Callable[[World], Check]


def several_payments(world: World) -> Check:
    order = paid_in_parts(world, IDENTIFIER, IDENTIFIER)
    request = make.inspected(world.shop, order, {0: 2, 1: 1})
    return lambda: ends(world, order, request, paid=[8820, 40970])


def another_apps_payment(world: World) -> Check:
    if STRIPE not in {app.identifier for app in world.shop.saleor.world.apps}:
        world.shop.saleor.add_payment_app(STRIPE)
    order = paid_in_parts(world, IDENTIFIER, STRIPE)
    request = make.inspected(world.shop, order, {0: 2, 1: 1})
    return lambda: ends(world, order, request, paid=[8820, 40970], by_wechat=8820)


def refund_of_the_dashboard(world: World) -> Check:
    order = world.shop.order()
    dashboard.refund_by_hand(world.shop, order.transactions[0], "50.00")
    return lambda: ends(world, order, None, paid=[5000])


def refund_of_the_portal(world: World) -> Check:
    order = world.shop.order()
    world.shop.as_li(make.RETURNABLE, order=order.id)
    by_hand(world.shop, order, 5000)
    return lambda: ends(world, order, None, paid=[5000])


def failure(world: World) -> Check:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "CLOSED")
    return lambda: ends(world, order, request, paid=[0], status="REFUND_FAILED")


def retry(world: World) -> Check:
    order, request = closed_at_wechat(world)
    make.retry(world.shop, request)
    return lambda: ends(world, order, request, paid=[19900])


def settled_by_hand(world: World) -> Check:
    order, request = closed_at_wechat(world)
    make.settle(world.shop, request)
    return lambda: ends(world, order, request, paid=[19900], by_wechat=0)


def settled_without_a_payment(world: World) -> Check:
    order = world.shop.order()
    received = make.received(world.shop, order)
    cashier.book_refund_made_elsewhere(world.shop, order.transactions[0], "709.70", "elsewhere")
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    world.quiet()
    version = make.read(world.shop, received)["version"]
    request = world.shop.as_clerk(
        make.INSPECT, id=received["id"], version=version, lines=lines
    ).request
    make.settle(world.shop, request)
    return lambda: ends(world, order, request, paid=[70970], by_wechat=0)


def sent_back_by_the_bank(world: World) -> Check:
    order, request = refunded(world)
    world.wechat.settle(number_of(request), "CLOSED", reversed=True)
    return lambda: ends(world, order, request, paid=[0], status="REFUND_FAILED")


def paid_after_all(world: World) -> Check:
    order, request = refunded(world)
    world.wechat.settle(number_of(request), "ABNORMAL", reversed=True)
    world.run()
    world.wechat.settle(number_of(request), "SUCCESS")
    return lambda: ends(world, order, request, paid=[19900])


def repair_of_a_grant(world: World) -> Check:
    """Saleor's worker calls us an hour after we paid and told it out of band."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.work()
    late = [d for d in world.shop.saleor.deliveries.pending() if d.event.startswith("TRANS")]
    for delivery in late:
        delivery.due_at = delivery.due_at.replace(year=9999)
    world.run(minutes=60)
    for delivery in late:
        delivery.due_at = world.clock.now

    def check() -> None:
        assert order.granted_refunds[0].status == "SUCCESS"
        ends(world, order, request, paid=[19900])

    return check


STORIES: dict[str, tuple[Story, list[str]]] = {
    "several payments": (several_payments, ["ReturnProducts", *PAYS, *PAYS]),
    "another app's payment": (
        another_apps_payment,
        ["ReturnProducts", "GrantRefund", "RequestRefund", *PAYS],
    ),
    "refund of the Dashboard": (refund_of_the_dashboard, ["POST refunds", "ReportRefund"]),
    "refund of the portal": (refund_of_the_portal, ["ReportRefund"]),
    "failure": (failure, ["ReportRefund"]),
    "retry": (retry, ["RequestRefund", "POST refunds", "ReportRefund"]),
    "settled by hand": (settled_by_hand, ["RequestRefund"]),
    "settled without a payment": (settled_without_a_payment, ["ReturnProducts"]),
    "sent back by the bank": (sent_back_by_the_bank, ["ReportRefund"]),
    "paid after all": (paid_after_all, ["RequestRefund"]),
    "repair of a grant": (repair_of_a_grant, ["ReportRefund", "RequestRefund"]),
}


@pytest.mark.parametrize("story", STORIES)
def test_money_has_moved_once_and_saleor_knows_it(world: World, story: str) -> None:
    begin, changes = STORIES[story]
    for at in range(1, 1000):
        check = begin(world)
        killer = Killer(at)

        with killer.around(world):
            was_killed = work_until_killed(world, killer)
        world.clock.forward(minutes=5, seconds=1)
        world.run(minutes=60)

        check()
        if not was_killed:
            break
    assert [chance for chance in killer.chances if chance != "commit"] == changes
    assert killer.chances.count("commit") >= len(changes) * 3


def ends(
    world: World,
    order: Any,
    request: dict[str, Any] | None,
    *,
    paid: list[int],
    by_wechat: int | None = None,
    status: str = "REFUNDED",
) -> None:
    """So many fen in Saleor by payment, as many at WeChat Pay unless told; no loose end."""
    totals = [(t.refunded, t.refund_pending) for t in order.transactions]
    assert totals == [(Decimal(fen) / 100, 0) for fen in paid]
    numbers = [t.psp_reference for t in order.transactions if t.app_identifier == IDENTIFIER]
    gone = sum(
        refund.refund_fen
        for refund in world.wechat.refunds
        if refund.transaction_id in numbers and refund.status == "SUCCESS"
    )
    assert gone == (sum(paid) if by_wechat is None else by_wechat)
    assert not Refund.objects.filter(running=True).exists()
    assert not OutboxMessage.objects.filter(done_at=None).exists()
    if request is not None:
        assert make.read(world.shop, request)["status"] == status
        kinds = [kind for kind, _ in make.tasks(world.shop, request)]
        assert (status == "REFUNDED") == (kinds == [])
        returned = [f.status for f in order.fulfillments].count("RETURNED")
        assert returned == 1


def paid_in_parts(world: World, *apps: str) -> Any:
    """300.00 first, 409.70 later, by these apps."""
    number = world.next_number()
    amounts = ("300.00", "409.70")
    return world.shop.order(
        paid_with=[
            PaidWith(app, f"42000000002026{number:012d}{n}", amount)
            for n, (app, amount) in enumerate(zip(apps, amounts, strict=True))
        ]
    )


def refunded(world: World) -> tuple[Any, dict[str, Any]]:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()
    return order, request


def closed_at_wechat(world: World) -> tuple[Any, dict[str, Any]]:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "CLOSED")
    world.run()
    return order, request


def number_of(request: dict[str, Any]) -> str:
    return f"{request['number']}-1-1"
