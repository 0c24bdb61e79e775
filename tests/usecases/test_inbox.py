"""A message in the inbox …"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from saleor_wechat_returns import inbox
from saleor_wechat_returns.models import InboxMessage, ReturnRequest, StaffTask
from tests import make
from tests.usecases.together import together
from tests.usecases.wires import Killed
from tests.world import World


class Handlers:
    """Hears everything of source "s"; `fails` says what becomes of it."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.fails: BaseException | None = None

    def handle(self) -> int:
        return inbox.handle({"s": self.hear})

    def hear(self, message: InboxMessage) -> None:
        self.heard.append(message.payload)
        if self.fails is not None:
            raise self.fails


@pytest.fixture
def handlers() -> Handlers:
    return Handlers()


def test_is_handled_once(world: World, handlers: Handlers) -> None:
    inbox.receive(world.shop.row, "s", "1", {"n": 1})

    assert [handlers.handle() for _ in range(2)] == [1, 0]

    assert handlers.heard == [{"n": 1}]
    assert InboxMessage.objects.get().handled_at == world.clock.now


def test_that_comes_again_is_notheard(world: World, handlers: Handlers) -> None:
    inbox.receive(world.shop.row, "s", "1", {"n": 1})
    handlers.handle()
    inbox.receive(world.shop.row, "s", "1", {"n": 2})

    assert handlers.handle() == 0
    assert handlers.heard == [{"n": 1}]


def test_that_comes_to_many_at_once_is_one(world: World, handlers: Handlers) -> None:
    together([partial(inbox.receive, world.shop.row, "s", "1", {"n": 1})] * 6)

    together([handlers.handle] * 4)

    assert handlers.heard == [{"n": 1}]


def test_is_another_from_another_shop_or_source(world: World, handlers: Handlers) -> None:
    inbox.receive(world.shop.row, "s", "1", {"n": 1})
    inbox.receive(world.other_shop.row, "s", "1", {"n": 2})
    inbox.receive(world.shop.row, "t", "1", {"n": 3})

    assert inbox.handle({"s": handlers.hear, "t": handlers.hear}) == 3
    assert handlers.heard == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_that_fails_leaves_nothing_behind_and_comes_again(world: World) -> None:
    make.inspected(world.shop, world.shop.order())
    inbox.receive(world.shop.row, "s", "1", {})

    def open_a_task_and_fail(_message: InboxMessage) -> None:
        StaffTask.objects.create(
            shop=world.shop.row, request=ReturnRequest.objects.get(), kind="stuck"
        )
        raise ZeroDivisionError

    inbox.handle({"s": open_a_task_and_fail})

    assert StaffTask.objects.count() == 0
    message = InboxMessage.objects.get(source="s")
    assert (message.attempts, message.latest_error) == (1, "ZeroDivisionError")
    assert message.handled_at is None


def test_that_keeps_failing_comes_after_growing_pauses(world: World, handlers: Handlers) -> None:
    handlers.fails = ZeroDivisionError()
    inbox.receive(world.shop.row, "s", "1", {})
    began, at = world.clock.now, []

    for _ in range(310):
        if handlers.handle():
            at.append((world.clock.now - began).total_seconds())
        world.clock.forward(seconds=1)

    assert at == [0, 30, 90, 180, 300]


def test_that_fails_stops_no_other(world: World, handlers: Handlers) -> None:
    inbox.receive(world.shop.row, "nobody hears this", "1", {})
    inbox.receive(world.shop.row, "s", "2", {"n": 2})

    handlers.handle()

    assert handlers.heard == [{"n": 2}]


def test_is_handled_by_the_next_worker_when_one_dies(world: World, handlers: Handlers) -> None:
    inbox.receive(world.shop.row, "s", "1", {"n": 1})
    handlers.fails = Killed()
    with pytest.raises(Killed):
        handlers.handle()

    handlers.fails = None
    handlers.handle()

    assert InboxMessage.objects.get().attempts == 1
    assert InboxMessage.objects.get().handled_at is not None


def test_that_was_answered_is_answered_the_same(world: World) -> None:
    shop = world.shop.row
    assert inbox.answered(shop, "s", "1") is None

    inbox.remember_answer(shop, "s", "1", {"said": "yes"})

    assert inbox.answered(shop, "s", "1") == {"said": "yes"}
    assert inbox.answered(world.other_shop.row, "s", "1") is None
    assert inbox.handle({}) == 0  # there is nothing left to do about it


def test_is_never_answered_twice(world: World) -> None:
    inbox.remember_answer(world.shop.row, "s", "1", {"said": "yes"})

    with pytest.raises(IntegrityError), transaction.atomic():
        inbox.remember_answer(world.shop.row, "s", "1", {"said": "no"})
