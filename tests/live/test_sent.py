"""A parcel that left a real Saleor …"""

from __future__ import annotations

from saleor_wechat_returns.models import InboxMessage
from saleor_wechat_returns.saleor.shipments import shipment_facts
from saleor_wechat_returns.usecases.ledger import read_order
from saleor_wechat_returns.usecases.orders import UPDATED
from saleor_wechat_returns.usecases.shops import saleor_of
from tests.live.live_shop import LiveShop
from tests.live.real_saleor import wait_until

NUMBER = "SF1234567890123"
TRACK = """mutation($id: ID!, $number: String!) {
  orderFulfillmentUpdateTracking(id: $id, input: {trackingNumber: $number}) {
    errors { message } } }"""
SENT = """query($id: ID!) { order(id: $id) {
  fulfillments { id } transactions { id } shippingAddress { phone } } }"""


def test_is_told_with_its_payment_and_read_with_its_number(shop: LiveShop) -> None:
    order = shop.order([1])
    seen = shop.saleor.as_staff(SENT, id=order.id)["order"]
    shop.saleor.as_staff(TRACK, id=seen["fulfillments"][0]["id"], number=NUMBER)
    paid_as = [transaction["id"] for transaction in seen["transactions"]]
    told = InboxMessage.objects.filter(
        shop=shop.row, source=UPDATED, payload__order_id=order.id, payload__is_shipped=True
    )

    wait_until(told.exists, seconds=30)
    read = read_order(shop.row, order.id, goods_with=["carrier"], with_parcels=True)
    shipment = saleor_of(shop.row).read("Shipment", {"id": paid_as[0], "keys": ["carrier"]})

    assert {tuple(it.payload["transaction_ids"]) for it in told} == {tuple(paid_as)}
    assert read is not None
    parcels = {part.fulfillment.tracking_number for part in read.facts.fulfilled}
    assert (parcels, read.facts.receiver_phone) == ({NUMBER}, seen["shippingAddress"]["phone"])
    assert shipment_facts(shipment) is not None
