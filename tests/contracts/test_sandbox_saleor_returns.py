"""Recorded fulfilments and returns: pieces move, fulfilments vanish, parallel returns succeed."""

import pytest

from saleor_wechat_returns.sandbox.saleor import LineSpec, PaidWith
from tests.contracts import recordings
from tests.contracts.recordings import LI, Lab
from tests.contracts.test_sandbox_saleor_lab import (
    RETURN,
    Step,
    Story,
    as_recorded,
    before_shipping,
    do,
    in_parallel,
    learn_lines,
    numbered_id,
    play,
    ship,
    tell,
)


def _order_of_157(lab: Lab) -> None:
    """The order was not read; four pieces shipped fit what is known of it."""
    recorded = recordings.load("157-").answer["data"]["orderFulfillmentReturnProducts"]
    order = lab.shop.seed_order(
        user=lab.shop.world.find(LI),
        lines=[LineSpec("T-shirt", "T-shirt-S", "T-shirt-S", 4, "99.90")],
        paid_with=[PaidWith("lab.wxpay", "wx-157")],
        fulfilled="all",
    )
    order.id = recorded["order"]["id"]
    order.lines[0].id = recorded["returnFulfillment"]["lines"][0]["orderLine"]["id"]
    order.fulfillments[0].lines[0].id = numbered_id("FulfillmentLine", 15)


def _return(line_number: int, quantity: int, name: str = "151-") -> Step:
    line = {"fulfillmentLineId": numbered_id("FulfillmentLine", line_number), "quantity": quantity}

    def act(lab: Lab) -> None:
        order = recordings.load(name).order["id"]
        lab.call(RETURN, {"o": order, "i": {"fulfillmentLines": [line]}})

    return Step(act)


STORIES: dict[str, Story] = {
    "pieces come back until nothing is left": [
        before_shipping("151-"),
        ship("151-", "RnVsZmlsbG1lbnQ6NQ==", {0: 3}),
        learn_lines(line_7=0),
        _return(7, 1),
        play("150-return-rest-of-fulfillment"),
        play("151-order-fulfillment-vanished"),
        play("152-return-unfulfilled-order-line"),
        play("153-order-after-unfulfilled-return"),
        ship("151-", "RnVsZmlsbG1lbnQ6OQ==", {0: 1, 1: 1}),
        learn_lines(line_11=0, line_12=1),
        play("154-return-with-replace"),
        play("155-order-after-replace"),
        _return(11, 1),
        play("156-order-all-returned"),
    ],
    "one fulfilment line is named twice in one return": [
        do(_order_of_157),
        play("157-return-same-line-twice-in-one-call"),
    ],
    "three returns of the same pieces at once": [
        before_shipping("158-"),
        ship("158-", "RnVsZmlsbG1lbnQ6MTU=", {0: 2}),
        learn_lines(line_17=0),
        in_parallel(3, _return(17, 2, "158-")),
        play("158-order-after-concurrent-returns"),
        play("159-return-nothing"),
    ],
    "a fulfilment waits for approval, is approved and cancelled": [
        before_shipping("160-"),
        do(lambda lab: setattr(lab.shop.world, "fulfillment_auto_approve", False)),
        ship("160-", "RnVsZmlsbG1lbnQ6MjA=", {0: 2}),
        play("160-order-waiting-for-approval"),
        play("161-fulfillment-approve"),
        play("162-fulfillment-cancel"),
    ],
    **{
        f"granting all of an order with a discount ({voucher})": [
            as_recorded(f"170-order-voucher-{voucher}"),
            play(f"170-order-voucher-{voucher}"),
            play(f"171-grant-all-voucher-{voucher}"),
        ]
        for voucher in ("off10", "pct7", "shipfree")
    },
}


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str) -> None:
    tell(STORIES[title])
