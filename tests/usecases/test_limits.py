"""The limits of a shop …"""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from saleor_wechat_returns.domain.errors import Refusal
from saleor_wechat_returns.domain.evidence import EvidenceStatus, Medium
from saleor_wechat_returns.domain.lifecycle import Actor
from saleor_wechat_returns.domain.limits import LimitRules
from saleor_wechat_returns.models import Evidence, ReturnMessage, ReturnRequest, UploadTicket
from saleor_wechat_returns.usecases.access import Viewer
from saleor_wechat_returns.usecases.limits import need_upload_room
from tests import make
from tests.returning import SENDER, WINDOWS, to_be_fetched
from tests.usecases.stages import at
from tests.usecases.timers import follow
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import STARTS_AT, Answer, World

MORE = "code message lines retryAt en: message(languageCode: EN)"
MESSAGE = make.MESSAGE.replace("code message lines", MORE)
CREATE = make.CREATE.replace("code message lines", MORE)


def ask(world: World, order: Any, at: int = 0, **changes: Any) -> Answer:
    wanted = make.wanted(order, {at: 1}, **changes)
    return world.shop.as_li(CREATE, input=wanted, key=make.key())


def try_and_cancel(world: World, order: Any, at: int = 0) -> None:
    request = make.requested(world.shop, order, {at: 1})
    world.shop.as_li(make.CANCEL, id=request["id"], key=make.key()).request  # noqa: B018


def test_end_a_line_with_the_sixth_attempt(world: World) -> None:
    """EC61: canceled and rejected attempts count; the order's other lines are free."""
    order = world.shop.order()
    for _ in range(4):
        try_and_cancel(world, order)
    at("REJECTED", world, order)
    before = ReturnRequest.objects.count()

    answer = ask(world, order)

    (error,) = answer.payload["errors"]
    assert (error["code"], error["field"]) == ("ATTEMPTS_USED_UP", "lines.orderLineId")
    assert error["lines"] == [order.lines[0].id]
    assert error["message"] == "该商品申请售后的次数已用完,请联系客服。"
    assert ReturnRequest.objects.count() == before
    assert row_of_line(world, order).held_shipped == 0
    assert ask(world, order, at=1).request["status"] == "REQUESTED"


def row_of_line(world: World, order: Any) -> Any:
    request = ReturnRequest.objects.filter(order__order_id=order.id).order_by("pk").first()
    assert request is not None
    return request.order.lines.get(order_line_id=order.lines[0].id)


def test_end_a_line_also_for_who_changes_a_request(world: World) -> None:
    """EC61: a request cannot wander onto a line that is used up, but keeps its own."""
    follow(world.shop, limits={"attempts_per_line": 2})
    order = world.shop.order()
    for _ in range(2):
        try_and_cancel(world, order)
    request = make.requested(world.shop, order, {1: 1})
    update = partial(world.shop.as_li, make.UPDATE, id=request["id"])
    onto = {"lines": [{"orderLineId": order.lines[0].id, "quantity": 1}]}
    more = {"lines": [{"orderLineId": order.lines[1].id, "quantity": 2}]}

    refused = update(input=onto, key="a")

    assert refused.refusals == [("ATTEMPTS_USED_UP", "lines.orderLineId")]
    assert [line["quantity"] for line in make.read(world.shop, request)["lines"]] == [1]
    assert update(input=more, key="b").request["lines"][0]["quantity"] == 2


def test_do_not_count_what_was_refunded(world: World) -> None:
    """EC61: its pieces are gone; who returns one piece after the other does no harm."""
    follow(world.shop, limits={"attempts_per_line": 1})
    order = world.shop.order()
    make.inspected(world.shop, order)
    assert ask(world, order).refusals == [("ATTEMPTS_USED_UP", "lines.orderLineId")]
    world.run()

    assert ask(world, order).refusals == []


def test_end_a_line_for_one_of_two_devices(world: World) -> None:
    """EC61: the fifth attempt is one, also if it is made twice at the same moment."""
    order = world.shop.order()
    for _ in range(4):
        try_and_cancel(world, order)

    answers = together([partial(ask, world, order)] * 2)

    refusals = sorted(answer.refusals for answer in answers)
    assert refusals == [[], [("ATTEMPTS_USED_UP", "lines.orderLineId")]]


def test_let_a_repeat_of_the_fifth_attempt_be_a_repeat(world: World) -> None:
    follow(world.shop, limits={"attempts_per_line": 1})
    wanted = make.wanted(world.shop.order())
    first = world.shop.as_li(make.CREATE, input=wanted, key="tap").request

    assert world.shop.as_li(make.CREATE, input=wanted, key="tap").request["id"] == first["id"]


