"""From checkout to order: through a shopper, by itself, or not at all."""

import pytest

from saleor_wechat_returns.sandbox.saleor import OrderRefused, PayBy
from tests.contracts.payment_shop import SHIRTS, Shop

COMPLETE = """mutation($id: ID!) { checkoutComplete(id: $id) {
  confirmationNeeded errors { field code } } }"""


def test_a_shopper_places_a_paid_order() -> None:
    shop = Shop()

    order = shop.place_order(lines=SHIRTS, user=shop.li, payments=[PayBy("pay.test")])

    shop.deliver_all()
    assert (order.user, order.charge_status, order.status) == (shop.li, "FULL", "UNFULFILLED")
    assert shop.history() == ["PLACED", "ORDER_FULLY_PAID", "CONFIRMED"]
    assert [d.event for d in shop.deliveries.log[1:]] == [
        "ORDER_CREATED",
        "ORDER_PAID",
        "ORDER_FULLY_PAID",
        "ORDER_UPDATED",
        "ORDER_CONFIRMED",
    ]


def test_a_shopper_is_told_when_the_payment_does_not_suffice() -> None:
    shop = Shop()

    with pytest.raises(OrderRefused, match="CHECKOUT_NOT_FULLY_PAID"):
        shop.place_order(lines=SHIRTS, payments=[PayBy("pay.test", amount="10.00")])

    assert shop.world.orders == []


def test_deposit_and_balance_are_two_transactions() -> None:
    shop = Shop()

    order = shop.place_order(
        lines=SHIRTS, payments=[PayBy("pay.test", amount="50.00"), PayBy("pay.test")]
    )

    assert [str(t.charged) for t in order.transactions] == ["50.000", "161.800"]


def test_the_history_names_the_app_that_was_paid_and_the_event_the_customer_who_paid() -> None:
    shop = Shop()
    shop.world.allow_unpaid_orders = True
    shopper = shop.shopper(shop.li)
    order = shopper.complete(shopper.fill_checkout(SHIRTS))
    assert order.status == "UNCONFIRMED"

    shopper.pay(order.id, PayBy("pay.test"))

    shop.deliver_all()
    assert (order.status, order.events[-1].type) == ("UNFULFILLED", "ORDER_FULLY_PAID")
    assert order.events[-1].app is shop.app
    (paid,) = shop.delivered("ORDER_FULLY_PAID")
    assert paid.payload["issuingPrincipal"] == {"__typename": "User"}


def test_a_fully_paid_checkout_waits_for_its_customer() -> None:
    shop = Shop()
    shopper = shop.shopper(shop.li)
    shopper.pay(shopper.fill_checkout(SHIRTS), PayBy("pay.test"))

    shop.deliver_all()

    assert shop.world.orders == []


def test_a_fully_paid_checkout_completes_itself_where_the_shop_says_so() -> None:
    shop = Shop()
    shop.world.automatically_complete = True
    shopper = shop.shopper(shop.li)
    checkout = shopper.fill_checkout(SHIRTS)
    unpaid = shopper.fill_checkout(SHIRTS)
    shopper.pay(checkout, PayBy("pay.test"))

    shop.deliver_all()

    assert shop.history() == [
        "PLACED_AUTOMATICALLY_FROM_PAID_CHECKOUT",
        "ORDER_FULLY_PAID",
        "CONFIRMED",
    ]
    assert [order.checkout_id for order in shop.world.orders] == [checkout]
    assert [left.id for left in shop.world.checkouts] == [unpaid]
    assert shopper.complete(checkout) is shop.world.orders[0]


def test_a_fully_paid_checkout_completes_itself_only_after_the_shops_delay() -> None:
    """Switched on without a delay, a 3.23.28 waits for 30 minutes (seen 2026-11)."""
    shop = Shop()
    shop.world.automatically_complete = True
    shop.world.automatic_completion_minutes = 30
    shopper = shop.shopper(shop.li)
    shopper.pay(shopper.fill_checkout(SHIRTS), PayBy("pay.test"))

    shop.clock.advance(29 * 60)
    shop.deliver_all()
    early = list(shop.world.orders)
    shop.clock.advance(60)
    shop.deliver_all()

    assert early == []
    assert len(shop.world.orders) == 1


@pytest.mark.parametrize(
    ("missing", "field", "code"),
    [
        ("email", None, "EMAIL_NOT_SET"),
        ("lines", "lines", "NO_LINES"),
        ("shipping_method", "shippingMethod", "SHIPPING_METHOD_NOT_SET"),
        ("billing_address", "billingAddress", "BILLING_ADDRESS_NOT_SET"),
        ("transactions", None, "CHECKOUT_NOT_FULLY_PAID"),
    ],
)
def test_completion_says_what_is_missing(missing: str, field: str | None, code: str) -> None:
    shop = Shop()
    shopper = shop.shopper(shop.li)
    checkout = shop.world.find(shopper.fill_checkout(SHIRTS))
    shopper.pay(checkout.id, PayBy("pay.test"))
    setattr(checkout, missing, [] if missing in ("lines", "transactions") else None)

    answer = shop.ask(COMPLETE, id=checkout.id)

    expected = {"confirmationNeeded": False, "errors": [{"field": field, "code": code}]}
    assert answer["data"]["checkoutComplete"] == expected
    assert shop.world.orders == []


def test_a_strangers_order_goes_to_the_account_of_the_address() -> None:
    shop = Shop()
    guest = shop.shopper(email="li@example.com")

    order = guest.place_order(SHIRTS, [PayBy("pay.test")])

    assert order.user is shop.li


def test_the_shop_shows_what_it_sells() -> None:
    shop = Shop()
    shop.seed_order(lines=SHIRTS)

    answer = shop.ask(
        '{ products(first: 5, channel: "cn") { edges { node { name variants { name '
        "pricing { price { gross { amount } } } } } } } }"
    )

    variant = {"name": "T-shirt-S", "pricing": {"price": {"gross": {"amount": 99.9}}}}
    nodes = [edge["node"] for edge in answer["data"]["products"]["edges"]]
    assert nodes == [{"name": "T-shirt", "variants": [variant]}]


def test_strangers_read_a_checkout_but_not_whose_it_is_nor_how_it_is_paid() -> None:
    shop = Shop()
    checkout = shop.shopper(shop.li).fill_checkout(SHIRTS)
    query = "query($id: ID!) { checkout(id: $id) { email user { id } transactions { id } } }"

    answer = shop.ask(query, id=checkout)

    seen = {"email": "li@example.com", "user": None, "transactions": None}
    assert answer["data"]["checkout"] == seen
    assert [error["path"][1] for error in answer["errors"]] == ["user", "transactions"]
