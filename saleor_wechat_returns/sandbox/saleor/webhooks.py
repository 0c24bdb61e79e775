"""Deliveries: queued when an event happens, sent, and repeated by Saleor's rules.

Payment sessions alone are not queued: their answer is waited for.
Source: Saleor 3.23.28; retries from recordings 350 to 352, refund answers 60 to 80.
"""

import threading
from collections.abc import Callable
from typing import Any

import httpx

from .action_answers import apply_answer
from .call import Call
from .happenings import ActionRequest, Happening, PaymentSession
from .people import App, User, Webhook
from .sending import Delivery, Sender
from .tokens import TokenKeys
from .webhook_events import PERMISSION_FOR, SYNC_EVENTS, is_built_at_once
from .world import SaleorWorld

RETRY_SECONDS = (10, 20, 40, 80, 160)


class Deliveries:
    """The queue of one shop."""

    def __init__(
        self,
        world: SaleorWorld,
        keys: TokenKeys,
        http: Callable[[], httpx.Client],
        time_scale: float,
    ) -> None:
        self._world, self._keys = world, keys
        self._sender = Sender(world, keys, http, time_scale)
        self._lock = threading.Lock()
        self._waiting: list[Delivery] = []
        self.log: list[Delivery] = []

    def enqueue(self, event: str, subject: Any, issuer: App | User | None) -> None:
        """Queue the event for every webhook that listens and whose app may hear it."""
        # A requested action is the one event that does not tell who caused it. [43]
        known_issuer = None if isinstance(subject, ActionRequest) else issuer
        for webhook in self._listeners(event, subject):
            delivery = self._new(webhook, event, subject, known_issuer)
            if is_built_at_once(event, self._world.schema_version):
                delivery.body = self._sender.build(delivery)
            with self._lock:
                self.log.append(delivery)
                self._waiting.insert(self._place_for(delivery), delivery)

    def ask(self, event: str, session: PaymentSession, issuer: App | User | None) -> Any:
        """Send a session event now and return the answer as data; None for want of any.

        Here a 4xx counts as no answer, unlike with requested actions, and nothing is repeated.
        """
        for webhook in self._listeners(event, session):
            delivery = self._new(webhook, event, session, issuer)
            with self._lock:
                self.log.append(delivery)
            response = self._sender.send(delivery)
            succeeded = response is not None and response.is_success
            delivery.status = "SUCCESS" if succeeded else "FAILED"
            return _data_of(response) if succeeded else None
        return None

    def _new(
        self, webhook: Webhook, event: str, subject: Any, issuer: App | User | None
    ) -> Delivery:
        happening = Happening(
            name=event,
            subject=subject,
            issuer=issuer,
            recipient=webhook.app,
            issued_at=self._world.clock(),
            version=self._world.version,
        )
        return Delivery(webhook, event, happening, due_at=self._world.clock())

    def _place_for(self, delivery: Delivery) -> int:
        """ORDER_CONFIRMED overtakes the ORDER_CREATED of its order; all else queues up. [21]"""
        if delivery.event == "ORDER_CONFIRMED":
            for position, waiting in enumerate(self._waiting):
                is_same_order = waiting.happening.subject is delivery.happening.subject
                if waiting.event == "ORDER_CREATED" and is_same_order:
                    return position
        return len(self._waiting)

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
        if isinstance(subject, ActionRequest | PaymentSession):
            addressee = self._world.app_by_identifier(subject.app_identifier)
            apps = [addressee] if addressee else []
        webhooks = [
            webhook
            for app in apps
            if app.is_active and permission in app.permissions
            for webhook in app.webhooks
            if webhook.is_active and event in webhook.events
        ]
        # A synchronous event goes to one webhook only.
        return webhooks[:1] if event in SYNC_EVENTS else webhooks

    def _attempt(self, delivery: Delivery) -> None:
        response = self._sender.send(delivery)
        status_code = response.status_code if response is not None else None
        if self._should_repeat(delivery, status_code):
            wait = RETRY_SECONDS[len(delivery.attempts) - 1]
            delivery.due_at = self._world.clock() + self._sender.scaled(wait)
            with self._lock:
                self._waiting.append(delivery)
            return
        succeeded = status_code is not None and 200 <= status_code < 300
        delivery.status = "SUCCESS" if succeeded else "FAILED"
        if isinstance(delivery.happening.subject, ActionRequest):
            readable = response is not None and response.status_code < 500
            worker = Call(self._world, self._keys)
            answer = _data_of(response) if readable else None
            apply_answer(worker, delivery.happening.subject.event, delivery.webhook.app, answer)

    def _should_repeat(self, delivery: Delivery, status_code: int | None) -> bool:
        """5xx is repeated; no answer only for asynchronous events; 3xx and 4xx never."""
        if len(delivery.attempts) > len(RETRY_SECONDS):
            return False
        if status_code is None:
            return delivery.event not in SYNC_EVENTS
        return status_code >= 500


def _data_of(response: httpx.Response | None) -> Any:
    """The answer as data, None when it is no JSON."""
    try:
        return response.json() if response is not None else None
    except ValueError:
        return None
