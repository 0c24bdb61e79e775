"""A refund at WeChat Pay …"""

from __future__ import annotations

import httpx
import pytest

from saleor_wechat_returns.models import Refund, WechatMerchant, WechatRefund
from tests import make
from tests.usecases.paid_once import assert_paid_once, assert_settled
from tests.usecases.wires import wired
from tests.webhooks.wechat_posts import post_notice, refund_accepted
from tests.world import World

PORTAL = "see the WeChat Pay merchant portal"


def test_may_be_noticed_before_it_is_answered(world: World) -> None:
    """EC31."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)

    def settle_at_once(call: str) -> None:
        if call == "POST refunds":
            world.wechat.advance()
            world.wechat.deliver_due()

    with wired(world, after=settle_at_once):
        world.quiet()

    assert WechatRefund.objects.get().status == "success"
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def test_is_settled_when_the_notice_is_handled_before_the_answer_comes(world: World) -> None:
    """EC31."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)

    def settle_and_work(call: str) -> None:
        if call == "POST refunds":
            world.wechat.advance()
            world.deliver()
            world.work()

    with wired(world, after=settle_and_work):
        world.run()

    assert_paid_once(world.shop, order, request, 19900)


def test_does_not_fall_back_when_old_news_come_late(world: World) -> None:
    """EC32."""
    order, request, number = refund_accepted(world.shop)
    world.wechat.settle(number, "ABNORMAL")
    abnormal = world.wechat.make_notification(number)
    world.wechat.settle(number, "SUCCESS")
    post_notice(world.shop, world.wechat.make_notification(number))
    world.work()

    post_notice(world.shop, abnormal)
    world.run()

    assert_paid_once(world.shop, order, request, 19900)


def test_closed_is_told_to_staff_and_to_saleor(world: World) -> None:
    """EC35."""
    order, request, number = refund_accepted(world.shop)

    world.wechat.settle(number, "CLOSED")
    world.run()

    (transaction,) = order.transactions
    assert (transaction.refunded, transaction.refund_pending) == (0, 0)
    assert transaction.charged == order.total
    assert order.granted_refunds[0].status == "FAILURE"
    told = transaction.events[-1]
    assert (told.type, told.psp_reference) == ("REFUND_FAILURE", number)
    assert told.message == "refund_rejected: WeChat Pay closed the refund"
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    assert make.tasks(world.shop, request) == [("REFUND_REJECTED", "WeChat Pay closed the refund")]
    assert not Refund.objects.get().running


def test_abnormal_waits_for_staff_and_may_still_succeed(world: World) -> None:
    """EC35."""
    order, request, number = refund_accepted(world.shop)

    world.wechat.settle(number, "ABNORMAL")
    world.quiet()

    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    assert make.tasks(world.shop, request) == [
        ("REFUND_ABNORMAL", f"the payer's account refuses: {PORTAL}")
    ]
    world.wechat.settle(number, "SUCCESS")
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def test_abnormal_is_asked_about_although_its_notice_came_first(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)

    def become_abnormal(call: str) -> None:
        if call == "POST refunds":
            world.wechat.settle(f"{request['number']}-1-1", "ABNORMAL")
            world.wechat.deliver_due()
            raise httpx.ReadTimeout("lost")

    with wired(world, after=become_abnormal):
        world.quiet()
    world.notices_get_lost = True
    world.wechat.settle(f"{request['number']}-1-1", "SUCCESS")
    world.run(minutes=60)

    assert_paid_once(world.shop, order, request, 19900)


def test_abnormal_may_be_closed_in_the_end(world: World) -> None:
    """EC35."""
    _, request, number = refund_accepted(world.shop)
    world.wechat.settle(number, "ABNORMAL")
    world.quiet()

    world.wechat.settle(number, "CLOSED")
    world.run()

    assert make.tasks(world.shop, request) == [("REFUND_REJECTED", "WeChat Pay closed the refund")]
    assert Refund.objects.get().status == "failed"


