"""The list of what waits for staff …"""

from __future__ import annotations

from saleor_wechat_returns.sandbox.saleor import PaidWith
from tests import make
from tests.usecases import dashboard
from tests.world import World

TASKS = """query($first: Int) { returnTasks(first: $first) {
  kind kindLabel(languageCode: EN) number returnRequestId returnRefundId } }"""


def test_shows_those_of_returns_and_of_refunds_without_one(world: World) -> None:
    of_return = make.inspected(world.shop, world.shop.order(paid_with=[PaidWith(None, "cash")]))
    world.quiet()
    order = world.shop.order()
    dashboard.refund_by_hand(world.shop, order.transactions[0], "50.00")
    world.quiet()
    (paying,) = world.wechat.refunds
    world.wechat.settle(paying.out_refund_no, "ABNORMAL")
    world.quiet()

    first, second = world.shop.as_clerk(TASKS).data["returnTasks"]

    assert (first["kind"], first["number"]) == ("PAYMENT_NOT_OURS", of_return["number"])
    assert (first["returnRequestId"], first["returnRefundId"]) == (of_return["id"], None)
    assert (second["kind"], second["returnRequestId"]) == ("REFUND_ABNORMAL", None)
    assert paying.out_refund_no == f"{second['number']}-1"
    assert second["kindLabel"].startswith("The payer's account refuses")


def test_is_of_the_shop_and_for_staff(world: World) -> None:
    make.inspected(world.shop, world.shop.order(paid_with=[PaidWith(None, "cash")]))
    world.quiet()

    elsewhere = world.other_shop.as_clerk(TASKS).data["returnTasks"]
    customer = world.shop.as_li(TASKS)

    assert elsewhere == []
    assert customer.body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_is_no_longer_than_asked(world: World) -> None:
    for _ in range(2):
        make.inspected(world.shop, world.shop.order(paid_with=[PaidWith(None, "cash")]))
    world.quiet()

    assert len(world.shop.as_clerk(TASKS, first=1).data["returnTasks"]) == 1
    refused = world.shop.as_clerk(TASKS, first=101)
    assert refused.body["errors"][0]["extensions"] == {"code": "TOO_MANY", "field": "first"}
