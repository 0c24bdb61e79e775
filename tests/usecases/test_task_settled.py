"""A task that staff say is settled …"""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import StaffTask
from tests import make
from tests.usecases import payer
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.unchanged import nothing_changes
from tests.webhooks.wechat_posts import post_notice
from tests.world import Answer, TestShop, World

TASKS = "{ returnTasks { id kind canBeSettled } }"
SETTLE = """mutation($task: ID!, $note: String!) { returnTaskSettle(taskId: $task, note: $note) {
  returnTask { kind canBeSettled } errors { field code message } } }"""


def the_task(shop: TestShop) -> dict[str, Any]:
    (task,) = shop.as_clerk(TASKS).data["returnTasks"]
    return dict(task)


def settle(shop: TestShop, task: dict[str, Any], note: str = "looked at the portal") -> Answer:
    return shop.as_clerk(SETTLE, task=task["id"], note=note)


def amount_differs(world: World) -> tuple[Any, dict[str, Any]]:
    """A notice of 1 fen less, and then the true one."""
    order = world.shop.order()
    request = make.inspected(world.shop, order)
    world.quiet()
    amounts = {"total": 70970, "refund": 19899, "payer_total": 70970, "payer_refund": 19899}
    wrong: dict[str, object] = {"amount": amounts, "refund_status": "SUCCESS"}
    number = f"{request['number']}-1-1"
    post_notice(world.shop, world.wechat.make_notification(number, changes=wrong))
    world.run()
    return order, request


def payment_differs(world: World) -> Any:
    """It was paid in another mini-program than the one it was begun in."""
    payment = payer.begin(world.shop, payer.fill(world.shop))
    row = payer.row_of(payment)
    row.appid = "wx0another0app"
    row.save()
    payer.pay(world.shop, payment)
    world.run(minutes=5)
    return row


def test_is_off_the_list_and_says_who_did_what(world: World) -> None:
    order, request = amount_differs(world)
    task = the_task(world.shop)
    assert (task["kind"], task["canBeSettled"]) == ("AMOUNT_DIFFERS", True)

    answer = settle(world.shop, task, " told WeChat Pay ")

    assert answer.payload["returnTask"] == {"kind": "AMOUNT_DIFFERS", "canBeSettled": False}
    row = StaffTask.objects.get()
    assert (row.closed_by, row.closed_note) == (world.shop.clerk.id, "told WeChat Pay")
    assert_paid_once(world.shop, order, request, 19900)


def test_twice_is_settled_once(world: World) -> None:
    amount_differs(world)
    task = the_task(world.shop)
    settle(world.shop, task, "first")

    again = settle(world.shop, task, "second")

    assert again.refusals == []
    assert StaffTask.objects.get().closed_note == "first"


def test_about_a_payment_lets_the_customer_pay_again(world: World) -> None:
    row = payment_differs(world)
    assert payer.begin(world.shop, row.source_id).event_type == "CHARGE_FAILURE"

    settle(world.shop, the_task(world.shop), "refunded 410.00 in the portal")
    world.run()
    again = payer.begin(world.shop, row.source_id)
    number = payer.pay(world.shop, again)
    payer.carry_on(world.shop, again)
    world.run()

    assert payer.booked(world.shop, again)[:2] == (number, payer.TOTAL)
    row.refresh_from_db()
    assert (row.status, row.reported_at is not None) == ("closed", True)
    assert not StaffTask.objects.filter(closed_at=None).exists()


def test_about_an_unreported_payment_reports_it_once_more(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    hidden = list(world.shop.saleor.world.checkouts)
    world.shop.saleor.world.checkouts.clear()
    number = payer.pay(world.shop, payment)
    world.run()
    task = the_task(world.shop)
    assert task["kind"] == "PAYMENT_NOT_REPORTED"

    settle(world.shop, task)
    world.run()
    assert the_task(world.shop)["id"] != task["id"]  # refused again
    world.shop.saleor.world.checkouts.extend(hidden)
    settle(world.shop, the_task(world.shop))
    world.run()

    assert payer.booked(world.shop, payment)[:2] == (number, payer.TOTAL)
    assert not StaffTask.objects.filter(closed_at=None).exists()


def test_must_be_one_that_nothing_else_ends(world: World) -> None:
    request = make.inspected(world.shop, closed(world))
    world.run()
    task = the_task(world.shop)
    assert (task["kind"], task["canBeSettled"]) == ("REFUND_REJECTED", False)

    with nothing_changes(world):
        answer = settle(world.shop, task)

    assert answer.refusals == [("TASK_CLOSES_BY_ITSELF", "taskId")]
    assert make.read(world.shop, request)["status"] == "REFUND_FAILED"


def closed(world: World) -> Any:
    """An order whose refund WeChat Pay refuses for good."""
    order = world.shop.order()
    world.wechat.payments[order.transactions[0].psp_reference].total_fen -= 1
    return order


@pytest.mark.parametrize(
    ("note", "code"), [("", "REQUIRED"), ("  ", "REQUIRED"), ("x" * 1001, "TOO_LONG")]
)
def test_needs_words_that_can_be_kept(world: World, note: str, code: str) -> None:
    amount_differs(world)
    task = the_task(world.shop)

    with nothing_changes(world):
        assert settle(world.shop, task, note).refusals == [(code, "note")]


def test_is_settled_by_staff_of_its_shop_only(world: World) -> None:
    amount_differs(world)
    task = the_task(world.shop)

    with nothing_changes(world):
        assert settle(world.other_shop, task).refusals == [("NOT_FOUND", "taskId")]
        assert settle(world.shop, {"id": "x"}).refusals == [("NOT_FOUND", "taskId")]
        by_customer = world.shop.as_li(SETTLE, task=task["id"], note="x")
    assert by_customer.refusals == [("FORBIDDEN", None)]
