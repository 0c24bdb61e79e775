"""One recorded order from payment to refund, then everything that was asked about it afterwards.

The second story begins where the first ends, so it tells the first again.
"""

from datetime import timedelta

import pytest

from saleor_wechat_returns.sandbox.saleor import Address
from saleor_wechat_returns.sandbox.saleor.world import Order
from tests.contracts.recordings import RETURNS, Lab
from tests.contracts.test_sandbox_saleor_lab import (
    Story,
    answers,
    as_recorded,
    deliver,
    do,
    hear,
    numbered_id,
    play,
    tell,
)

ORDER_1 = "T3JkZXI6NGExZDU4NmYtNTNlYS00OTQ4LWIyYzUtMDQ2NmU1MjFhYzQ5"


def _give_address(lab: Lab) -> None:
    """The recorded queries of order 1 did not ask for the address before number 135."""
    order: Order = lab.shop.world.find(ORDER_1)
    order.shipping_address = Address(
        id=numbered_id("Address", 1),
        first_name="Li",
        last_name="Lei",
        street_address1="Nanjing Lu 1",
        city="黄浦区",
        phone="+8613800138000",
    )


def _nothing_was_sent(lab: Lab) -> None:
    assert lab.heard == []


def _tokens_expire(lab: Lab) -> None:
    lab.token_lifetime = timedelta(minutes=-1)


def _app_is_switched_off(lab: Lab) -> None:
    lab.app(RETURNS).is_active = False


REFUNDED: Story = [
    as_recorded("22-order-after-payment"),
    play("22-order-after-payment"),
    play("23-order-fulfill"),
    deliver,
    hear("24-webhook-fulfillment_created-after-partial-fulfill"),
    hear("24-webhook-fulfillment_tracking_number_updated-after-partial-fulfill"),
    hear("24-webhook-order_updated-after-partial-fulfill"),
    play("25-fulfillment-update-tracking"),
    deliver,
    hear("27-webhook-fulfillment_tracking_number_updated"),
    do(lambda lab: lab.heard.clear()),
    play("26-order-fulfill-rest"),
    deliver,
    hear("27-webhook-fulfillment_approved"),
    hear("27-webhook-fulfillment_created"),
    hear("27-webhook-order_fulfilled"),
    hear("27-webhook-order_updated"),
    play("28-order-fulfilled"),
    play("30-return-products-refund-true-denied"),
    play("31-return-products-too-many"),
    play("32-return-products-order-line-already-fulfilled"),
    play("33-return-products-hoodie-1"),
    deliver,
    hear("34-webhook-order_updated-after-return"),
    play("35-order-after-return-1"),
    play("36-return-products-line-already-returned"),
    play("40-grant-refund-create"),
    deliver,
    do(_nothing_was_sent),
    play("41-order-after-grant"),
    answers("43-webhook-transaction-refund-requested-async-response"),
    play("42-request-refund-for-granted-refund"),
    deliver,
    hear("43-webhook-transaction-refund-requested-async-response"),
    play("44-order-refund-pending"),
    hear("44b-webhook-order_updated-after-refund-pending"),
    play("45-request-refund-while-pending"),
    play("46-grant-refund-update-while-pending"),
    play("47-grant-refund-update-reason-only-while-pending"),
    play("48-event-report-refund-success-by-other-app"),
    play("49-event-report-refund-success-by-owner"),
    deliver,
    hear("50-webhook-order_refunded-after-partial-refund"),
    hear("50-webhook-order_updated-after-partial-refund"),
    play("51-order-partially-refunded"),
    play("52-request-refund-already-done"),
]

ASKED_ABOUT: Story = [
    *REFUNDED,
    play("110-order-note-add"),
    play("111-update-metadata-order"),
    play("112-update-private-metadata-order"),
    play("113-update-metadata-order-handle-payments-only"),
    play("114-update-private-metadata-fulfillment"),
    play("115-update-metadata-fulfillment"),
    play("116-update-private-metadata-order-line"),
    play("117-update-private-metadata-transaction-of-other-app"),
    play("118-update-metadata-transaction-of-own-app"),
    play("119-update-metadata-granted-refund"),
    play("120-update-private-metadata-own-app"),
    play("121-update-private-metadata-other-app"),
    play("122-grant-refund-handle-payments-only"),
    play("123-transaction-create-by-app"),
    play("124-event-report-on-own-transactionCreate"),
    play("125-event-report-by-other-app-on-transactionCreate"),
    play("126-event-report-by-staff-on-app-transaction"),
    play("127-transaction-create-by-staff"),
    play("128-event-report-by-app-on-staff-transaction"),
    play("129-transaction-update-by-other-app"),
    answers("131-webhook-refund-requested-without-granted-refund"),
    play("130-request-action-refund-on-other-apps-transaction"),
    deliver,
    hear("131-webhook-refund-requested-without-granted-refund"),
    play("132-request-action-refund-on-staff-transaction"),
    play("133-order-query-handle-payments-only"),
    play("134-order-query-handle-payments-only-granted"),
    do(_give_address),
    play("135-order-query-handle-payments-only-email"),
    play("136-order-query-manage-orders-pii"),
    play("137-user-query-manage-orders"),
    play("138-users-list-manage-orders"),
    play("140-app-self"),
    play("141-webhook-create-by-app"),
    play("385-app-problem-create"),
    play("142-shop-query-by-app"),
    play("143-update-private-metadata-user"),
    play("144-grant-refund-by-staff-user"),
    play("221-customer-order-by-id"),
    play("222-customer-order-field-actions"),
    play("222-customer-order-field-errors"),
    play("222-customer-order-field-events"),
    play("222-customer-order-field-fulfillments.privateMetadata"),
    play("222-customer-order-field-fulfillments.reason"),
    play("222-customer-order-field-fulfillments.warehouse"),
    play("222-customer-order-field-grantedRefunds"),
    play("222-customer-order-field-invoices"),
    play("222-customer-order-field-lines.allocations"),
    play("222-customer-order-field-lines.privateMetadata"),
    play("222-customer-order-field-payments"),
    play("222-customer-order-field-privateMetadata"),
    play("222-customer-order-field-totalBalance"),
    play("222-customer-order-field-totalGrantedRefund"),
    play("222-customer-order-field-totalRefundPending"),
    play("222-customer-order-field-totalRefunded"),
    play("222-customer-order-field-totalRemainingGrant"),
    play("222-customer-order-field-transactions"),
    play("222-customer-order-field-user"),
    play("223-anonymous-order-by-id"),
    play("224-other-customer-order-by-id"),
    play("225-other-customer-order-user"),
    play("226-customer-grant-refund-denied"),
    play("227-customer-update-metadata-order"),
    play("228-customer-update-private-metadata-order"),
    play("229-anonymous-update-metadata-order"),
    play("230-entities-order-app-manage-orders"),
    play("231-entities-order-customer-owner"),
    play("232-entities-order-other-customer"),
    play("233-entities-order-anonymous"),
    play("234-entities-order-staff"),
    play("235-entities-order-app-without-orders-permission"),
    play("236-entities-order-app-handle-payments"),
    play("238-entities-user"),
    play("239-entities-101"),
    play("242-many-mutations"),
    do(_tokens_expire),
    play("365-expired-staff-app-token"),
    do(_app_is_switched_off),
    play("357-token-of-deactivated-app"),
]

STORIES = {
    "an order is shipped, returned in part and refunded": REFUNDED,
    "what apps, staff, customers and strangers may see and do": ASKED_ABOUT,
}


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str) -> None:
    tell(STORIES[title])
