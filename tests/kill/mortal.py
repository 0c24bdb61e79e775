"""The world of a kill story: two shops as ever, around a gunicorn and a worker that may die."""

from __future__ import annotations

import mmap
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx

from saleor_wechat_returns.models import InboxMessage, OutboxMessage
from tests.kill.points import ALWAYS, ONCE, SAFE, Points
from tests.kill.processes import Processes
from tests.world import Answer, Clock, World

MOST_DEATHS = 200
MOST_STEPS = 2000
T = TypeVar("T")
UNDER_WAY = [("REFUND_UNDER_WAY", "refundId")]
NEVER = datetime(2100, 1, 1, tzinfo=UTC)


class SharedClock(Clock):
    """Every process forked later reads the same hands."""

    def __init__(self) -> None:
        self._hands = mmap.mmap(-1, 8)
        super().__init__()

    @property
    def now(self) -> datetime:
        (seconds,) = struct.unpack("d", self._hands[:8])
        return datetime.fromtimestamp(seconds, UTC)

    @now.setter
    def now(self, now: datetime) -> None:
        self._hands[:8] = struct.pack("d", now.timestamp())


class Mortal:
    """A world whose web process and worker die at each point that is new to `points`.

    `after_death`: what else happens before anybody goes on.
    """

    def __init__(self, world: World, processes: Processes, points: Points) -> None:
        self.world, self.points = world, points
        self._processes = processes
        self.mode = ALWAYS
        self.after_death: Callable[[], object] = lambda: None

    def insist(self, act: Callable[[], Answer], is_done: Callable[[], bool]) -> None:
        """Somebody clicks, and clicks again after a look, for as long as the web process dies."""
        for _ in range(MOST_DEATHS):
            try:
                with self._deadly():
                    answer = act()
            except httpx.TransportError:
                if is_done():
                    return
                self.go_on(minutes=6)  # what the dead held is free after its lease
                continue
            if answer.refusals == UNDER_WAY:  # another process died with it
                self.go_on(minutes=6)
                continue
            assert answer.refusals == []
            return
        raise AssertionError("it never ran to its end")

    def begin(self, act: Callable[[], T]) -> T:
        """A customer does it again, until no process died over it."""
        for _ in range(MOST_DEATHS):
            deaths = len(self.points.deaths())
            with self._deadly():
                result = act()
            if len(self.points.deaths()) == deaths:
                return result
        raise AssertionError("it never ran to its end")

    def work(self) -> None:
        """The world goes on until nothing is left to do; who dies begins again."""
        for _ in range(MOST_STEPS):
            if not self._step():
                return
        raise AssertionError("it never comes to rest")

    def go_on(self, *, minutes: int) -> None:
        """The world goes on for so long, or until nothing is left to do."""
        until = self.world.clock.now + timedelta(minutes=minutes)
        while self.world.clock.now < until and self._step():
            continue

    @contextmanager
    def _deadly(self) -> Iterator[None]:
        deaths = len(self.points.deaths())
        try:
            with self.points.deadly(mode=self.mode):
                yield
        finally:
            if len(self.points.deaths()) > deaths:
                self.mode = SAFE if self.mode == ONCE else self.mode
                self.after_death()

    def _step(self) -> bool:
        """Everybody does what is due; if nobody died, time moves on. False: nothing is left."""
        deaths = len(self.points.deaths())
        with self._deadly():
            delivered = self.world.deliver()
            if any(at < self.world.clock.now for at in self._times_here()):
                self._processes.tick()
        if delivered or len(self.points.deaths()) > deaths:
            return True
        self.world.wechat.advance()
        times = [*self._times_here(), *self._times_elsewhere()]
        if not times:
            return False
        self.world.clock.now = max(min(times), self.world.clock.now) + timedelta(seconds=1)
        return True

    def _times_here(self) -> Iterator[datetime]:
        """When each thing that a worker could do is due, or free after its lease."""
        waiting = list(OutboxMessage.objects.filter(done_at=None))
        held = {message.key: message.leased_until for message in waiting if message.lease}
        yield from (at for at in held.values() if at is not None)
        yield from (message.due_at for message in waiting if message.key not in held)
        unheard = InboxMessage.objects.filter(handled_at=None)
        yield from unheard.values_list("due_at", flat=True)

    def _times_elsewhere(self) -> Iterator[datetime]:
        for shop in (self.world.shop, self.world.other_shop):
            yield from (d.due_at for d in shop.saleor.deliveries.pending() if d.due_at < NEVER)
        yield from (c.due_at for c in self.world.couriers.callbacks if c.due_at is not None)
        if not self.world.notices_get_lost:
            yield from (n.due_at for n in self.world.wechat.notices if n.due_at is not None)


@contextmanager
def mortal_world() -> Iterator[Mortal]:
    """Needs committed rows: `transactional_db`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        points, clock = Points(folder), SharedClock()
        processes = Processes(folder, points, clock)
        try:
            world = World(clock, processes.web)
            hosts = {
                "shop-a.example": world.shop.saleor.transport,
                "shop-b.example": world.other_shop.saleor.transport,
                "api.mch.weixin.qq.com": world.wechat.transport,
                "api.weixin.qq.com": world.mini.transport,
                "poll.kuaidi100.com": world.couriers.transport,
            }
            with processes.relay.answering(hosts), world.running():
                yield Mortal(world, processes, points)
        finally:
            processes.stop()
