"""A message in the outbox …"""

from __future__ import annotations

import uuid
from functools import partial
from itertools import pairwise
from typing import NoReturn

import pytest
from celery import Celery, current_app
from django.db import transaction

from saleor_wechat_returns.domain.errors import (
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from saleor_wechat_returns.models import OutboxMessage
from saleor_wechat_returns.outbox import Later
from tests.usecases.errands import Errands
from tests.usecases.together import together
from tests.world import World


@pytest.fixture
def errands(world: World) -> Errands:
    return Errands(world)


def fails(error: Exception) -> NoReturn:
    raise error


def test_runs_once_when_it_is_due(world: World, errands: Errands) -> None:
    errands.put("a", seconds=10)

    assert errands.drain() == 0
    world.clock.forward(seconds=10)
    assert errands.drain() == 1
    assert errands.drain() == 0

    assert errands.ran == ["a"]
    (message,) = OutboxMessage.objects.all()
    assert (message.done_at, message.lease, message.leased_until) == (world.clock.now, None, None)


def test_is_not_there_when_its_transaction_was_not_committed(errands: Errands) -> None:
    with transaction.atomic():
        errands.put("a")
        transaction.set_rollback(True)

    assert OutboxMessage.objects.count() == 0


def test_runs_in_the_order_it_became_due(world: World, errands: Errands) -> None:
    errands.put("c", seconds=3)
    errands.put("a", seconds=1)
    errands.put("b", seconds=2, key="order:2")

    world.clock.forward(seconds=3)
    errands.drain()

    assert errands.ran == ["a", "b", "c"]


def test_waits_for_the_next_drain_when_there_are_too_many(errands: Errands) -> None:
    for number in range(5):
        errands.put("a", subject=uuid.UUID(int=number))

    assert [errands.drain(most=2) for _ in range(3)] == [2, 2, 1]


def test_comes_again_after_the_time_it_asked_for(world: World, errands: Errands) -> None:
    errands.outcomes["a"] = lambda: Later(60, "waiting")
    errands.put("a")

    errands.run(seconds=121)

    began = errands.at[0]
    assert [(at - began).total_seconds() for at in errands.at] == [0, 60, 120]
    (message,) = errands.waiting()
    assert (message.attempts, message.latest_error) == (0, "waiting")


def test_never_counts_as_stuck_while_it_only_waits(errands: Errands) -> None:
    errands.outcomes["a"] = lambda: Later(1, "waiting")
    errands.put("a")

    errands.run(seconds=50)

    assert len(errands.ran) == 50
    assert errands.stuck == []


@pytest.mark.parametrize(
    "error",
    [
        ProviderUnavailable("away"),
        ProviderRejected(Rejection.CONFIGURATION, "NO_AUTH", "away"),
        ZeroDivisionError("a bug"),
    ],
)
def test_that_fails_comes_again_after_growing_pauses(errands: Errands, error: Exception) -> None:
    errands.outcomes["a"] = partial(fails, error)
    errands.put("a")

    errands.run(seconds=400)

    pauses = [(b - a).total_seconds() for a, b in pairwise(errands.at)]
    # 2, 4, 8 … seconds, a fifth more or less so that they do not all come at once.
    for pause, wanted in zip(pauses, [2, 4, 8, 16, 32, 64, 128], strict=True):
        assert wanted * 0.8 <= pause <= wanted * 1.2 + 1


def test_that_was_perhaps_heard_gives_it_a_minute(errands: Errands) -> None:
    errands.outcomes["a"] = partial(fails, OutcomeUnknown("lost"))
    errands.put("a")

    errands.run(seconds=130)

    began = errands.at[0]
    assert [(at - began).total_seconds() for at in errands.at] == [0, 60, 120]


def test_comes_when_the_provider_wants_it(errands: Errands) -> None:
    errands.outcomes["a"] = partial(fails, ProviderUnavailable("too often", after_seconds=45))
    errands.put("a")

    errands.run(seconds=100)

    began = errands.at[0]
    assert [(at - began).total_seconds() for at in errands.at] == [0, 45, 90]


def test_of_an_unknown_topic_is_kept_and_stops_no_other(errands: Errands) -> None:
    errands.put("from a newer version")
    errands.put("a", key="order:2")

    errands.drain()

    assert errands.ran == ["a"]
    (message,) = errands.waiting()
    assert (message.topic, message.latest_error) == ("from a newer version", "KeyError")


def test_is_put_before_a_person_when_it_has_failed_eight_times(errands: Errands) -> None:
    errands.outcomes["a"] = partial(fails, ProviderUnavailable("away"))
    errands.put("a")

    errands.run(seconds=1000)

    assert errands.stuck[0] == ("a", 8, "away")
    assert len(errands.ran) == len(errands.stuck) + 7  # and it is repeated all the same


def test_is_put_before_a_person_although_the_worker_died_over_it(errands: Errands) -> None:
    errands.outcomes["a"] = partial(fails, ProviderUnavailable("away"))
    errands.put("a")
    OutboxMessage.objects.update(attempts=8)  # given back, and then the worker died

    errands.drain()

    assert errands.stuck == [("a", 9, "away")]


def test_is_one_however_often_it_is_put(world: World, errands: Errands) -> None:
    for seconds in (30, 10, 20):
        errands.put("a", seconds=seconds)

    (message,) = errands.waiting()
    assert (message.due_at - world.clock.now).total_seconds() == 10


def test_is_one_when_it_is_put_by_many_at_the_same_moment(errands: Errands) -> None:
    together([partial(errands.put, "a")] * 6)

    assert len(errands.waiting()) == 1


def test_is_another_for_another_subject(errands: Errands) -> None:
    errands.put("a", subject=uuid.UUID(int=1))
    errands.put("a", subject=uuid.UUID(int=2))

    assert errands.drain() == 2


def test_put_again_while_it_runs_runs_again(errands: Errands) -> None:
    errands.outcomes["a"] = lambda: errands.put("a") if len(errands.ran) == 1 else None
    errands.put("a")

    errands.drain()

    assert errands.ran == ["a", "a"]
    assert errands.waiting() == []


def test_put_again_while_it_runs_is_still_one_when_it_wants_to_wait(errands: Errands) -> None:
    def wait() -> Later | None:
        if len(errands.ran) > 1:
            return None
        errands.put("a", seconds=5)
        return Later(60, "waiting")

    errands.outcomes["a"] = wait
    errands.put("a")

    errands.drain()
    assert len(errands.waiting()) == 1
    errands.run(seconds=7)

    assert errands.ran == ["a", "a"]
    assert errands.waiting() == []


@pytest.mark.parametrize("broker", ["amqp://127.0.0.1:1//", "filesystem://"])
def test_is_kept_although_the_broker_is_away(
    errands: Errands, broker: str, caplog: pytest.LogCaptureFixture
) -> None:
    ours = current_app._get_current_object()
    away = Celery("away")
    away.conf.broker_write_url = broker
    away.conf.broker_transport_options = {"data_folder_out": "/nowhere/at/all", "max_retries": 0}
    away.set_current()
    try:
        errands.put("a")
    finally:
        ours.set_current()

    assert "outbox.broker_away" in caplog.text
    assert errands.drain() == 1
