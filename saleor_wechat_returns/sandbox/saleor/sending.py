"""One delivery on its way: payload, signature, headers, time limits; no queue and no repetition.

Source: Saleor 3.23.28; headers from recording 43, time limits from 70; what a repeat carries
from 350, 351 and, for requested actions, 3.22/43 and 3.21/43.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from .access import app_principal
from .api import payload_of
from .call import Call
from .happenings import Happening
from .people import App, Webhook
from .tokens import TokenKeys
from .webhook_events import REQUEST_EVENTS
from .world import SaleorWorld

CONNECT_SECONDS = 2
READ_SECONDS = 18


@dataclass
class Attempt:
    at: datetime
    status_code: int | None  # None: no answer


@dataclass(eq=False)
class Delivery:
    """One event for one webhook; `body` is what the first attempt carries."""

    webhook: Webhook
    event: str
    happening: Happening
    due_at: datetime
    body: bytes | None = None
    status: str = "PENDING"
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def next_body(self) -> bytes:
        """Byte-identical over all attempts, but a requested action has lost it when repeated."""
        if self.attempts and self.event in REQUEST_EVENTS.values():
            return b""
        assert self.body is not None  # noqa: S101
        return self.body

    @property
    def payload(self) -> Any:
        """The body as data; None before it was built."""
        return json.loads(self.body) if self.body is not None else None


@dataclass(frozen=True)
class Sender:
    """Sends for one shop. `time_scale` shortens every wait, 1.0 being real time."""

    world: SaleorWorld
    keys: TokenKeys
    http: Callable[[], httpx.Client]
    time_scale: float

    def build(self, delivery: Delivery) -> bytes:
        recipient = Call(self.world, self.keys, app_principal(delivery.webhook.app))
        payload = payload_of(recipient, delivery.webhook.query, delivery.happening)
        # Numbers in a customer's `data` were read as Decimal.
        return json.dumps(payload, default=float).encode()

    def send(self, delivery: Delivery) -> httpx.Response | None:
        """Post once; None when no answer came in time."""
        if delivery.body is None:
            delivery.body = self.build(delivery)
        started = self.world.clock()
        response = self._post(delivery)
        if self.world.clock() - started > self.scaled(READ_SECONDS):
            response = None  # an answer that comes too late is lost
        status_code = response.status_code if response is not None else None
        delivery.attempts.append(Attempt(started, status_code))
        return response

    def _post(self, delivery: Delivery) -> httpx.Response | None:
        body = delivery.next_body
        timeout = httpx.Timeout(
            READ_SECONDS * self.time_scale, connect=CONNECT_SECONDS * self.time_scale
        )
        try:
            return self._client_for(delivery.webhook.app).post(
                delivery.webhook.target_url,
                content=body,
                headers=self._headers(delivery.event.lower(), body),
                timeout=timeout,
                follow_redirects=False,
            )
        except httpx.TransportError:
            return None

    def _client_for(self, app: App) -> httpx.Client:
        if app.server is None:
            return self.http()
        return httpx.Client(transport=httpx.MockTransport(app.server))

    def _headers(self, event: str, body: bytes) -> dict[str, str]:
        domain = urlsplit(self.world.api_url).netloc
        signature = self.keys.sign_payload(body)
        return {
            "User-Agent": f"Saleor/{self.world.schema_version}",
            "Content-Type": "application/json",
            "X-Saleor-Event": event,
            "X-Saleor-Domain": domain,
            "X-Saleor-Signature": signature,
            "Saleor-Event": event,
            "Saleor-Domain": domain,
            "Saleor-Signature": signature,
            "Saleor-Api-Url": self.world.api_url,
        }

    def scaled(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds * self.time_scale)
