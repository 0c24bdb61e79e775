"""What our app hears of refunds that staff make in Dashboard, with a grant and without."""

from tests.usecases import cashier, dashboard
from tests.world import World

REFUND_REQUESTED = "TRANSACTION_REFUND_REQUESTED"


def test_a_refund_without_a_grant_tells_of_none_and_carries_an_error(world: World) -> None:
    """Recordings 130 and 131: a query for fields that cannot be null nulls the whole grant."""
    transaction = world.shop.order().transactions[0]

    dashboard.refund_by_hand(world.shop, transaction, "2.00")
    world.deliver()

    (heard,) = world.shop.saleor.delivered(REFUND_REQUESTED)
    assert heard.payload["grantedRefund"] is None
    assert heard.payload["action"] == {"actionType": "REFUND", "amount": 2.0, "currency": "CNY"}
    assert heard.payload["transaction"]["id"] == transaction.id
    assert [error["path"][:2] for error in heard.payload["errors"]] == [["event", "grantedRefund"]]


def test_a_grant_by_staff_is_silent_until_it_is_requested(world: World) -> None:
    transaction = world.shop.order().transactions[0]

    granted = dashboard.grant_by_hand(world.shop, transaction, "199.00", {0: 1})
    world.deliver()
    unheard = world.shop.saleor.delivered(REFUND_REQUESTED)
    cashier.request(world.shop, granted)
    world.deliver()

    assert (unheard, granted.user.email, granted.app) == ([], "cashier@example.com", None)
    (heard,) = world.shop.saleor.delivered(REFUND_REQUESTED)
    assert heard.payload["grantedRefund"]["id"] == granted.id
    assert heard.payload["action"]["amount"] == 199.0
    assert "errors" not in heard.payload


def test_a_grant_by_staff_may_name_no_line_and_any_payment_of_the_order(world: World) -> None:
    transaction = world.shop.order().transactions[0]

    granted = dashboard.grant_by_hand(world.shop, transaction, "30.00")

    assert (granted.lines, granted.transaction) == ([], transaction)
    assert (str(granted.amount), granted.status) == ("30.000", "NONE")
