"""A whole simulated shop: world, API, tokens, deliveries and faults behind one object."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from . import api, completion, install, seed, seed_people, server
from .access import authenticate
from .call import Call
from .faults import ConnectionLost, FaultKind, Faults
from .foreign_app import ForeignPaymentApp
from .people import App, AppExtension, User
from .seed import LineSpec
from .sending import Delivery
from .shopper import PayBy, Payment, Shopper
from .tokens import ACCESS_LIFETIME, TokenKeys
from .webhooks import Deliveries
from .world import Order, SaleorWorld, utc_now


@dataclass(frozen=True)
class CallRecord:
    """One root field of one request that reached the API."""

    field: str
    principal: str
    at: datetime
    variables: dict[str, Any]


class SaleorSandbox:
    """One shop at `api_url`; several shops are several sandboxes.

    `http` is the client that webhooks and installation go out with. `time_scale` multiplies the
    waits of retries and time limits; 1.0 is real time.
    """

    def __init__(
        self,
        api_url: str,
        http: httpx.Client | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        time_scale: float = 1.0,
        schema_version: str = "3.23",
        key_slot: int = 0,
    ) -> None:
        self.world = SaleorWorld(api_url, schema_version=schema_version, clock=clock)
        self.keys = TokenKeys(api_url, key_slot)
        self.http = http or httpx.Client()
        self.deliveries = Deliveries(self.world, self.keys, lambda: self.http, time_scale)
        self.world.emit, self.world.ask = self.deliveries.enqueue, self.deliveries.ask
        self.faults = Faults()
        self.calls: list[CallRecord] = []
        self.wsgi = server.wsgi_application(self)
        self.transport = server.SandboxTransport(self.wsgi)
        self._time_scale = time_scale
        self._calls_lock = threading.Lock()

    def answer(self, authorization: str | None, body: bytes) -> tuple[int, bytes]:
        """Status and body for one POST to the API, faults included."""
        fields, variables = api.asked_for(body)
        fault = self.faults.take(fields)
        kind = fault.kind if fault else None
        if kind is FaultKind.TIMEOUT_BEFORE:
            raise ConnectionLost(was_accepted=False)
        if kind is FaultKind.HTTP_500:
            return 500, b"Internal Server Error"
        if fault and kind is FaultKind.SLOW:
            time.sleep(fault.seconds * self._time_scale)
        answered = self._execute(authorization, body, fields, variables)
        if kind is FaultKind.TIMEOUT_AFTER_ACCEPT:
            raise ConnectionLost(was_accepted=True)
        if kind is FaultKind.HTTP_500_AFTER_ACCEPT:
            return 500, b"Internal Server Error"
        return answered.status, answered.encoded()

    def _execute(
        self,
        authorization: str | None,
        body: bytes,
        fields: Iterable[str],
        variables: dict[str, Any],
    ) -> api.Answer:
        now = self.world.clock()
        principal = authenticate(self.world, self.keys, authorization, now)
        with self._calls_lock:
            for name in fields:
                self.calls.append(CallRecord(name, principal.label, now, variables))
        return api.answer(Call(self.world, self.keys, principal), body)

    def calls_of(self, field: str) -> list[CallRecord]:
        """The recorded calls of one root field, oldest first."""
        with self._calls_lock:
            return [record for record in self.calls if record.field == field]

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> server.RunningServer:
        """Start a real HTTP server; port 0 takes any free one."""
        return server.RunningServer(self, host, port)

    def deliver_due(self) -> int:
        """Attempt the deliveries that are due, each once; returns how many.

        Completes fully paid checkouts first where the shop does that by itself.
        """
        completion.complete_automatically(Call(self.world, self.keys))
        return self.deliveries.run_due()

    def deliver_all(self) -> int:
        """Repeat `deliver_due` until nothing is due at this moment; returns how many in all."""
        total = 0
        while attempted := self.deliver_due():
            total += attempted
        return total

    def run_forever(self, stop: threading.Event, every_seconds: float = 0.2) -> None:
        """Deliver until `stop` is set: the background worker of a demo."""
        while not stop.is_set():
            self.deliver_due()
            stop.wait(every_seconds)

    def delivered(self, event: str) -> list[Delivery]:
        """All deliveries of an event that were ever queued, oldest first."""
        return [delivery for delivery in self.deliveries.log if delivery.event == event]

    def install_app(self, manifest_url: str, *, permissions: Iterable[str] | None = None) -> App:
        """Install from a manifest; raises InstallationFailed."""
        return install.install_app(self.world, self.http, manifest_url, permissions=permissions)

    def add_app(self, identifier: str, permissions: Iterable[str] = ()) -> App:
        """An app that is simply there, such as a foreign payment app."""
        app = App(
            id=self.world.ids.numbered("App"),
            identifier=identifier,
            name=identifier,
            auth_token=install.new_auth_token(),
            permissions=frozenset(permissions),
        )
        self.world.apps.append(app)
        return app

    def add_payment_app(self, identifier: str) -> ForeignPaymentApp:
        """A payment app of somebody else that also answers refund requests."""
        app = self.add_app(identifier, ["HANDLE_PAYMENTS"])
        return ForeignPaymentApp(app, self.world, self.keys)

    def deactivate_app(self, app: App) -> None:
        """Its token means nobody from now on, and it hears no webhook. [357]"""
        app.is_active = False

    def uninstall_app(self, app: App) -> None:
        """The token dies; transactions keep the identifier and wait for a reinstallation."""
        self.world.apps.remove(app)

    def add_customer(self, email: str, **details: Any) -> User:
        return seed_people.add_customer(self.world, email, **details)

    def add_staff(self, email: str, **details: Any) -> User:
        return seed_people.add_staff(self.world, email, **details)

    def seed_order(self, **details: Any) -> Order:
        """See `seed.seed_order`."""
        return seed.seed_order(self.world, **details)

    def shopper(self, user: User | None = None, email: str | None = None) -> Shopper:
        """A customer, or a guest, who buys through the API."""
        return Shopper(self, user, email)

    def place_order(
        self,
        *,
        lines: Iterable[LineSpec],
        payments: Sequence[PayBy],
        user: User | None = None,
        while_paying: Callable[[Payment], Any] | None = None,
    ) -> Order:
        """An order as a customer would place it; see `Shopper.place_order`."""
        return self.shopper(user).place_order(lines, payments, while_paying)

    def user_token(
        self, user: User, /, *, lifetime: timedelta = ACCESS_LIFETIME, **claims: Any
    ) -> str:
        """What `tokenCreate` gives a customer or staff user; keywords override claims."""
        now = self.world.clock()
        return self.keys.access_token(user, now=now, lifetime=lifetime, extra=claims)

    def dashboard_token(
        self,
        user: User,
        app: App,
        extension: AppExtension | None = None,
        /,
        *,
        lifetime: timedelta = ACCESS_LIFETIME,
        **claims: Any,
    ) -> str:
        """What Dashboard hands to an embedded app or extension; keywords override claims."""
        return self.keys.dashboard_token(
            user, app, extension, now=self.world.clock(), lifetime=lifetime, extra=claims
        )

    def revoke_tokens(self, user: User) -> None:
        """All tokens of the user stop working, although their signatures stay good."""
        user.token_key = f"{user.token_key}*"
