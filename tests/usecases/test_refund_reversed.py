"""A refund that comes back after it had succeeded …"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from saleor_wechat_returns.models import Refund, WechatMerchant
from tests import make
from tests.usecases.paid_once import assert_paid_once, assert_settled
from tests.webhooks.wechat_posts import post_notice
from tests.world import World


def number_of(request: dict[str, Any]) -> str:
    return f"{request['number']}-1-1"


@pytest.mark.parametrize("status", ["ABNORMAL", "CLOSED"])
def test_is_taken_back_in_saleor_and_put_before_staff(world: World, status: str) -> None:
    """EC36."""
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.run()

    world.wechat.settle(number_of(request), status, reversed=True)
    world.run()

    assert (transaction.charged, transaction.refunded) == (Decimal("709.70"), 0)
    assert transaction.events[-1].type == "REFUND_REVERSE"
    assert [g.status for g in order.granted_refunds] == ["NONE"]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    ((kind, detail),) = make.tasks(world.shop, request)
    assert kind == "REFUND_REVERSED"
    assert detail.startswith(f"WeChat Pay says {status}")


def test_can_be_paid_again(world: World) -> None:
    """EC36."""
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.run()
    world.wechat.settle(number_of(request), "CLOSED", reversed=True)
    world.run()

    make.retry(world.shop, request)
    world.run()

    assert [r.status for r in world.wechat.refunds] == ["CLOSED", "SUCCESS"]
    assert (transaction.refunded, transaction.charged) == (199, Decimal("510.70"))
    assert [g.status for g in order.granted_refunds] == ["SUCCESS"]
    assert_settled(world.shop, request)


def test_waits_its_turn_behind_a_running_one(world: World) -> None:
    order = world.shop.order()
    first = make.inspected(world.shop, order)
    world.run()
    second = make.inspected(world.shop, order, {1: 1})
    world.clock.forward(minutes=2)
    world.quiet()

    world.wechat.settle(number_of(first), "CLOSED", reversed=True)
    world.run(minutes=30)

    assert order.transactions[0].refunded == Decimal("99.90")
    assert make.read(world.shop, first)["status"] == "REFUND_FAILED"
    assert make.read(world.shop, second)["status"] == "REFUNDED"
    assert not Refund.objects.filter(running=True).exists()


@pytest.mark.parametrize("status", ["ABNORMAL", "CLOSED"])
def test_is_not_believed_of_a_notice_that_was_only_late(world: World, status: str) -> None:
    """WeChat Pay itself says SUCCESS when it is asked."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()

    changes: dict[str, object] = {"refund_status": status}
    post_notice(world.shop, world.wechat.make_notification(number_of(request), changes=changes))
    world.run()

    assert_paid_once(world.shop, order, request, 19900)


