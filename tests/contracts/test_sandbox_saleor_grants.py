"""Recorded grants and reports: several transactions, odd amounts, failure, reversal, too much."""

import pytest

from saleor_wechat_returns.sandbox.saleor import LineSpec, PaidWith
from tests.contracts import recordings
from tests.contracts.recordings import LI, Lab
from tests.contracts.test_sandbox_saleor_lab import (
    GRANT,
    Story,
    after,
    answer_with,
    answers,
    as_recorded,
    before_refunds,
    deliver,
    do,
    grant,
    hear,
    play,
    request_refund,
    tell,
)


def _order_of_172(lab: Lab) -> None:
    """One T-shirt and shipping, 111.90, as the amounts of the recordings show."""
    variables = recordings.load("173-").variables
    order = lab.shop.seed_order(
        user=lab.shop.world.find(LI),
        lines=[LineSpec("T-shirt", "T-shirt-S", "T-shirt-S", 1, "99.90")],
        shipping="12.00",
        paid_with=[PaidWith("lab.wxpay", "wx-172")],
    )
    order.id = variables["o"]
    order.transactions[0].id = variables["i"]["transactionId"]
    order.lines[0].id = variables["i"]["lines"][0]["id"]


def _another_key(lab: Lab) -> None:
    """The call that led to webhooks 350 and 351."""
    given = {"key": "k", "value": "1795397522.0957794"}
    order = recordings.load("105-").order["id"]
    lab.call(UPDATE_METADATA, {"id": order, "i": [given]})


def _ended_for_good(lab: Lab) -> None:
    (delivery,) = lab.shop.delivered("ORDER_METADATA_UPDATED")
    assert [attempt.status_code for attempt in delivery.attempts] == [500, 429]
    assert delivery.status == "FAILED"
    assert lab.shop.deliveries.pending() == []


def _key_on_transaction(lab: Lab) -> None:
    """The call that led to webhook 355."""
    transaction = recordings.load("355-").body["transaction"]["id"]
    lab.call(UPDATE_METADATA, {"id": transaction, "i": [{"key": "k", "value": "z"}]})


def _odd_grant(amount: str) -> Story:
    """A grant of an odd amount is requested; the order is known only from the webhook."""
    request = f"380-request-refund-for-grant-of-{amount}"
    webhook = f"381-webhook-refund-requested-for-grant-of-{amount}"

    def order_and_grant(lab: Lab) -> None:
        recorded = recordings.load(webhook).body
        order = lab.shop.seed_order(
            user=lab.shop.world.find(LI),
            lines=[LineSpec("T-shirt", "T-shirt-S", "T-shirt-S", 2, "99.90")],
            shipping="12.00",
            paid_with=[PaidWith("lab.wxpay", recorded["transaction"]["pspReference"])],
        )
        order.id = recorded["transaction"]["order"]["id"]
        order.number = recorded["transaction"]["order"]["number"]
        order.transactions[0].id = recorded["transaction"]["id"]
        given = {"transactionId": order.transactions[0].id, "amount": amount}
        granted = lab.call(GRANT, {"o": order.id, "i": given})["grantedRefund"]
        assert lab.same.learn(recorded["grantedRefund"]["id"], granted["id"])

    return [do(order_and_grant), answers(webhook), play(request), deliver, hear(webhook)]


UPDATE_METADATA = """mutation($id: ID!, $i: [MetadataInput!]!) {
  updateMetadata(id: $id, input: $i) { item { metadata { key } } errors { field code } } }"""

STORIES: dict[str, Story] = {
    "deposit and balance are refunded through two apps": [
        as_recorded("94-order-two-transactions"),
        play("94-order-two-transactions"),
        play("95-grant-more-than-transaction"),
        play("96-grant-lines-capped-to-transaction"),
        play("97-grant-same-lines-on-second-transaction"),
        play("98-grant-amount-only-on-second-transaction"),
        answer_with({"pspReference": "dep-r-157", "result": "REFUND_SUCCESS"}),
        answer_with(
            {"pspReference": "bal-r-158", "result": "REFUND_SUCCESS"}, path="/wh/lab.returns/refund"
        ),
        play("99-refund-deposit"),
        play("100-refund-balance"),
        deliver,
        play("101-order-both-refunded"),
        do(lambda lab: lab.heard.clear()),
        play("102-grant-shipping"),
        play("103-grant-shipping-twice"),
        answer_with(
            {"pspReference": "bal-r-165", "result": "REFUND_SUCCESS"}, path="/wh/lab.returns/refund"
        ),
        request_refund(17),
        deliver,
        hear("104-webhook-order_fully_refunded"),
        hear("104-webhook-order_refunded"),
        play("105-order-fully-refunded"),
        answer_with({}, status=500, path="/wh/lab.returns/ORDER_METADATA_UPDATED"),
        answer_with({}, status=429, path="/wh/lab.returns/ORDER_METADATA_UPDATED"),
        do(_another_key),
        deliver,
        hear("350-webhook-order-metadata-updated-first-try-500"),
        after(10),
        deliver,
        hear("351-webhook-order-metadata-updated-retry"),
        do(_ended_for_good),
        do(_key_on_transaction),
        deliver,
        hear("355-webhook-transaction-item-metadata-updated"),
    ],
    "amounts of grants are hardly checked": [
        as_recorded("22-order-after-payment"),
        do(_order_of_172),
        play("172-grant-amount-0"),
        play("172-grant-amount--5"),
        play("172-grant-amount-10.005"),
        play("172-grant-amount-0.001"),
        play("173-grant-negative-quantity"),
        play("174-grant-nothing"),
        play("175-grant-transaction-of-other-order"),
        play("176-second-grant-over-total"),
        play("177-update-grant-to-foreign-transaction"),
    ],
    "a grant of 0 asks for everything": _odd_grant("0"),
    "a grant of less than a fen": _odd_grant("0.004"),
    "a negative grant": _odd_grant("-5"),
    "an order paid in two parts": [
        as_recorded("183-order-deposit-then-balance"),
        play("183-order-deposit-then-balance"),
    ],
    "a refund fails, succeeds, is reversed and overshot": [
        before_refunds("185-"),
        grant("185-"),
        answer_with({"pspReference": "pf-283"}, path="/wh/lab.returns/refund"),
        request_refund(29),
        deliver,
        play("184-event-report-refund-failure-no-amount"),
        play("185-order-after-async-failure"),
        play("186-grant-update-after-failure"),
        answer_with({"pspReference": "pf-288"}, path="/wh/lab.returns/refund"),
        request_refund(29),
        deliver,
        play("187-event-report-refund-success-second-try"),
        play("188-event-report-refund-reverse"),
        play("189-order-after-reverse"),
        answer_with({"pspReference": "pf-295"}, path="/wh/lab.returns/refund"),
        play("190-request-after-reverse"),
        deliver,
        play("191-event-report-refund-success-out-of-band"),
        play("192-order-after-out-of-band-refund"),
        play("193-event-report-missing-amount"),
        play("194-event-report-refund-more-than-charged"),
        play("195-order-after-overrefund"),
    ],
}


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str) -> None:
    tell(STORIES[title])
