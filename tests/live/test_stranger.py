"""A stranger, known to the real Saleor or not, finds nothing of another's order."""

from __future__ import annotations

from saleor_wechat_returns.models import ReturnRequest
from tests import make
from tests.live import walk
from tests.live.live_shop import LiveShop
from tests.world import Answer


def test_with_an_account_sees_neither_order_nor_return(shop: LiveShop) -> None:
    order = shop.order([1])
    request = walk.requested(shop, order)
    assert shop.as_li(make.READ, id=request["id"]).data["returnRequest"]["id"] == request["id"]

    assert _top_level(shop.as_wang(make.RETURNABLE, order=order.id)) == ("NOT_FOUND", "orderId")
    wish = make.wanted(order)
    created = shop.as_wang(make.CREATE, input=wish, key=make.key())
    assert created.refusals == [("NOT_FOUND", "orderId")]
    assert shop.as_wang(make.READ, id=request["id"]).data == {"returnRequest": None}
    assert ReturnRequest.objects.count() == 1


def test_without_an_account_is_asked_to_log_in(shop: LiveShop) -> None:
    order = shop.order([1])
    request = walk.requested(shop, order)

    assert _top_level(shop.as_nobody(make.RETURNABLE, order=order.id)) == ("UNAUTHENTICATED", None)
    created = shop.as_nobody(make.CREATE, input=make.wanted(order), key=make.key())
    assert created.refusals == [("UNAUTHENTICATED", None)]
    assert _top_level(shop.as_nobody(make.READ, id=request["id"])) == ("UNAUTHENTICATED", None)
    assert ReturnRequest.objects.count() == 1


def _top_level(answer: Answer) -> tuple[str, str | None]:
    (error,) = answer.body["errors"]
    return error["extensions"]["code"], error["extensions"]["field"]