def test_is_noticed_although_saleor_is_away(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()
    world.shop.saleor.faults.add("http_500", "order", times=5)

    world.wechat.settle(number_of(request), "CLOSED", reversed=True)
    world.run(minutes=60)

    assert order.transactions[0].refunded == 0
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"


@pytest.mark.parametrize(
    "fault", ["connect_refused", "http_500", "rate_limited", "garbage", "bad_signature", "unsigned"]
)
def test_is_noticed_although_wechat_pay_was_away(world: World, fault: str) -> None:
    """Its notice alone proves nothing: it is asked until it answers."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()
    world.wechat.settle(number_of(request), "CLOSED", reversed=True)
    world.deliver()
    world.wechat.faults.add(fault)

    world.run(minutes=30)

    assert world.wechat.faults.take("GET") == ""
    assert order.transactions[0].refunded == 0
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"


def test_is_left_as_it_is_while_wechat_pay_refuses_our_keys(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()
    rows = WechatMerchant.objects.filter(shop=world.shop.row)
    right = rows.values("serial_no").get()
    world.wechat.settle(number_of(request), "CLOSED", reversed=True)
    rows.update(serial_no="AB")

    world.wait(minutes=60)

    assert make.read(world.shop, request)["status"] == "REFUNDED"
    ((kind, detail),) = make.tasks(world.shop, request)
    assert (kind, detail[:26]) == ("STUCK", "refund.check: SIGN_ERROR: ")
    rows.update(**right)
    world.run(minutes=30)
    assert order.transactions[0].refunded == 0


@pytest.mark.parametrize(
    "fault", ["timeout_before", "http_500", "timeout_after_accept", "http_500_after_accept"]
)
def test_is_taken_back_once_whatever_became_of_the_report(world: World, fault: str) -> None:
    order = world.shop.order()
    (transaction,) = order.transactions
    request = make.inspected(world.shop, order)
    world.run()
    world.shop.saleor.faults.add(fault, "transactionEventReport")

    world.wechat.settle(number_of(request), "CLOSED", reversed=True)
    world.run(minutes=30)

    assert world.shop.saleor.faults.take(["transactionEventReport"]) is None
    assert [e.type for e in transaction.events].count("REFUND_REVERSE") == 1
    assert (transaction.charged, transaction.refunded) == (Decimal("709.70"), 0)


def sent_back_by_the_bank(world: World) -> tuple[Any, dict[str, Any]]:
    """ABNORMAL after SUCCESS: staff may have it paid yet, to another account of the payer's."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()
    world.wechat.settle(number_of(request), "ABNORMAL", reversed=True)
    world.run()
    return order, request


def assert_arrived_after_all(world: World, order: Any, request: dict[str, Any]) -> None:
    """Paid once, under its first number; Saleor counts it once, under a fresh reference."""
    (transaction,) = order.transactions
    assert [(r.out_refund_no, r.status) for r in world.wechat.refunds] == [
        (number_of(request), "SUCCESS")
    ]
    assert (transaction.refunded, transaction.charged) == (199, Decimal("510.70"))
    assert [g.status for g in order.granted_refunds] == ["SUCCESS"]
    assert_settled(world.shop, request)


@pytest.mark.parametrize("notices_get_lost", [False, True], ids=["noticed", "polled"])
def test_that_staff_have_paid_after_all_ends_well(world: World, notices_get_lost: bool) -> None:
    """EC36."""
    order, request = sent_back_by_the_bank(world)

    world.notices_get_lost = notices_get_lost
    world.wechat.settle(number_of(request), "SUCCESS")
    world.run(minutes=60)

    assert_arrived_after_all(world, order, request)


def test_is_not_paid_again_while_wechat_may_still_pay_it(world: World) -> None:
    order, request = sent_back_by_the_bank(world)

    make.retry(world.shop, request)
    world.wait(minutes=30)
    assert [r.status for r in world.wechat.refunds] == ["ABNORMAL"]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"

    world.wechat.settle(number_of(request), "SUCCESS")
    world.run(minutes=60)
    assert_arrived_after_all(world, order, request)


def test_that_wechat_closes_then_can_be_paid_again(world: World) -> None:
    order, request = sent_back_by_the_bank(world)
    world.wechat.settle(number_of(request), "CLOSED")
    world.run(minutes=60)

    make.retry(world.shop, request)
    world.run()

    assert [r.status for r in world.wechat.refunds] == ["CLOSED", "SUCCESS"]
    assert order.transactions[0].refunded == 199
    assert_settled(world.shop, request)


def test_can_be_settled_by_hand_once_staff_say_it_is_over(world: World) -> None:
    order, request = sent_back_by_the_bank(world)

    unsure = make.settle(world.shop, request)
    sure = make.settle(world.shop, request, abnormalIsOver=True)
    world.run()

    assert unsure.refusals == [("REQUIRED", "abnormalIsOver")]
    assert (sure.request["status"], make.tasks(world.shop, request)) == ("REFUNDED", [])
    assert order.transactions[0].refunded == 199


def test_paid_after_all_before_saleor_heard_that_it_came_back(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()
    world.shop.saleor.faults.add("http_500", "transactionEventReport", times=3)
    world.wechat.settle(number_of(request), "ABNORMAL", reversed=True)
    world.quiet()

    world.wechat.settle(number_of(request), "SUCCESS")
    world.run(minutes=60)

    assert_paid_once(world.shop, order, request, 19900)


def test_paid_after_all_when_saleor_has_just_heard_that_it_came_back(world: World) -> None:
    """The answer to the report is lost, and the success comes before we ask again."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.run()
    world.shop.saleor.faults.add("timeout_after_accept", "transactionEventReport")
    world.wechat.settle(number_of(request), "ABNORMAL", reversed=True)
    world.quiet()
    assert Refund.objects.get().running

    world.wechat.settle(number_of(request), "SUCCESS")
    world.run(minutes=60)

    assert_arrived_after_all(world, order, request)


def test_in_the_middle_of_a_repair_of_its_grant_leaves_the_order_free(world: World) -> None:
    """Saleor's worker called an hour late, and is away as we begin to repair what came of it."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.work()
    late = [d for d in world.shop.saleor.deliveries.pending() if d.event.startswith("TRANS")]
    for delivery in late:
        delivery.due_at = delivery.due_at.replace(year=9999)
    world.run(minutes=60)
    for delivery in late:
        delivery.due_at = world.clock.now
    world.shop.saleor.faults.add("http_500", "transactionEventReport", times=1)
    world.quiet()
    refund = Refund.objects.get()
    assert (refund.running, refund.counted_at) == (True, None)  # about to be reversed and repaired

    world.wechat.settle(number_of(request), "CLOSED", reversed=True)
    world.run(minutes=60)

    refund.refresh_from_db()
    assert (refund.status, refund.running) == ("failed", False)
    assert order.transactions[0].refunded == 0
    make.retry(world.shop, request)
    world.run(minutes=60)
    assert order.transactions[0].refunded == 199
    assert [r.status for r in world.wechat.refunds] == ["CLOSED", "SUCCESS"]
    assert make.read(world.shop, request)["status"] == "REFUNDED"
