"""A tiny table of effects, to see what the outbox does with them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from saleor_wechat_returns import outbox
from saleor_wechat_returns.models import OutboxMessage
from tests.world import World

KEY = "order:1"
SUBJECT = uuid.UUID(int=1)
Outcome = Callable[[], outbox.Later | None]


class Errands:
    """Effects by topic; each run is noted, and ends as `outcomes` says, else well."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.ran: list[str] = []
        self.at: list[datetime] = []
        self.stuck: list[tuple[str, int, str]] = []
        self.outcomes: dict[str, Outcome] = {}

    def put(
        self,
        topic: str,
        *,
        subject: uuid.UUID = SUBJECT,
        key: str = KEY,
        seconds: float = 0,
    ) -> None:
        due_at = self._world.clock.now + timedelta(seconds=seconds)
        with transaction.atomic():
            outbox.put(topic, subject, shop=self._world.shop.row, key=key, due_at=due_at)

    def drain(self, **options: int) -> int:
        effects = {topic: self._effect(topic) for topic in ("a", "b", "c")}
        return outbox.drain(effects, self.on_stuck, **options)

    def run(self, *, seconds: int) -> None:
        """Drain once a second."""
        for _ in range(seconds):
            self.drain()
            self._world.clock.forward(seconds=1)

    def waiting(self) -> list[OutboxMessage]:
        return list(OutboxMessage.objects.filter(done_at=None).order_by("due_at", "id"))

    def _effect(self, topic: str) -> outbox.Effect:
        def effect(_subject: uuid.UUID) -> outbox.Later | None:
            self.ran.append(topic)
            self.at.append(self._world.clock.now)
            return self.outcomes[topic]() if topic in self.outcomes else None

        return effect

    def on_stuck(self, message: OutboxMessage) -> None:
        self.stuck.append((message.topic, message.attempts, message.latest_error))