def test_count_what_is_open_of_one_customer(world: World) -> None:
    follow(world.shop, limits={"open_requests": 2})
    first = make.requested(world.shop, world.shop.order())
    make.requested(world.shop, world.shop.order())

    assert ask(world, world.shop.order()).refusals == [("TOO_MANY_OPEN_REQUESTS", None)]

    others = world.shop.order(user=world.shop.wang)
    wang = world.shop.as_wang(make.CREATE, input=make.wanted(others), key="k")
    assert wang.refusals == []
    world.shop.as_li(make.CANCEL, id=first["id"], key=make.key())
    assert ask(world, world.shop.order()).refusals == []


def test_count_what_is_open_once_for_devices_on_different_orders(world: World) -> None:
    """No common order lock: the customer's own lock keeps them apart."""
    follow(world.shop, limits={"open_requests": 2})
    orders = [world.shop.order() for _ in range(6)]

    answers = together([partial(ask, world, order) for order in orders])

    assert sorted(len(answer.refusals) for answer in answers) == [0, 0, 1, 1, 1, 1]
    assert ReturnRequest.objects.count() == 2


def test_say_when_the_next_request_of_a_day_is_possible(world: World) -> None:
    follow(world.shop, limits={"requests_per_day": 2})
    order = world.shop.order()
    make_at(world, order, hours=0)
    make_at(world, order, hours=3)

    (error,) = ask(world, order, at=1).payload["errors"]

    assert (error["code"], error["retryAt"]) == (
        "TOO_MANY_REQUESTS_TODAY",
        (STARTS_AT + timedelta(days=1)).isoformat(),
    )
    assert error["message"] == "申请次数过多,请稍后再试。2026-11-24 10:00 后可再试。"
    assert error["en"].endswith("Possible again from 2026-11-24 10:00.")
    world.clock.forward(hours=21)
    assert ask(world, order, at=1).refusals == []


def make_at(world: World, order: Any, *, hours: int) -> None:
    world.clock.forward(hours=hours)
    request = make.requested(world.shop, order)
    world.shop.as_li(make.CANCEL, id=request["id"], key=make.key())


def test_say_everything_that_is_used_up_at_once(world: World) -> None:
    order = world.shop.order()
    make.requested(world.shop, order)
    follow(world.shop, limits={"open_requests": 1, "requests_per_day": 1, "attempts_per_line": 1})

    codes = {code for code, _ in ask(world, order).refusals}

    assert codes == {
        "ATTEMPTS_USED_UP",
        "TOO_MANY_OPEN_REQUESTS",
        "TOO_MANY_REQUESTS_TODAY",
    }


# Uploads and messages


def customer(world: World) -> Viewer:
    return Viewer(world.shop.row, Actor.CUSTOMER, world.shop.li.id)


def ticket(world: World, viewer: Viewer, *, size: int = 0) -> None:
    """As the upload does it, in one transaction with the question."""
    with transaction.atomic():
        need_upload_room(viewer, now=world.clock.now)
        row = UploadTicket.objects.create(
            shop=viewer.shop,
            caller=viewer.key,
            actor=viewer.actor,
            medium=Medium.IMAGE,
            idempotency_key=secrets.token_hex(32),
            expires_at=world.clock.now,
            created_at=world.clock.now,
        )
        if size:
            Evidence.objects.create(
                shop=viewer.shop,
                ticket=row,
                caller=viewer.key,
                actor=viewer.actor,
                medium=Medium.IMAGE,
                status=EvidenceStatus.STORED,
                received_at=world.clock.now,
                sha256="0" * 64,
                size=size,
                content_type="image/jpeg",
            )


def refused(world: World, viewer: Viewer) -> tuple[str, timedelta]:
    """The code, and how long to wait."""
    with pytest.raises(Refusal) as no:
        ticket(world, viewer)
    (fault,) = no.value.faults
    assert fault.again_at is not None
    return fault.code.name, fault.again_at - world.clock.now


def test_count_uploads_in_an_hour(world: World) -> None:
    follow(world.shop, limits={"uploads_per_hour": 3})
    for _ in range(3):
        ticket(world, customer(world))
        world.clock.forward(minutes=10)

    assert refused(world, customer(world)) == ("TOO_MANY_UPLOADS", timedelta(minutes=30))

    ticket(world, Viewer(world.shop.row, Actor.CUSTOMER, world.shop.wang.id))
    world.clock.forward(minutes=30)
    ticket(world, customer(world))
    assert refused(world, customer(world)) == ("TOO_MANY_UPLOADS", timedelta(minutes=10))


def test_count_the_bytes_of_a_day(world: World) -> None:
    follow(world.shop, limits={"upload_bytes_per_day": 100})
    ticket(world, customer(world), size=60)
    world.clock.forward(hours=10)
    ticket(world, customer(world), size=60)

    assert refused(world, customer(world)) == ("TOO_MANY_UPLOADS", timedelta(hours=14))

    world.clock.forward(hours=14)
    ticket(world, customer(world), size=1)


