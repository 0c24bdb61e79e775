"""Settling a refund by hand …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns import outbox
from saleor_wechat_returns.models import (
    Refund,
    WechatMerchant,
    WechatRefund,
)
from saleor_wechat_returns.sandbox.saleor import PaidWith
from saleor_wechat_returns.usecases.refund_settled import SETTLING
from tests import make
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def number_of(request: dict[str, Any]) -> str:
    return f"{request['number']}-1-1"


def closed_at_wechat(world: World, order: Any) -> dict[str, Any]:
    """The refund failed for good, and Saleor knows it."""
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "CLOSED")
    world.run()
    return request


def assert_counted_once(world: World, order: Any, request: dict[str, Any], fen: int) -> None:
    """Nothing was paid by WeChat Pay; Saleor's totals and its grant contain the refund."""
    (transaction,) = order.transactions
    assert not [refund for refund in world.wechat.refunds if refund.status == "SUCCESS"]
    assert (transaction.refunded * 100, transaction.refund_pending) == (fen, 0)
    assert [grant.status for grant in order.granted_refunds] == ["SUCCESS"]
    done = make.read(world.shop, request)
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    (refund,) = Refund.objects.all()
    assert (refund.status, refund.running) == ("settled", False)
    assert refund.counted_at is not None


def test_ends_one_that_wechat_closed_and_tells_saleor(world: World) -> None:
    """EC35."""
    order = world.shop.order()
    request = closed_at_wechat(world, order)

    answer = make.settle(world.shop, request, reference="招行转账 42", note="客户银行卡已注销")
    world.run()

    assert answer.payload["returnRefund"] == {
        "status": "SETTLED",
        "settledReference": "招行转账 42",
    }
    assert answer.request["status"] == "REFUNDED"
    assert_counted_once(world, order, request, 19900)
    refund = Refund.objects.get()
    assert (refund.settled_note, refund.settled_by) == ("客户银行卡已注销", world.shop.clerk.id)


def test_ends_an_abnormal_one_once_staff_say_it_is_over(world: World) -> None:
    """EC35."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "ABNORMAL")
    world.quiet()

    unsure = make.settle(world.shop, request)
    sure = make.settle(world.shop, request, abnormalIsOver=True)
    world.run()

    assert unsure.refusals == [("REQUIRED", "abnormalIsOver")]
    assert sure.request["status"] == "REFUNDED"
    assert_counted_once(world, order, request, 19900)


def test_is_refused_while_wechat_pays(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()

    answer = make.settle(world.shop, request, abnormalIsOver=True)

    assert answer.refusals == [("REFUND_UNDER_WAY", "refundId")]
    world.run()
    assert make.read(world.shop, request)["refunds"][0]["status"] == "SUCCEEDED"


def test_is_refused_when_wechat_has_paid_though_nobody_told_us(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.notices_get_lost = True
    world.wechat.settle(number_of(request), "SUCCESS")

    answer = make.settle(world.shop, request)

    assert answer.refusals == [("REFUND_ALREADY_PAID", "refundId")]
    assert make.read(world.shop, request)["refunds"][0]["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "fault", ["connect_refused", "http_500", "rate_limited", "garbage", "unsigned"]
)
def test_is_refused_when_wechat_cannot_be_asked(world: World, fault: str) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "ABNORMAL")
    world.quiet()
    world.wechat.faults.add(fault)

    answer = make.settle(world.shop, request, abnormalIsOver=True)

    assert answer.refusals == [("WECHAT_PAY_UNAVAILABLE", None)]
    assert make.read(world.shop, request)["refunds"][0]["status"] == "ABNORMAL"


def test_is_refused_when_saleor_cannot_be_asked(world: World) -> None:
    order = world.shop.order()
    request = closed_at_wechat(world, order)
    world.shop.saleor.faults.add("http_500", "order")

    answer = make.settle(world.shop, request)

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]
    assert make.read(world.shop, request)["refunds"][0]["status"] == "FAILED"


def test_is_refused_when_saleor_does_not_know_our_app(world: World) -> None:
    request = closed_at_wechat(world, world.shop.order())
    world.shop.app.is_active = False

    answer = make.settle(world.shop, request)

    assert answer.refusals == [("SALEOR_UNAVAILABLE", None)]
    assert make.read(world.shop, request)["refunds"][0]["status"] == "FAILED"


def test_is_refused_when_wechat_refuses_our_keys(world: World) -> None:
    request = make.inspected(world.shop, world.shop.order())
    world.quiet()
    world.wechat.settle(number_of(request), "ABNORMAL")
    world.quiet()
    WechatMerchant.objects.filter(shop=world.shop.row).update(serial_no="AB")

    answer = make.settle(world.shop, request, abnormalIsOver=True)

    assert answer.refusals == [("WECHAT_PAY_UNAVAILABLE", None)]
    assert make.read(world.shop, request)["refunds"][0]["status"] == "ABNORMAL"


def test_ends_one_that_wechat_never_accepted(world: World) -> None:
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.wechat.faults.add("connect_refused", 50)
    world.wait(minutes=3)
    assert make.read(world.shop, request)["refunds"][0]["status"] == "PAYING"
    world.wechat.faults.clear()

    answer = make.settle(world.shop, request)
    world.run(minutes=30)

    assert answer.request["status"] == "REFUNDED"
    assert [call for call in world.wechat.calls if call.method == "POST"] == []
    assert_counted_once(world, order, request, 19900)


def test_is_refused_while_what_was_sent_may_still_be_on_its_way(world: World) -> None:
    """Its answer was lost, and WeChat Pay does not know it yet."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.wechat.faults.add("timeout_before_accept")
    world.quiet()

    early = make.settle(world.shop, request)
    world.clock.forward(minutes=1)
    late = make.settle(world.shop, request)
    world.run(minutes=30)

    assert early.refusals == [("REFUND_UNDER_WAY", "refundId")]
    assert late.request["status"] == "REFUNDED"
    assert len([call for call in world.wechat.calls if call.method == "POST"]) == 1
    assert_counted_once(world, order, request, 19900)


