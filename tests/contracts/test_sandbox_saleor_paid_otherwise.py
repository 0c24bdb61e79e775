"""Orders that were not paid by transactions of ours alone, as the simulated Saleor shows them."""

from decimal import Decimal
from typing import Any

from saleor_wechat_returns.sandbox.saleor import (
    LineSpec,
    PaidByGiftCard,
    PaidWith,
    PaidWithOldPayment,
)
from tests.contracts.payment_shop import SHIRTS, Shop

ORDER = """query($id: ID!) { order(id: $id) { chargeStatus isPaid
  total { gross { amount } } subtotal { gross { amount } } totalCharged { amount }
  giftCards { last4CodeChars isActive initialBalance { amount } currentBalance { amount } }
  payments { gateway isActive chargeStatus pspReference total { amount }
    capturedAmount { amount } }
  transactions { pspReference chargedAmount { amount } createdBy { __typename } } } }"""
GRANT = """mutation($id: ID!, $input: OrderGrantRefundCreateInput!) {
  orderGrantRefundCreate(id: $id, input: $input) { errors { field code } } }"""


def read(shop: Shop, **details: Any) -> dict[str, Any]:
    order = shop.seed_order(lines=SHIRTS, shipping="12.00", **details)
    answer = shop.ask(ORDER, shop.app.auth_token, id=order.id)
    found: dict[str, Any] = answer["data"]["order"]
    return found


def test_a_gift_card_lowers_the_total_and_not_the_lines() -> None:
    paid_with = [PaidByGiftCard("CARD-1234-ABCD", "50.00"), PaidWith("pay.test", "wx-1")]

    order = read(Shop(), paid_with=paid_with)

    assert order["total"]["gross"]["amount"] == 161.8
    assert order["subtotal"]["gross"]["amount"] == 199.8
    assert order["chargeStatus"] == "FULL"
    assert [t["chargedAmount"]["amount"] for t in order["transactions"]] == [161.8]
    assert order["giftCards"] == [
        {
            "last4CodeChars": "ABCD",
            "isActive": True,
            "initialBalance": {"amount": 50.0},
            "currentBalance": {"amount": 0.0},
        }
    ]


def test_an_old_payment_is_no_transaction() -> None:
    order = read(Shop(), paid_with=[PaidWithOldPayment("mirumee.payments.dummy", "old-1")])

    assert (order["chargeStatus"], order["isPaid"], order["transactions"]) == ("FULL", True, [])
    assert order["totalCharged"]["amount"] == 211.8
    assert order["payments"] == [
        {
            "gateway": "mirumee.payments.dummy",
            "isActive": True,
            "chargeStatus": "FULLY_CHARGED",
            "pspReference": "old-1",
            "total": {"amount": 211.8},
            "capturedAmount": {"amount": 211.8},
        }
    ]


def test_no_grant_can_be_made_without_a_transaction() -> None:
    shop = Shop()
    payment = PaidWithOldPayment("mirumee.payments.dummy", "old-1")
    order = shop.seed_order(lines=SHIRTS, paid_with=[payment])

    answer = shop.ask(GRANT, shop.app.auth_token, id=order.id, input={"amount": "1.00"})

    assert "transactionId" in answer["errors"][0]["message"]
    assert order.granted_refunds == []


def test_an_underpaid_order_is_partly_charged() -> None:
    order = read(Shop(), paid_with=[PaidWith("pay.test", "wx-1", "100.00")])

    assert (order["chargeStatus"], order["isPaid"]) == ("PARTIAL", False)
    assert order["totalCharged"]["amount"] == 100.0


def test_a_staff_made_payment_names_no_app() -> None:
    order = read(Shop(), paid_with=[PaidWith(None, "cash-1")])

    (transaction,) = order["transactions"]
    assert transaction["createdBy"] == {"__typename": "User"}
    assert transaction["chargedAmount"]["amount"] == 211.8


def test_what_is_left_after_all_of_them_is_paid_last() -> None:
    shop = Shop()
    order = shop.seed_order(
        lines=[LineSpec("T-shirt", "T-shirt-S", "TS-S", 1, "100.00")],
        paid_with=[
            PaidByGiftCard("CARD", "10.00"),
            PaidWithOldPayment("mirumee.payments.dummy", "old-1", "20.00"),
            PaidWith(None, "cash-1", "30.00"),
            PaidWith("pay.test", "wx-1"),
        ],
    )

    assert order.transactions[-1].charged == Decimal("40.00")
    assert (order.total, order.charge_status) == (Decimal("90.00"), "FULL")
