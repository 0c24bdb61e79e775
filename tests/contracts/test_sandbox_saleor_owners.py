"""Recorded: a payment's owner comes back, a grant outgrows the rest, an order is cancelled.

These orders were never read in whole; they are put together from what the calls name and show.
"""

import pytest

from saleor_wechat_returns.sandbox.saleor import LineSpec, PaidWith
from saleor_wechat_returns.sandbox.saleor.install import new_auth_token
from saleor_wechat_returns.sandbox.saleor.people import App
from saleor_wechat_returns.sandbox.saleor.world import Order
from tests.contracts import recordings
from tests.contracts.recordings import LI, WXPAY, Lab
from tests.contracts.test_sandbox_saleor_lab import (
    GRANT,
    Story,
    answer_with,
    deliver,
    do,
    numbered_id,
    play,
    request_refund,
    tell,
)

SHIRT = LineSpec("T-shirt", "T-shirt-S", "T-shirt-S", 1, "99.90")  # 111.90 with shipping


def _order(lab: Lab, psp: str) -> Order:
    return lab.shop.seed_order(
        user=lab.shop.world.find(LI),
        lines=[SHIRT],
        shipping="12.00",
        paid_with=[PaidWith("lab.wxpay", psp)],
    )


def _grant(lab: Lab, order: Order, amount: str, number: int) -> None:
    given = {"transactionId": order.transactions[0].id, "amount": amount}
    granted = lab.call(GRANT, {"o": order.id, "i": given})["grantedRefund"]
    assert lab.same.learn(numbered_id("OrderGrantedRefund", number), granted["id"])


def _order_of_325(lab: Lab) -> None:
    shown = recordings.load("327-").answer["data"]["transactionRequestRefundForGrantedRefund"]
    charge = shown["transaction"]["events"][-1]
    order = _order(lab, charge["pspReference"])
    order.transactions[0].id = shown["transaction"]["id"]
    _grant(lab, order, "99.90", 30)


def _owner_goes(lab: Lab) -> None:
    lab.shop.uninstall_app(lab.app(WXPAY))


def _owner_comes_back(lab: Lab) -> None:
    """The same identifier, and everything else new."""
    world = lab.shop.world
    token = recordings.load("326-").bearer or new_auth_token()
    permissions = frozenset({"HANDLE_PAYMENTS"})
    app = App(world.ids.numbered("App"), "lab.wxpay", "lab.wxpay", token, permissions)
    world.apps.append(app)
    for given in recordings.load("02-").answer["webhooks"]:
        if given.get("syncEvents"):
            lab._subscribe(app, given)


def _two_grants(lab: Lab) -> None:
    order = _order(lab, "wx-382")
    _grant(lab, order, "100.00", 39)
    _grant(lab, order, "100.00", 40)


def _order_of_356(lab: Lab) -> None:
    _order(lab, "wx-356").id = recordings.load("356-").variables["id"]


def _nothing_was_refunded(lab: Lab) -> None:
    (transaction,) = lab.shop.world.orders[-1].transactions
    assert [event.type for event in transaction.events] == ["CHARGE_REQUEST", "CHARGE_SUCCESS"]
    assert [d.event for d in lab.shop.deliveries.log] == ["ORDER_CANCELLED", "ORDER_UPDATED"]


STORIES: dict[str, Story] = {
    "the owner of a payment is deleted and installed again": [
        do(_order_of_325),
        do(_owner_goes),
        play("325-request-refund-owner-app-deleted"),
        do(_owner_comes_back),
        play("326-event-report-by-reinstalled-app-same-identifier"),
        play("327-request-refund-after-reinstall"),
    ],
    "a second grant asks for more than the first left": [
        do(_two_grants),
        answer_with({"pspReference": "first", "result": "REFUND_SUCCESS"}),
        request_refund(39),
        deliver,
        play("382-second-grant-exceeds-remaining"),
    ],
    "a paid order is cancelled and keeps its money": [
        do(_order_of_356),
        play("356-order-cancel-paid"),
        do(_nothing_was_refunded),
    ],
}


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str) -> None:
    tell(STORIES[title])
