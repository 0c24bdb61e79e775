"""What people do in kill stories until it is done, and how every story ends."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from saleor_wechat_returns.models import OutboxMessage, Refund
from saleor_wechat_returns.sandbox.saleor import PaidWith
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.kill.mortal import Mortal
from tests.world import Answer

HOODIE_FEN = 19900

Check = Callable[[], None]


def inspected(
    mortal: Mortal,
    order: Any,
    quantities: dict[int, int],
    *,
    received: dict[str, Any] | None = None,
) -> dict[str, Any]:
    shop = mortal.world.shop
    request = received or make.received(shop, order, quantities)
    lines = [
        {"orderLineId": order.lines[at].id, "acceptedQuantity": count}
        for at, count in quantities.items()
    ]

    def click() -> Answer:
        return shop.as_clerk(
            make.INSPECT, id=request["id"], version=request["version"], lines=lines
        )

    mortal.insist(click, lambda: status(mortal, request) != "RECEIVED")
    return request


def try_again(mortal: Mortal, request: dict[str, Any]) -> None:
    mortal.insist(
        lambda: make.retry(mortal.world.shop, request),
        lambda: status(mortal, request) != "REFUND_FAILED",
    )


def settle(mortal: Mortal, request: dict[str, Any], **details: Any) -> None:
    mortal.insist(
        lambda: make.settle(mortal.world.shop, request, **details),
        lambda: status(mortal, request) == "REFUNDED",
    )


def ends(
    mortal: Mortal,
    order: Any,
    request: dict[str, Any] | None,
    *,
    paid: list[int],
    by_wechat: int | None = None,
    is_refunded: bool = True,
    returned: int = 1,
) -> None:
    """So many fen in Saleor by payment, as many at WeChat Pay unless told; no loose end."""
    totals = [(t.refunded, t.refund_pending) for t in order.transactions]
    assert totals == [(Decimal(fen) / 100, 0) for fen in paid], totals
    numbers = [t.psp_reference for t in order.transactions if t.app_identifier == IDENTIFIER]
    gone = sum(
        refund.refund_fen
        for refund in mortal.world.wechat.refunds
        if refund.transaction_id in numbers and refund.status == "SUCCESS"
    )
    assert gone == (sum(paid) if by_wechat is None else by_wechat)
    assert not Refund.objects.filter(running=True).exists()
    assert not OutboxMessage.objects.filter(done_at=None).exists()
    assert not OutboxMessage.objects.exclude(lease=None).exists()
    if request is not None:
        assert status(mortal, request) == ("REFUNDED" if is_refunded else "REFUND_FAILED")
        tasks = make.tasks(mortal.world.shop, request)
        assert (tasks == []) == is_refunded, tasks
        assert [f.status for f in order.fulfillments].count("RETURNED") == returned


def status(mortal: Mortal, request: dict[str, Any]) -> str:
    return str(make.read(mortal.world.shop, request)["status"])


def paid_in_parts(mortal: Mortal, *apps: str) -> Any:
    """300.00 first, 409.70 later, by these apps."""
    number = mortal.world.next_number()
    amounts = ("300.00", "409.70")
    return mortal.world.shop.order(
        paid_with=[
            PaidWith(app, f"42000000002026{number:012d}{n}", amount)
            for n, (app, amount) in enumerate(zip(apps, amounts, strict=True))
        ]
    )


def refunded(mortal: Mortal) -> tuple[Any, dict[str, Any]]:
    order = mortal.world.shop.order()
    request = make.inspected(mortal.world.shop, order)
    mortal.world.run()
    return order, request


def closed_at_wechat(mortal: Mortal) -> tuple[Any, dict[str, Any]]:
    world = mortal.world
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "CLOSED")
    world.run()
    return order, request


def number_of(request: dict[str, Any]) -> str:
    return f"{request['number']}-1-1"
