"""The granted refund in Saleor …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.models import Refund
from tests import make
from tests.usecases import cashier
from tests.usecases.paid_once import assert_paid_once, assert_settled
from tests.world import TestShop, World


def test_carries_the_lines_the_exact_amount_and_our_number(world: World) -> None:
    order = world.shop.order()

    request = make.inspected(world.shop, order, {0: 1, 1: 2})
    world.run()

    (grant,) = order.granted_refunds
    assert [(line.order_line, line.quantity) for line in grant.lines] == [
        (order.lines[0], 1),
        (order.lines[1], 2),
    ]
    assert (grant.amount, grant.reason) == (Decimal("398.80"), f"{request['number']}-1")
    assert not grant.shipping_costs_included


def test_is_of_the_amount_only_where_staff_granted_the_lines_already(world: World) -> None:
    order = world.shop.order()
    cashier.grant(world.shop, order, "398.00", {0: 2})

    request = make.inspected(world.shop, order)
    world.run()

    theirs, ours = order.granted_refunds
    assert (theirs.status, theirs.amount) == ("NONE", 398)
    assert (ours.status, ours.amount, ours.lines) == ("SUCCESS", 199, [])
    assert order.transactions[0].refunded == 199
    assert_settled(world.shop, request)


@pytest.mark.parametrize("maker", ["an app", "nobody any more"])
def test_is_found_again_when_its_answer_was_lost(world: World, maker: str) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add("timeout_after_accept", "orderGrantRefundCreate")
    world.work()
    if maker != "an app":
        order.granted_refunds[0].app = None  # its row went with an uninstallation

    world.run(minutes=30)

    assert len(world.shop.saleor.calls_of("orderGrantRefundCreate")) == 1
    assert_paid_once(world.shop, order, request, 19900)


def test_is_reused_however_often_its_request_fails(world: World) -> None:
    """EC38."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add("http_500", "transactionRequestRefundForGrantedRefund", times=3)
    webhook = world.shop.app.webhooks[0]
    assert "TRANSACTION_REFUND_REQUESTED" in webhook.events
    webhook.target_url = "https://returns.example/nowhere/"

    world.wait(minutes=10)

    (grant,) = order.granted_refunds
    assert grant.status == "FAILURE"
    webhook.target_url = "https://returns.example/saleor/refund-requested/"
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)


def test_is_not_requested_while_staff_have_changed_its_amount(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    webhook = world.shop.app.webhooks[0]
    webhook.target_url = "https://returns.example/nowhere/"
    world.quiet()
    (grant,) = order.granted_refunds
    cashier.change_grant(world.shop, grant, "150.00")
    webhook.target_url = "https://returns.example/saleor/refund-requested/"

    world.wait(minutes=45)

    assert len(world.shop.saleor.calls_of("transactionRequestRefundForGrantedRefund")) == 1
    assert world.wechat.calls == []
    assert make.tasks(world.shop, request) == [
        ("GRANT_REFUSED", "the grant is of 15000 fen, owed are 19900")
    ]
    cashier.change_grant(world.shop, grant, "199.00")
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)


def test_asked_for_by_staff_themselves_is_paid_once(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add("http_500", "transactionRequestRefundForGrantedRefund")
    world.work()
    (grant,) = order.granted_refunds

    cashier.request(world.shop, grant)
    world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)
    assert Refund.objects.get().requested_at is None  # the webhook overtook us


def test_waits_while_saleor_has_no_webhook_of_ours(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    webhook = world.shop.app.webhooks[0]
    webhook.is_active = False

    world.wait(minutes=15)

    ((kind, detail),) = make.tasks(world.shop, request)
    assert kind == "REFUND_REQUEST_REFUSED"
    assert detail.startswith("MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK")
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    webhook.is_active = True
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)


# --- the money went elsewhere


def test_is_of_what_is_left_when_part_went_back_another_way_before(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    received = make.received(world.shop, order)
    cashier.book_refund_made_elsewhere(world.shop, transaction, "600.00", "by hand")
    world.quiet()

    request = inspect(world.shop, order, received)
    world.run()

    assert [grant.amount for grant in order.granted_refunds] == [Decimal("109.70")]
    assert (transaction.charged, transaction.refunded) == (0, Decimal("709.70"))
    assert make.tasks(world.shop, request) == [("NO_PAYMENT_LEFT", "8930 fen are on no payment")]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"


def test_is_refused_when_part_went_back_another_way_after(world: World) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    cashier.book_refund_made_elsewhere(world.shop, transaction, "600.00", "by hand")

    world.wait(minutes=15)

    assert order.granted_refunds == []
    assert world.wechat.calls == []
    assert make.tasks(world.shop, request) == [
        (
            "GRANT_REFUSED",
            "AMOUNT_GREATER_THAN_AVAILABLE: 19900 fen owed, 10970 fen left on the transaction",
        )
    ]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"


def test_is_not_made_when_nothing_is_left(world: World) -> None:
    order = world.shop.order()
    received = make.received(world.shop, order)
    cashier.book_refund_made_elsewhere(world.shop, order.transactions[0], "709.70", "by hand")
    world.quiet()

    request = inspect(world.shop, order, received)
    world.run()

    assert order.granted_refunds == []
    assert world.wechat.calls == []
    assert make.tasks(world.shop, request) == [("NO_PAYMENT_LEFT", "19900 fen are on no payment")]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"


@pytest.mark.parametrize("amount", ["199.00", "10.00", "709.70"])
def test_is_not_mixed_up_with_a_plain_refund_at_the_same_time(world: World, amount: str) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.work()

    cashier.refund_plainly(world.shop, order.transactions[0], amount)
    world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)


def inspect(shop: TestShop, order: Any, received: dict[str, Any]) -> dict[str, Any]:
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    version = make.read(shop, received)["version"]
    return shop.as_clerk(make.INSPECT, id=received["id"], version=version, lines=lines).request
