"""A refund in Saleor …"""

from __future__ import annotations

import pytest

from saleor_wechat_returns.models import ReturnRequest, WechatMerchant
from saleor_wechat_returns.sandbox.saleor import LineSpec, PaidWith
from saleor_wechat_returns.usecases.install import IDENTIFIER
from tests import make
from tests.usecases import cashier, dashboard
from tests.usecases.paid_once import assert_paid_once, assert_settled
from tests.usecases.wires import Refusing, wired
from tests.world import HOODIE, TestShop, World

GIFT = LineSpec("赠品袜子 Free socks", "", "SOCKS", 1, "0.00")


def calls_about_money(shop: TestShop) -> list[str]:
    fields = ("orderGrantRefundCreate", "transactionRequestRefundForGrantedRefund")
    asked = [call.field for call in shop.saleor.calls if call.field in fields]
    return asked + [call.method for call in shop.world.wechat.calls]


# --- worth nothing


def test_of_nothing_records_the_return_and_asks_for_no_money(world: World) -> None:
    order = world.shop.order([HOODIE, GIFT])

    request = make.inspected(world.shop, order, {1: 1})
    world.run()

    assert calls_about_money(world.shop) == []
    assert order.granted_refunds == []
    (returned,) = [f for f in order.fulfillments if f.status == "RETURNED"]
    assert [(line.order_line, line.quantity) for line in returned.lines] == [(order.lines[1], 1)]
    assert_settled(world.shop, request)


def test_of_nothing_makes_way_for_the_next(world: World) -> None:
    order = world.shop.order([HOODIE, GIFT])

    gift = make.inspected(world.shop, order, {1: 1})
    hoodie = make.inspected(world.shop, order, {0: 1})
    world.run()

    assert_settled(world.shop, gift)
    assert_settled(world.shop, hoodie)
    assert order.transactions[0].refunded == 199


# --- the return


def test_returns_nothing_on_an_order_that_was_cancelled(world: World) -> None:
    """EC10."""
    order = world.shop.order(fulfilled=None)
    asked = make.requested(world.shop, order, kind="REFUND_ONLY")
    cashier.cancel_order(world.shop, order)

    approved = world.shop.as_clerk(make.APPROVE, id=asked["id"], version=asked["version"]).request
    world.run()

    assert world.shop.saleor.calls_of("orderFulfillmentReturnProducts") == []
    assert order.transactions[0].refunded == 199
    assert_settled(world.shop, approved)


def test_returns_nothing_when_the_customer_keeps_the_goods(world: World) -> None:
    order = world.shop.order()
    asked = make.requested(world.shop, order, kind="REFUND_ONLY")

    approved = world.shop.as_clerk(make.APPROVE, id=asked["id"], version=asked["version"]).request
    world.run()

    assert world.shop.saleor.calls_of("orderFulfillmentReturnProducts") == []
    assert order.transactions[0].refunded == 199
    assert_settled(world.shop, approved)


def test_waits_while_the_pieces_are_not_where_they_were(world: World) -> None:
    """EC13."""
    order = world.shop.order()
    request = make.inspected(world.shop, order, {0: 2})
    dashboard.cancel_shipment(world.shop, order)
    # Half of them are sent again; the return is of both.
    dashboard.ship(world.shop, order, {0: 1})
    order.lines[0].quantity_fulfilled = 2

    world.wait(minutes=15)

    assert calls_about_money(world.shop) == []
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    kinds = dict(make.tasks(world.shop, request))
    assert kinds["RETURN_NOT_RECORDED"] == "PIECES_MOVED: 1 pieces are not where they were"
    order.lines[0].quantity_fulfilled = 1
    dashboard.ship(world.shop, order, {0: 1})
    world.run(minutes=30)
    assert order.transactions[0].refunded == 398
    done = make.read(world.shop, request)
    assert done["status"] == "REFUNDED"
    assert "RETURN_NOT_RECORDED" not in [task["kind"] for task in done["tasks"]]


def test_is_not_returned_twice_when_its_maker_has_gone(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.shop.saleor.faults.add("timeout_after_accept", "orderFulfillmentReturnProducts")
    world.work()
    (made,) = [event for event in order.events if event.type == "FULFILLMENT_RETURNED"]
    made.app = None  # its row went with an uninstallation

    world.wait(minutes=15)

    assert len(world.shop.saleor.calls_of("orderFulfillmentReturnProducts")) == 1
    assert calls_about_money(world.shop) == []
    (task,) = make.tasks(world.shop, request)
    assert task[0] == "RETURN_NOT_RECORDED"
    assert task[1].startswith("RETURN_WITHOUT_MAKER: somebody has returned these pieces already")


def test_claims_each_return_for_one_request_only(world: World) -> None:
    order = world.shop.order()
    for _ in range(2):
        make.inspected(world.shop, order, {0: 1})
        world.shop.saleor.faults.add("timeout_after_accept", "orderFulfillmentReturnProducts")

    world.run(minutes=30)

    claimed = ReturnRequest.objects.values_list("return_event_id", flat=True)
    made = [event.id for event in order.events if event.type == "FULFILLMENT_RETURNED"]
    assert sorted(filter(None, claimed)) == sorted(made)
    assert len(made) == 2
    assert order.transactions[0].refunded == 398


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("ReturnProducts", "RETURN_NOT_RECORDED"),
        ("GrantRefund", "GRANT_REFUSED"),
        ("RequestRefund", "REFUND_REQUEST_REFUSED"),
    ],
)
def test_goes_on_once_saleor_no_longer_refuses(world: World, operation: str, kind: str) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)

    with wired(world, before=Refusing(operation)):
        world.wait(minutes=15)

    assert make.tasks(world.shop, request) == [(kind, "INVALID: not now")]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    assert world.wechat.calls == []
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)


# --- whose payment, whose merchant


def test_is_a_task_for_staff_when_they_recorded_the_payment(world: World) -> None:
    order = world.shop.order(paid_with=[PaidWith(None, "cash")])

    request = make.inspected(world.shop, order)
    world.run()

    assert calls_about_money(world.shop) == []
    assert make.tasks(world.shop, request) == [("PAYMENT_NOT_OURS", "staff")]


def test_is_a_task_for_staff_when_the_payment_cannot_be_of_wechat_pay(world: World) -> None:
    order = world.shop.order(paid_with=[PaidWith(IDENTIFIER, "x" * 33)])

    request = make.inspected(world.shop, order)
    world.run()

    assert calls_about_money(world.shop) == []
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["PAYMENT_NOT_OURS"]


@pytest.mark.parametrize("missing_from", ["the start", "the request", "the webhook"])
def test_goes_on_once_the_missing_merchant_is_there(world: World, missing_from: str) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    if missing_from == "the webhook":
        world.work()
    if missing_from == "the request":
        world.shop.saleor.faults.add("http_500", "transactionRequestRefundForGrantedRefund")
        world.work()
    WechatMerchant.objects.filter(shop=world.shop.row).delete()

    world.wait(minutes=15)

    assert world.wechat.calls == []
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    assert make.tasks(world.shop, request) == [("MERCHANT_MISSING", "channel cn")]
    world.shop.add_merchant()
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)