def test_waits_for_balance_and_goes_on_under_the_same_number(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.wechat.faults.add("not_enough", times=3)

    world.wait(minutes=70)

    assert Refund.objects.get().status == "waiting_balance"
    assert make.read(world.shop, request)["status"] == "REFUNDING"
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["BALANCE_TOO_LOW"]
    world.run(minutes=60)
    assert_paid_once(world.shop, order, request, 19900)
    bodies = {call.body for call in world.wechat.calls if call.method == "POST"}
    assert len(bodies) == 1


def test_refused_for_good_fails_after_a_last_look(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.wechat.payments[order.transactions[0].psp_reference].total_fen -= 1

    world.run(minutes=30)

    assert world.wechat.refunds == []
    assert [call.method for call in world.wechat.calls] == ["POST", "GET"]
    assert Refund.objects.get().status == "failed"
    assert order.granted_refunds[0].status == "FAILURE"
    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["REFUND_REJECTED"]


def test_paid_after_it_was_given_up_becomes_a_task_and_blocks_a_second_payment(
    world: World,
) -> None:
    """EC32."""
    _, request, number = refund_accepted(world.shop)
    world.wechat.settle(number, "CLOSED")
    world.run()

    world.wechat.settle(number, "SUCCESS", reversed=True)
    world.run()

    assert WechatRefund.objects.get().status == "success"
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"
    assert ("AMOUNT_DIFFERS", "paid after it had failed") in make.tasks(world.shop, request)


def test_paid_after_it_was_given_up_is_taken_for_paid_once_staff_say_go_on(world: World) -> None:
    order, request, number = refund_accepted(world.shop)
    world.wechat.settle(number, "CLOSED")
    world.run()
    world.wechat.settle(number, "SUCCESS", reversed=True)
    world.run()

    make.retry(world.shop, request)
    world.run()

    assert [(r.out_refund_no, r.status) for r in world.wechat.refunds] == [(number, "SUCCESS")]
    assert order.transactions[0].refunded == 199
    assert order.granted_refunds[0].status == "SUCCESS"
    assert_settled(world.shop, request)


def test_forgotten_by_wechat_pay_after_it_was_accepted_becomes_a_task(world: World) -> None:
    order, request, _ = refund_accepted(world.shop)
    world.notices_get_lost = True

    def forgotten(call: str) -> httpx.Response | None:
        if call != "GET refunds":
            return None
        return httpx.Response(404, json={"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"})

    with wired(world, before=forgotten):
        world.wait(minutes=60)

    assert make.tasks(world.shop, request) == [
        ("STUCK", "refund.query: WeChat Pay no longer knows a refund that it accepted")
    ]
    assert Refund.objects.get().status == "paying"
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)


@pytest.mark.parametrize(("field", "wrong"), [("serial_no", "AB"), ("verifiers", {})])
def test_waits_while_the_merchants_keys_are_wrong(world: World, field: str, wrong: object) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    rows = WechatMerchant.objects.filter(shop=world.shop.row)
    right = rows.values("serial_no", "verifiers").get()
    rows.update(**{field: wrong})

    world.wait(minutes=15)

    assert [kind for kind, _ in make.tasks(world.shop, request)] == ["STUCK"]
    assert world.wechat.refunds == []
    rows.update(**right)
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)


def test_that_wechat_pay_will_not_tell_of_becomes_a_task(world: World) -> None:
    """The keys went wrong after it was accepted, and the notice gets lost."""
    order, request, _ = refund_accepted(world.shop)
    world.notices_get_lost = True
    rows = WechatMerchant.objects.filter(shop=world.shop.row)
    right = rows.values("serial_no").get()
    rows.update(serial_no="AB")

    world.wait(minutes=60)

    ((kind, detail),) = make.tasks(world.shop, request)
    assert (kind, detail[:26]) == ("STUCK", "refund.query: SIGN_ERROR: ")
    assert Refund.objects.get().status == "paying"
    rows.update(**right)
    world.run(minutes=30)
    assert_paid_once(world.shop, order, request, 19900)


def test_is_not_sent_again_while_wechat_pay_refuses_to_tell(world: World) -> None:
    """The answer was lost; then the keys went wrong, and come right again."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.notices_get_lost = True
    world.wechat.faults.add("timeout_before_accept")
    world.quiet()
    rows = WechatMerchant.objects.filter(shop=world.shop.row)
    right = rows.values("serial_no").get()
    rows.update(serial_no="AB")

    world.wait(minutes=15)

    assert [call.method for call in world.wechat.calls].count("POST") == 1
    assert world.wechat.refunds == []
    rows.update(**right)
    world.run(minutes=60)
    assert_paid_once(world.shop, order, request, 19900)
