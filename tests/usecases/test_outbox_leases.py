"""A lease in the outbox …"""

from __future__ import annotations

import threading
import uuid
from collections import Counter

import pytest

from saleor_wechat_returns import outbox
from saleor_wechat_returns.models import OutboxMessage
from saleor_wechat_returns.outbox import Later
from tests.usecases.errands import KEY, Errands
from tests.usecases.together import together
from tests.usecases.wires import Killed
from tests.world import World


@pytest.fixture
def errands(world: World) -> Errands:
    return Errands(world)


def die() -> Later | None:
    raise Killed


def kill_worker(errands: Errands, topic: str) -> None:
    """A worker takes the message and is never seen again."""
    errands.outcomes[topic] = die
    errands.put(topic)
    with pytest.raises(Killed):
        errands.drain()
    del errands.outcomes[topic]
    errands.ran.clear()


def test_of_a_dead_worker_is_taken_over_when_it_has_run_out(world: World, errands: Errands) -> None:
    kill_worker(errands, "a")

    world.clock.forward(minutes=5)
    assert errands.drain() == 0
    world.clock.forward(seconds=1)
    assert errands.drain() == 1

    assert errands.ran == ["a"]
    assert errands.waiting() == []


def test_locks_out_its_own_order_only(world: World, errands: Errands) -> None:
    kill_worker(errands, "a")

    errands.put("b")
    errands.put("c", key="order:2")
    errands.drain()
    assert errands.ran == ["c"]

    world.clock.forward(minutes=5, seconds=1)
    errands.drain()
    assert errands.ran == ["c", "a", "b"]


def test_taken_over_is_nothing_its_former_holder_can_end(world: World, errands: Errands) -> None:
    def lose_it() -> Later | None:
        OutboxMessage.objects.update(lease=uuid.UUID(int=7))
        return None

    errands.outcomes["a"] = lose_it
    errands.put("a")

    errands.drain()

    (message,) = errands.waiting()
    assert message.lease == uuid.UUID(int=7)


def test_taken_over_is_nothing_its_former_holder_can_give_back(
    world: World, errands: Errands
) -> None:
    def lose_it() -> Later | None:
        OutboxMessage.objects.update(lease=uuid.UUID(int=7))
        return Later(60, "waiting")

    errands.outcomes["a"] = lose_it
    errands.put("a")

    errands.drain()

    (message,) = errands.waiting()
    assert (message.lease, message.due_at) == (uuid.UUID(int=7), world.clock.now)


def test_belongs_to_one_of_many_workers_and_never_two_of_an_order(world: World) -> None:
    ran: Counter[uuid.UUID] = Counter()
    busy: Counter[str] = Counter()
    overlaps: list[str] = []
    guard = threading.Lock()
    key_of = {uuid.UUID(int=n): f"order:{n % 3}" for n in range(30)}

    def effect(subject: uuid.UUID) -> None:
        key = key_of[subject]
        with guard:
            ran[subject] += 1
            busy[key] += 1
            if busy[key] > 1:
                overlaps.append(key)
        assert OutboxMessage.objects.filter(key=key, lease__isnull=False).count() == 1
        with guard:
            busy[key] -= 1

    errands = Errands(world)
    for subject, key in key_of.items():
        errands.put("a", subject=subject, key=key)

    def work() -> int:
        return outbox.drain({"a": effect}, errands.on_stuck)

    while errands.waiting():
        together([work] * 4)

    assert overlaps == []
    assert ran == Counter(dict.fromkeys(key_of, 1))
    assert KEY in set(key_of.values())
