"""One request in progress: the shop it reaches and the principal that makes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .access import NOBODY, Principal
from .people import App, User
from .tokens import TokenKeys
from .world import Order, OrderEvent, SaleorWorld


@dataclass(frozen=True)
class Call:
    """The GraphQL context; also stands in for the background worker, with nobody as principal."""

    world: SaleorWorld
    keys: TokenKeys
    principal: Principal = NOBODY

    @property
    def app(self) -> App | None:
        return self.principal.app

    @property
    def user(self) -> User | None:
        return self.principal.user

    def now(self) -> datetime:
        return self.world.clock()

    def pause(self, point: str) -> None:
        """Stand between check and write; tests put a barrier here to provoke a race."""
        self.world.pause(point)

    def emit(self, event: str, subject: Any) -> None:
        """Tell the subscribed webhooks, in the name of the caller."""
        self.world.emit(event, subject, self.app or self.user)

    def ask(self, event: str, subject: Any) -> Any:
        """Send a synchronous event now, in the name of the caller, and return the answer."""
        return self.world.ask(event, subject, self.app or self.user)

    def note(
        self, order: Order, event_type: str, *, by: App | None = None, **details: Any
    ) -> OrderEvent:
        """Append to the order's history, as done by the caller or by another app."""
        app = by or self.app
        event = OrderEvent(
            id=self.world.ids.numbered("OrderEvent"),
            order=order,
            type=event_type,
            date=self.now(),
            app=app,
            user=None if app else self.user,
            **details,
        )
        order.events.append(event)
        return event