def test_count_uploads_once_for_devices_at_the_same_moment(world: World) -> None:
    follow(world.shop, limits={"uploads_per_hour": 2})

    def tap() -> bool:
        try:
            ticket(world, customer(world))
        except Refusal:
            return False
        return True

    assert sorted(together([tap] * 6)) == [False] * 4 + [True] * 2
    assert UploadTicket.objects.count() == 2


def test_give_staff_much_more_room(world: World) -> None:
    follow(world.shop, limits={"uploads_per_hour": 1, "staff_uploads_per_hour": 3})
    staff = Viewer(world.shop.row, Actor.STAFF, world.shop.clerk.id)

    for _ in range(3):
        ticket(world, staff)

    assert refused(world, staff)[0] == "TOO_MANY_UPLOADS"


def test_count_messages_over_all_returns_of_a_customer(world: World) -> None:
    follow(world.shop, limits={"messages_per_hour": 2})
    requests = [make.requested(world.shop, world.shop.order()) for _ in range(2)]

    def write(ask: Any, request: dict[str, Any]) -> Answer:
        said = {"text": "在吗"}
        answer: Answer = ask(MESSAGE, id=request["id"], input=said, key=make.key())
        return answer

    for request in requests:
        assert write(world.shop.as_li, request).refusals == []
        world.clock.forward(minutes=5)

    (error,) = write(world.shop.as_li, requests[0]).payload["errors"]
    assert (error["code"], error["retryAt"]) == (
        "TOO_MANY_MESSAGES",
        (STARTS_AT + timedelta(hours=1)).isoformat(),
    )
    for _ in range(5):
        assert write(world.shop.as_clerk, requests[0]).refusals == []
    assert ReturnMessage.objects.count() == 7
    world.clock.forward(hours=1)
    assert write(world.shop.as_li, requests[0]).refusals == []


# Pickups: each question asks several couriers


def windows(world: World, request: dict[str, Any], **sender: str) -> Answer:
    return world.shop.as_li(WINDOWS, id=request["id"], sender=SENDER | sender)


def test_count_changes_of_requests_as_messages(world: World) -> None:
    """Each is put before WeChat's check, too."""
    follow(world.shop, limits={"messages_per_hour": 3})
    request = make.requested(world.shop, world.shop.order())

    def change(key: str, note: str) -> list[Any]:
        answer = world.shop.as_li(make.UPDATE, id=request["id"], input={"note": note}, key=key)
        return answer.refusals

    world.shop.as_li(MESSAGE, id=request["id"], input={"text": "在吗"}, key=make.key())
    assert [change(f"change-{n}", f"第{n}次") for n in (1, 2)] == [[], []]
    with nothing_changes(world, reads=1):
        assert change("change-3", "第3次") == [("TOO_MANY_MESSAGES", None)]
    assert change("change-2", "第2次") == []  # a repeat
    world.clock.forward(hours=1)
    assert change("change-3", "第3次") == []


def test_say_when_couriers_are_asked_again(world: World) -> None:
    """Over all of the customer's returns; what is refused counts for nothing."""
    follow(world.shop, limits={"pickup_questions_per_hour": 2})
    requests = [to_be_fetched(world.shop), make.approved(world.shop, world.shop.order())]
    for request in requests:
        assert "errors" not in windows(world, request).body
        world.clock.forward(minutes=5)
    asked = len(world.couriers.calls)

    with nothing_changes(world):
        answers = [windows(world, request) for request in requests]

    for answer in answers:
        (error,) = answer.body["errors"]
        assert error["extensions"] == {
            "code": "TOO_MANY_PICKUP_QUESTIONS",
            "field": None,
            "retryAt": (STARTS_AT + timedelta(hours=1)).isoformat(),
        }
        assert error["message"] == "查询上门取件过于频繁,请稍后再试,或自行寄回。"
    assert len(world.couriers.calls) == asked
    world.clock.forward(minutes=50)
    assert "errors" not in windows(world, requests[0]).body


def test_count_no_question_that_asks_nobody(world: World) -> None:
    """An address that is no address, and a return that nobody fetches."""
    follow(world.shop, limits={"pickup_questions_per_hour": 1})
    request = to_be_fetched(world.shop)
    waiting = make.requested(world.shop, world.shop.order())

    for answer in (windows(world, request, phone="?"), windows(world, waiting)):
        assert answer.body["errors"][0]["extensions"]["code"] != "TOO_MANY_PICKUP_QUESTIONS"

    assert "errors" not in windows(world, request).body


def test_let_no_more_questions_through_at_the_same_moment(world: World) -> None:
    follow(world.shop, limits={"pickup_questions_per_hour": 2})
    request = to_be_fetched(world.shop)

    answers = together([partial(windows, world, request)] * 6)

    assert sorted("errors" in answer.body for answer in answers) == [False] * 2 + [True] * 4


def test_are_refused_below_one() -> None:
    with pytest.raises(ValueError, match="open_requests"):
        LimitRules(open_requests=0)
