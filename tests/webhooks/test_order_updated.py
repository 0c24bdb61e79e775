"""Saleor's news of an order …"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import OutboxMessage, Payment, ReturnableOrder, ReturnRequest
from saleor_wechat_returns.usecases.orders import READ, read_open_orders
from tests import make
from tests.plans import copies, read_whole
from tests.usecases import cashier
from tests.usecases.unchanged import nothing_changes
from tests.webhooks.saleor_posts import post
from tests.world import TestShop, World


def news_of(shop: TestShop, order: Any, *, again: int = 0) -> dict[str, Any]:
    issued_at = shop.world.clock.now.replace(microsecond=again)
    return {"issuedAt": issued_at.isoformat(), "order": {"id": order.id}}


def reads_due() -> int:
    return OutboxMessage.objects.filter(topic=READ, done_at=None).count()


def test_make_us_read_it_when_it_has_a_return(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)
    assert Payment.objects.get().bears_fen == 70970
    cashier.book_refund_made_elsewhere(world.shop, order.transactions[0], "9.70", "by hand")

    world.quiet()

    assert Payment.objects.get().bears_fen == 70000


def test_are_of_no_use_when_it_has_none(world: World) -> None:
    order = world.shop.order()

    answer = post(world.shop, news_of(world.shop, order), to="order-updated")
    world.work()

    assert (answer.status_code, answer.json()) == (200, {})
    assert world.shop.saleor.calls_of("order") == []


def test_are_of_no_use_to_another_shop(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)

    post(world.other_shop, news_of(world.shop, order), to="order-updated")
    world.work()

    assert world.other_shop.saleor.calls_of("order") == []
    assert len(world.shop.saleor.calls_of("order")) == 1  # for the request itself


def test_that_come_in_a_crowd_lead_to_one_read(world: World) -> None:
    """EC40."""
    order = world.shop.order()
    make.requested(world.shop, order)

    for again in (0, 1, 1, 2):
        post(world.shop, news_of(world.shop, order, again=again), to="order-updated")
    world.work()

    assert len(world.shop.saleor.calls_of("order")) == 2
    assert reads_due() == 0


def test_in_the_wrong_order_lead_to_the_newest_facts(world: World) -> None:
    """EC40: each is a hint to read, so what an older one says cannot come last."""
    order = world.shop.order()
    make.requested(world.shop, order)
    older = news_of(world.shop, order)
    world.clock.forward(minutes=1)
    newer = news_of(world.shop, order)
    cashier.book_refund_made_elsewhere(world.shop, order.transactions[0], "9.70", "by hand")

    for event in (newer, older):
        assert post(world.shop, event, to="order-updated").status_code == 200
        world.work()

    assert Payment.objects.get().bears_fen == 70000


def test_need_a_signature(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)

    with nothing_changes(world):
        answer = post(
            world.shop,
            news_of(world.shop, order),
            to="order-updated",
            signed_by=world.other_shop,
        )

    assert answer.status_code == 401


# --- lost news: the clock reads as well


def test_that_get_lost_are_found_by_the_clock(world: World) -> None:
    """EC39."""
    order = world.shop.order()
    make.requested(world.shop, order)
    world.shop.app.webhooks[1].is_active = False
    cashier.book_refund_made_elsewhere(world.shop, order.transactions[0], "9.70", "by hand")

    tasks.poll_orders()
    world.quiet()

    assert Payment.objects.get().bears_fen == 70000


def test_of_an_order_are_looked_for_while_any_return_of_it_is_open(world: World) -> None:
    order = world.shop.order()
    rejected = make.requested(world.shop, order)
    world.shop.as_clerk(make.REJECT, id=rejected["id"], version=rejected["version"], why="no")
    assert read_open_orders(now=world.clock.now) == 0

    make.requested(world.shop, order)

    assert read_open_orders(now=world.clock.now) == 1
    assert reads_due() == 1


def test_of_an_order_are_looked_for_by_index_and_once(world: World) -> None:
    """Though the clock comes by while Saleor is away: what is queued is not queued anew."""
    make.requested(world.shop, world.shop.order())
    row = ReturnRequest.objects.select_related("order").get()
    orders = copies(row.order, order_id=str)
    copies(row, number=str, order_id=lambda n: orders[n].pk, status=lambda _n: "refunded")

    with CaptureQueriesContext(connection) as asked:
        assert [read_open_orders(now=world.clock.now) for _ in range(2)] == [1, 0]

    found = next(it["sql"] for it in asked if "facts_read_at" in it["sql"])
    read = {ReturnRequest._meta.db_table, ReturnableOrder._meta.db_table}
    assert read.isdisjoint(read_whole(found))


def test_of_an_order_that_is_gone_keep_nobody_else_waiting(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)
    world.shop.saleor.world.orders.remove(order)
    world.clock.forward(minutes=10)

    tasks.poll_orders()
    world.quiet()

    assert ReturnableOrder.objects.get().facts_read_at == world.clock.now


def test_of_an_order_are_looked_for_until_saleor_has_counted_the_refund(world: World) -> None:
    make.inspected(world.shop, world.shop.order())
    world.shop.saleor.faults.add("http_500", "transactionEventReport", times=3)
    world.run(minutes=1)
    assert read_open_orders(now=world.clock.now) == 1

    world.run()

    assert read_open_orders(now=world.clock.now) == 0


@pytest.mark.parametrize("moved", ["a poll", "a webhook"])
def test_wait_for_no_other_clock_than_ours(world: World, moved: str) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)

    if moved == "a poll":
        tasks.poll_orders()
    else:
        post(world.shop, news_of(world.shop, order), to="order-updated")
    world.work()

    assert len(world.shop.saleor.calls_of("order")) == 2
