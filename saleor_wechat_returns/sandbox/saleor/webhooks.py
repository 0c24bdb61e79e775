"""Deliveries: queued when an event happens, signed, sent, and repeated by Saleor's rules.

Source: Saleor 3.23.28; headers from recording 43, retries from 350 to 352, refund answers 60 to 80.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from .access import app_principal
from .api import payload_of
from .call import Call
from .people import App, User, Webhook
from .refund_answers import apply_answer
from .tokens import TokenKeys
from .webhook_events import (
    PERMISSION_FOR,
    REFUND_REQUESTED,
    SYNC_EVENTS,
    Happening,
    RefundRequest,
    is_built_at_once,
)
from .world import SaleorWorld

CONNECT_SECONDS = 2
READ_SECONDS = 18
RETRY_SECONDS = (10, 20, 40, 80, 160)


@dataclass
class Attempt:
    at: datetime
    status_code: int | None  # None: no answer


@dataclass(eq=False)
class Delivery:
    """One event for one webhook; body and signature stay byte-identical over all attempts."""

    webhook: Webhook
    event: str
    happening: Happening
    due_at: datetime
    body: bytes | None = None
    status: str = "PENDING"
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def payload(self) -> Any:
        """The body as data; None before it was built."""
        return json.loads(self.body) if self.body is not None else None


class Deliveries:
    """The queue of one shop. `time_scale` shortens every wait, 1.0 being real time."""

    def __init__(
        self,
        world: SaleorWorld,
        keys: TokenKeys,
        http: Callable[[], httpx.Client],
        time_scale: float,
    ) -> None:
        self._world, self._keys, self._http = world, keys, http
        self._time_scale = time_scale
        self._lock = threading.Lock()
        self._waiting: list[Delivery] = []
        self.log: list[Delivery] = []

    def enqueue(self, event: str, subject: Any, issuer: App | User | None) -> None:
        """Queue the event for every webhook that listens and whose app may hear it."""
        for webhook in self._listeners(event, subject):
            happening = Happening(
                name=event,
                subject=subject,
                # The one event that does not tell who caused it. [43]
                issuer=None if event == REFUND_REQUESTED else issuer,
                recipient=webhook.app,
                issued_at=self._world.clock(),
                version=self._world.version,
            )
            delivery = Delivery(webhook, event, happening, due_at=self._world.clock())
            if is_built_at_once(event, self._world.schema_version):
                delivery.body = self._build(delivery)
            with self._lock:
                self.log.append(delivery)
                self._waiting.append(delivery)

    def pending(self) -> list[Delivery]:
        with self._lock:
            return list(self._waiting)

    def run_due(self) -> int:
        """Attempt every delivery that is due now, once; returns how many were attempted.

        Threads may call this at the same time: each delivery is taken by one of them.
        """
        now = self._world.clock()
        attempted = 0
        for delivery in self.pending():
            if delivery.due_at <= now and self._take(delivery):
                self._attempt(delivery)
                attempted += 1
        return attempted

    def _take(self, delivery: Delivery) -> bool:
        with self._lock:
            if delivery not in self._waiting:
                return False
            self._waiting.remove(delivery)
            return True

    def _listeners(self, event: str, subject: Any) -> list[Webhook]:
        permission = PERMISSION_FOR[event]
        apps = list(self._world.apps)
        if isinstance(subject, RefundRequest):
            owner = self._world.app_by_identifier(subject.transaction.app_identifier)
            apps = [owner] if owner else []
        webhooks = [
            webhook
            for app in apps
            if app.is_active and permission in app.permissions
            for webhook in app.webhooks
            if webhook.is_active and event in webhook.events
        ]
        # A synchronous event goes to one webhook only.
        return webhooks[:1] if event in SYNC_EVENTS else webhooks

    def _build(self, delivery: Delivery) -> bytes:
        recipient = Call(self._world, self._keys, app_principal(delivery.webhook.app))
        payload = payload_of(recipient, delivery.webhook.query, delivery.happening)
        return json.dumps(payload).encode()

    def _attempt(self, delivery: Delivery) -> None:
        if delivery.body is None:
            delivery.body = self._build(delivery)
        started = self._world.clock()
        response = self._post(delivery)
        if self._world.clock() - started > self._scaled(READ_SECONDS):
            response = None  # an answer that comes too late is lost
        status_code = response.status_code if response is not None else None
        delivery.attempts.append(Attempt(started, status_code))
        if self._should_repeat(delivery, status_code):
            wait = RETRY_SECONDS[len(delivery.attempts) - 1]
            delivery.due_at = self._world.clock() + self._scaled(wait)
            with self._lock:
                self._waiting.append(delivery)
            return
        succeeded = status_code is not None and 200 <= status_code < 300
        delivery.status = "SUCCESS" if succeeded else "FAILED"
        if delivery.event == REFUND_REQUESTED:
            self._settle_refund(delivery, response)

    def _should_repeat(self, delivery: Delivery, status_code: int | None) -> bool:
        """5xx is repeated; no answer only for asynchronous events; 3xx and 4xx never."""
        if len(delivery.attempts) > len(RETRY_SECONDS):
            return False
        if status_code is None:
            return delivery.event not in SYNC_EVENTS
        return status_code >= 500

    def _settle_refund(self, delivery: Delivery, response: httpx.Response | None) -> None:
        answer: Any = None
        if response is not None and response.status_code < 500:
            try:
                answer = response.json()
            except ValueError:
                answer = None
        request: RefundRequest = delivery.happening.subject
        worker = Call(self._world, self._keys)
        apply_answer(worker, request.event, delivery.webhook.app, answer)

    def _post(self, delivery: Delivery) -> httpx.Response | None:
        assert delivery.body is not None  # noqa: S101
        timeout = httpx.Timeout(
            READ_SECONDS * self._time_scale, connect=CONNECT_SECONDS * self._time_scale
        )
        try:
            return self._http().post(
                delivery.webhook.target_url,
                content=delivery.body,
                headers=self._headers(delivery),
                timeout=timeout,
                follow_redirects=False,
            )
        except httpx.TransportError:
            return None

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        assert delivery.body is not None  # noqa: S101
        domain = urlsplit(self._world.api_url).netloc
        event = delivery.event.lower()
        signature = self._keys.sign_payload(delivery.body)
        return {
            "User-Agent": f"Saleor/{self._world.schema_version}",
            "Content-Type": "application/json",
            "X-Saleor-Event": event,
            "X-Saleor-Domain": domain,
            "X-Saleor-Signature": signature,
            "Saleor-Event": event,
            "Saleor-Domain": domain,
            "Saleor-Signature": signature,
            "Saleor-Api-Url": self._world.api_url,
        }

    def _scaled(self, seconds: float) -> timedelta:
        return timedelta(seconds=seconds * self._time_scale)