def test_is_refused_while_a_step_of_the_order_runs(world: World) -> None:
    """The step may be about to call WeChat Pay."""
    order = world.shop.order()
    request = closed_at_wechat(world, order)
    refund = Refund.objects.get()

    key = f"order:{refund.order_id}"
    with outbox.alone(SETTLING, refund.pk, shop=world.shop.row, key=key):
        answer = make.settle(world.shop, request)

    assert answer.refusals == [("REFUND_UNDER_WAY", "refundId")]
    assert make.settle(world.shop, request).request["status"] == "REFUNDED"


def test_ends_what_only_staff_could_pay(world: World) -> None:
    order = world.shop.order(paid_with=[PaidWith(None, "cash")])
    request = make.inspected(world.shop, order)
    world.run()

    answer = make.settle(world.shop, request, reference="cash desk, receipt 7")
    world.run()

    done = answer.request
    assert (done["status"], done["tasks"]) == ("REFUNDED", [])
    assert order.transactions[0].refunded == 0  # nobody may report on a transaction of staff's
    assert not Refund.objects.filter(running=True).exists()


def test_lets_a_late_success_of_wechat_be_seen(world: World) -> None:
    """Then the customer has been paid twice, and only a person can ask for it back."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    world.wechat.settle(number_of(request), "ABNORMAL")
    world.quiet()
    make.settle(world.shop, request, abnormalIsOver=True)
    world.run()

    world.wechat.settle(number_of(request), "SUCCESS")
    world.run()

    assert make.tasks(world.shop, request) == [("AMOUNT_DIFFERS", "paid after it had failed")]
    assert make.read(world.shop, request)["status"] == "REFUNDED"
    assert order.transactions[0].refunded == 199


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"reference": "  "}, ("REQUIRED", "reference")),
        ({"reference": "x" * 129}, ("TOO_LONG", "reference")),
        ({"note": "x" * 1001}, ("TOO_LONG", "note")),
        ({"reference": "a\x00b"}, ("MALFORMED", "reference")),
    ],
)
def test_refuses_what_cannot_be_kept(
    world: World, changes: dict[str, Any], refusal: tuple[str, str]
) -> None:
    request = closed_at_wechat(world, world.shop.order())

    with nothing_changes(world):
        answer = make.settle(world.shop, request, **changes)

    assert answer.refusals == [refusal]


def test_is_for_staff_of_the_shop_and_what_they_saw(world: World) -> None:
    request = closed_at_wechat(world, world.shop.order())
    refund = make.read(world.shop, request)["refunds"][0]
    wanted = {"refund": refund["id"], "version": refund["version"], "input": {"reference": "x"}}

    with nothing_changes(world):
        customer = world.shop.as_li(make.SETTLE, **wanted)
        stranger = world.other_shop.as_clerk(make.SETTLE, **wanted)
        late = world.shop.as_clerk(make.SETTLE, **{**wanted, "version": refund["version"] - 1})

    assert customer.refusals == [("FORBIDDEN", None)]
    assert stranger.refusals == [("NOT_FOUND", "refundId")]
    assert late.refusals == [("VERSION_CONFLICT", "expectedVersion")]


def test_once_settled_it_stays_so(world: World) -> None:
    request = closed_at_wechat(world, world.shop.order())
    make.settle(world.shop, request)
    world.run()

    again = make.settle(world.shop, request)
    retried = make.retry(world.shop, request)

    assert again.refusals == [("REFUND_UNDER_WAY", "refundId")]
    assert retried.refusals == [("MOVE_NOT_ALLOWED", "id")]
    assert WechatRefund.objects.count() == 1
