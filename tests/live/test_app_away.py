"""Our app is switched off, or removed, in a real Saleor in the middle of a refund …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import OutboxMessage, ShopApp
from saleor_wechat_returns.outbox import PAUSED
from saleor_wechat_returns.tasks import ask_shops
from saleor_wechat_returns.usecases.install import IDENTIFIER
from saleor_wechat_returns.usecases.refunds import RECORD_RETURN, REPORT
from tests.live import cashier, walk
from tests.live.ending import ONE_BACK_ONE_KEPT, one_piece_was_refunded
from tests.live.live_shop import LiveOrder, LiveShop


def test_and_switched_on_again_before_anything_was_done(shop: LiveShop) -> None:
    order = shop.order([2])
    request = walk.received(shop, order, {0: 1})
    shop.saleor.set_active(IDENTIFIER, active=False)
    walk.accept(shop, order, request)

    _work_until_paused(shop, RECORD_RETURN)
    assert shop.orders.see(order.id).grants == []
    shop.saleor.set_active(IDENTIFIER, active=True)
    ask_shops()
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT)


def test_and_switched_on_again_while_wechat_pays(shop: LiveShop) -> None:
    order = shop.order([2])
    request = walk.inspected(shop, order, {0: 1})
    _work_until_wechat_pays(shop, order)

    shop.saleor.set_active(IDENTIFIER, active=False)
    _work_until_paused(shop, REPORT)
    assert walk.read(shop, request)["status"] == "REFUNDED"
    shop.saleor.set_active(IDENTIFIER, active=True)
    ask_shops()
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT)


def test_and_installed_again_while_wechat_pays(shop: LiveShop) -> None:
    order = shop.order([2])
    request = walk.inspected(shop, order, {0: 1})
    _work_until_wechat_pays(shop, order)

    _reinstall(shop)
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT)


@pytest.mark.parametrize("operation", ["GrantRefund", "RequestRefund"])
def test_and_installed_again_after_an_answer_was_lost(shop: LiveShop, operation: str) -> None:
    order = shop.order([2])
    shop.way.lose_answer_to(operation)
    request = walk.inspected(shop, order, {0: 1})
    shop.work_until(lambda: shop.way.lost == [operation], wechat_pays=False)

    _reinstall(shop)
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT)


def test_and_its_return_is_nobodys_when_it_is_installed_again(shop: LiveShop) -> None:
    """Saleor forgets who recorded the return: only staff can say that it was us."""
    order = shop.order([2])
    shop.way.lose_answer_to("ReturnProducts")
    request = walk.inspected(shop, order, {0: 1})
    shop.work_until(lambda: shop.way.lost == ["ReturnProducts"], wechat_pays=False)
    _reinstall(shop)
    shop.work_until(lambda: bool(walk.tasks(shop, request)), seconds=90)
    ((kind, detail),) = walk.tasks(shop, request)
    assert kind == "RETURN_NOT_RECORDED"
    assert "somebody has returned these pieces already" in detail

    walk.retry(shop, request, adopt=True)
    shop.work_until_counted(request)

    one_piece_was_refunded(shop, order, request, pieces=ONE_BACK_ONE_KEPT)


def _work_until_wechat_pays(shop: LiveShop, order: LiveOrder) -> None:
    """Saleor has our answer, and WeChat Pay the refund, which it does not pay yet."""
    (transaction,) = cashier.transactions_of(shop.saleor, order.id)
    shop.work_until(
        lambda: (
            len(shop.wechat.refunds) == 1
            and cashier.see(shop.saleor, transaction).refund_pending_fen > 0
        ),
        wechat_pays=False,
    )


def _work_until_paused(shop: LiveShop, topic: str) -> None:
    """Our worker has noticed at this step that Saleor does not know us, and waits."""
    waiting = OutboxMessage.objects.filter(topic=topic, done_at=None)
    paused = waiting.filter(latest_error__startswith=PAUSED)
    shop.work_until(paused.exists)


def _reinstall(shop: LiveShop) -> None:
    former: Any = shop.app["id"]
    shop.saleor.remove_app(IDENTIFIER)
    shop.install()
    apps = ShopApp.objects.order_by("id").values_list("app_id", "is_current")
    assert list(apps) == [(former, False), (shop.app["id"], True)]
