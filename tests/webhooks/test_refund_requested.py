"""Saleor's refund webhook …"""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.models import OutboxMessage, SaleorRefundRequest, WechatRefund
from saleor_wechat_returns.usecases import refunds
from tests import make
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.webhooks.saleor_posts import changed, forget_deliveries, post, refund_asked
from tests.world import World

ANOTHER_RUNS = (
    "Another refund of this order is under way: please try again when it is done. Nothing was paid."
)
MOVED = "The granted refund was moved to another payment: nothing was paid."
OTHER_AMOUNT = "The amount is not the amount of the return: nothing was paid."
OVER = "This refund is over: nothing more was paid."


def test_is_answered_with_a_reference_before_anything_is_paid(world: World) -> None:
    _, request, event = refund_asked(world.shop)

    answer = post(world.shop, event)

    number = f"{request['number']}-1-1"
    assert (answer.status_code, answer.json()) == (200, {"pspReference": number})
    assert [r.psp_reference for r in SaleorRefundRequest.objects.all()] == [number]
    (attempt,) = WechatRefund.objects.all()
    assert (attempt.out_refund_no, attempt.status, attempt.amount_fen) == (number, "open", 19900)
    waiting = OutboxMessage.objects.filter(done_at=None, topic=refunds.PAY)
    assert [message.subject for message in waiting] == [attempt.pk]
    assert world.wechat.calls == []


def test_hears_the_same_answer_to_the_same_body(world: World) -> None:
    """EC40."""
    _, _, event = refund_asked(world.shop)
    first = post(world.shop, event).json()

    with nothing_changes(world):
        second = post(world.shop, event).json()

    assert second == first


def test_hears_the_same_reference_for_another_request_of_the_grant(world: World) -> None:
    _, _, event = refund_asked(world.shop)
    first = post(world.shop, event).json()

    second = post(world.shop, changed(event, "transaction.events", [])).json()

    assert second == first
    assert WechatRefund.objects.count() == 1


def test_hears_one_reference_in_ten_deliveries_at_once(world: World) -> None:
    _, _, event = refund_asked(world.shop)
    forget_deliveries(world.shop)
    twins = [event, event, *(changed(event, "version", str(n)) for n in range(8))]

    answers = together([partial(post, world.shop, twin) for twin in twins])

    (attempt,) = WechatRefund.objects.all()
    heard = [(answer.status_code, answer.json()) for answer in answers]
    assert heard == [(200, {"pspReference": attempt.out_refund_no})] * 10
    assert SaleorRefundRequest.objects.count() == 1
    assert OutboxMessage.objects.filter(topic=refunds.PAY).count() == 1


def test_hears_the_result_once_it_is_known(world: World) -> None:
    _, request, event = refund_asked(world.shop)
    forget_deliveries(world.shop)
    number = post(world.shop, event).json()["pspReference"]
    world.run(minutes=2)
    assert make.read(world.shop, request)["refunds"][0]["status"] == "SUCCEEDED"

    again = post(world.shop, changed(event, "version", "asked again"))

    assert again.json() == {"pspReference": number, "result": "REFUND_SUCCESS"}


def test_hears_of_failure_once_wechat_pay_closed_the_refund(world: World) -> None:
    _, _, event = refund_asked(world.shop)
    forget_deliveries(world.shop)
    number = post(world.shop, event).json()["pspReference"]
    world.quiet()
    world.wechat.settle(number, "CLOSED")
    world.quiet()

    again = post(world.shop, changed(event, "version", "asked again"))

    assert again.json() == {
        "pspReference": number,
        "result": "REFUND_FAILURE",
        "message": "refund_rejected: WeChat Pay closed the refund",
    }


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("grantedRefund", None, ANOTHER_RUNS),
        ("grantedRefund.id", "T3JkZXJHcmFudGVkUmVmdW5kOjk5OQ==", ANOTHER_RUNS),
        ("transaction.id", "VHJhbnNhY3Rpb25JdGVtOjk5OQ==", MOVED),
        ("action.amount", 199.01, OTHER_AMOUNT),
        ("action.amount", 198, OTHER_AMOUNT),
        ("action.amount", 0, OTHER_AMOUNT),
        ("action.amount", -199, OTHER_AMOUNT),
        ("action.amount", 199.001, OTHER_AMOUNT),
        ("action.amount", 1e30, OTHER_AMOUNT),
        ("action.amount", float("nan"), OTHER_AMOUNT),
        ("action.amount", float("inf"), OTHER_AMOUNT),
        ("action.amount", "199", OTHER_AMOUNT),
        ("action.amount", None, OTHER_AMOUNT),
        ("action.currency", "USD", OTHER_AMOUNT),
    ],
)
def test_is_refused_for_what_is_not_owed(
    world: World, path: str, value: object, message: str
) -> None:
    order, request, event = refund_asked(world.shop)

    answer = post(world.shop, changed(event, path, value))

    assert answer.status_code == 200
    assert refusal(answer) == message
    assert WechatRefund.objects.count() == 0
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def test_is_refused_for_a_refund_of_another_shop(world: World) -> None:
    _, _, event = refund_asked(world.shop)
    other = changed(event, "recipient.id", world.other_shop.app.id)

    with nothing_changes(world, reads=1):
        answer = post(world.other_shop, other)

    assert refusal(answer) == "Saleor does not show the order: nothing was paid."


def test_is_refused_after_the_refund_failed(world: World) -> None:
    _, request, event = refund_asked(world.shop)
    world.quiet()
    world.wechat.settle(f"{request['number']}-1-1", "CLOSED")
    world.run()
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"

    answer = post(world.shop, changed(event, "version", "staff click refund again"))

    assert refusal(answer) == OVER
    assert WechatRefund.objects.count() == 1


def test_pays_nothing_more_after_the_refund_succeeded(world: World) -> None:
    order, request, event = refund_asked(world.shop)
    world.run()

    answer = post(world.shop, changed(event, "version", "staff click refund again"))

    number = f"{request['number']}-1-1"
    assert answer.json() == {"pspReference": number, "result": "REFUND_SUCCESS"}
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def refusal(answer: httpx.Response) -> str:
    """What it says, under a reference that Saleor has not heard yet."""
    said: dict[str, Any] = answer.json()
    assert (answer.status_code, set(said)) == (200, {"pspReference", "result", "message"})
    assert said["result"] == "REFUND_FAILURE"
    assert said["pspReference"].startswith("no-")
    return str(said["message"])
