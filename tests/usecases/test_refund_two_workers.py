"""Of two workers at one refund, the one whose lease has run out …"""

from __future__ import annotations

import httpx
import pytest

from saleor_wechat_returns.models import OutboxMessage, Refund, WechatRefund
from saleor_wechat_returns.usecases import refunds
from tests import make
from tests.usecases import cashier
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.wires import wired
from tests.webhooks.wechat_posts import refund_accepted
from tests.world import World


@pytest.mark.parametrize("status", ["processing", "abnormal", "success", "closed", "rejected"])
def test_sends_nothing_when_the_attempt_is_no_longer_open(world: World, status: str) -> None:
    refund_accepted(world.shop)
    OutboxMessage.objects.filter(topic=refunds.PAY).update(done_at=None)
    OutboxMessage.objects.exclude(topic=refunds.PAY).delete()
    WechatRefund.objects.update(status=status)
    sent = len(world.wechat.calls)

    world.work()

    assert OutboxMessage.objects.filter(done_at=None).count() == 0
    assert len(world.wechat.calls) == sent


def test_sends_nothing_when_the_attempt_ends_while_it_asks(world: World) -> None:
    make.inspected(world.shop, world.shop.order())
    world.wechat.faults.add("timeout_before_accept")
    world.quiet()
    world.clock.forward(minutes=1)

    def give_up(call: str) -> None:
        if call == "GET refunds":  # the other worker was refused for good, and told everybody
            WechatRefund.objects.update(status="rejected")

    with wired(world, before=give_up):
        world.work()

    assert [call.method for call in world.wechat.calls] == ["POST", "GET"]
    assert world.wechat.refunds == []


def test_does_not_give_up_what_the_other_got_accepted(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    payment = world.wechat.payments[order.transactions[0].psp_reference]
    payment.total_fen -= 1  # refused for good

    def get_it_accepted(call: str) -> None:
        if call == "GET refunds" and not world.wechat.refunds:
            WechatRefund.objects.update(status="processing")

    with wired(world, before=get_it_accepted):
        world.quiet()

    assert WechatRefund.objects.get().status == "processing"
    assert Refund.objects.get().status == "paying"
    assert make.read(world.shop, request)["tasks"] == []


def test_raises_no_alarm_when_the_webhook_came_meanwhile(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)

    def click_refund(call: str) -> httpx.Response | None:
        if call != "RequestRefund" or WechatRefund.objects.exists():
            return None
        cashier.request(world.shop, order.granted_refunds[0])
        world.shop.saleor.deliver_due()
        no = {"code": "INVALID", "field": None, "message": "no"}
        return httpx.Response(
            200, json={"data": {"request": {"transaction": None, "errors": [no]}}}
        )

    with wired(world, before=click_refund):
        world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)
    assert Refund.objects.get().failure == ""


def test_leaves_the_message_to_the_other(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    taken_over: list[str] = []

    def take_over(call: str) -> None:
        if call == "ReturnProducts" and not taken_over:
            taken_over.append(call)
            world.clock.forward(minutes=5, seconds=1)
            assert world.work() > 0  # the return is in Saleor: it goes on from there

    with wired(world, after=take_over):
        world.run(minutes=30)

    assert_paid_once(world.shop, order, request, 19900)
