"""Recordings of a real Saleor: reading them, comparing with them, and the shop they came from.

The recordings live outside the project, at `../shared/saleor` beside the checkout or where
RETURNS_SHARED says. Ids and times are compared by mapping: equal ones must stay equal, different
ones different, whatever their values.
"""

import base64
import json
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import SaleorSandbox
from saleor_wechat_returns.sandbox.saleor.access import ALL_PERMISSIONS
from saleor_wechat_returns.sandbox.saleor.load import load_order
from saleor_wechat_returns.sandbox.saleor.people import App, User, Webhook
from saleor_wechat_returns.sandbox.saleor.subscriptions import events_of
from saleor_wechat_returns.sandbox.saleor.world import Order

_TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")
_IGNORED_KEYS = frozenset({"extensions.cost"})


def shared_saleor() -> Path:
    """The folder with schemas and recordings; may not exist."""
    default = Path(__file__).resolve().parents[3] / "shared"
    return Path(os.environ.get("RETURNS_SHARED", default)) / "saleor"


def require(path: Path, not_shown: str) -> Path:
    """Skip loudly when `path` is absent."""
    if not path.exists():
        pytest.skip(f"{path} is absent (set RETURNS_SHARED), so it was not shown that {not_shown}")
    return path


def folder(version: str = "3.23") -> Path:
    return require(
        shared_saleor() / "recordings" / version,
        "the Saleor sandbox answers like the real Saleor that was recorded",
    )


@dataclass(frozen=True)
class Recording:
    """One exchange; for a webhook the request is Saleor's and the response the app's."""

    name: str
    path: str
    headers: Mapping[str, str]
    body: Any
    raw_body: str
    status: int
    answer: Any

    @property
    def query(self) -> str:
        return str(self.body["query"])

    @property
    def variables(self) -> dict[str, Any]:
        return dict(self.body.get("variables") or {})

    @property
    def bearer(self) -> str | None:
        header = self.headers.get("Authorization")
        return header.removeprefix("Bearer ") if header else None

    @property
    def order(self) -> dict[str, Any]:
        order: dict[str, Any] = self.answer["data"]["order"]
        return order


@cache
def load(name: str) -> Recording:
    """Read a recording by the beginning of its file name, which must be unambiguous.

    Those of another version than 3.23 are named with it: `3.22/79-`.
    """
    version, _, start = name.rpartition("/")
    place = folder(version or "3.23")
    exact = place / f"{start}.json"
    found = [exact] if exact.exists() else sorted(place.glob(f"{start}*.json"))
    assert len(found) == 1, f"{name}: {[path.name for path in found]}"
    data = json.loads(found[0].read_text())
    request, response = data["request"], data["response"]
    return Recording(
        name=found[0].stem,
        path=request["path"],
        headers=request["headers"],
        body=request.get("body"),
        raw_body=request.get("raw_body", ""),
        status=response["status"],
        answer=response["body"],
    )


def names() -> list[str]:
    return sorted(path.stem for path in folder().glob("*.json"))


def claims(token: str) -> dict[str, Any]:
    """The unchecked claims of a recorded JWT; empty for an app token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    found: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    )
    return found


def kind_of(text: str) -> str | None:
    """The kind of an opaque value: a type name for global ids, "time", or None for plain text."""
    if _TIMESTAMP.match(text):
        return "time"
    try:
        kind, _, key = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return None
    return kind if kind.isidentifier() and key else None


@dataclass
class Correspondence:
    """Which opaque value of the sandbox stands for which recorded one, both ways."""

    forth: dict[str, str] = field(default_factory=dict)
    back: dict[str, str] = field(default_factory=dict)
    opaque: re.Pattern[str] | None = None

    def learn(self, recorded: str, actual: str) -> bool:
        """Remember the pair; False when it contradicts an earlier one."""
        return (
            self.forth.setdefault(recorded, actual) == actual
            and self.back.setdefault(actual, recorded) == recorded
        )

    def translate(self, value: Any) -> Any:
        """Replace recorded ids in variables by the sandbox's."""
        if isinstance(value, dict):
            return {key: self.translate(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.translate(item) for item in value]
        return self.forth.get(value, value) if isinstance(value, str) else value

    def differences(self, recorded: Any, actual: Any, at: str = "") -> list[str]:
        """Everything in which the sandbox's JSON is unlike the recorded one."""
        if at in _IGNORED_KEYS:
            return []
        if isinstance(recorded, dict) and isinstance(actual, dict):
            return self._of_objects(recorded, actual, at)
        if isinstance(recorded, list) and isinstance(actual, list):
            if len(recorded) != len(actual):
                return [f"{at}: {len(recorded)} items recorded, {len(actual)} here: {actual}"]
            pairs = enumerate(zip(recorded, actual, strict=True))
            return _flat(self.differences(r, a, f"{at}[{i}]") for i, (r, a) in pairs)
        if isinstance(recorded, str) and isinstance(actual, str) and self._is_opaque(recorded):
            # A recorded message may quote an id; plain equality is fine then too.
            if kind_of(recorded) == kind_of(actual) and self.learn(recorded, actual):
                return []
            known = self.forth.get(recorded)
            return [f"{at}: {recorded!r} corresponds to {known!r}, not {actual!r}"]
        if isinstance(recorded, str):
            recorded = self._translate_inside(recorded)
        same_type = isinstance(recorded, bool) == isinstance(actual, bool)
        if same_type and recorded == actual:
            return []
        return [f"{at}: {recorded!r} recorded, {actual!r} here"]

    def _is_opaque(self, text: str) -> bool:
        return bool(self.opaque and self.opaque.search(text)) or kind_of(text) is not None

    def _translate_inside(self, text: str) -> str:
        for recorded, actual in self.forth.items():
            if len(recorded) > 11 and recorded in text:
                text = text.replace(recorded, actual)
        return text

    def _of_objects(self, recorded: dict[str, Any], actual: dict[str, Any], at: str) -> list[str]:
        if set(recorded) != set(actual):
            return [f"{at}: keys {sorted(recorded)} recorded, {sorted(actual)} here"]
        return _flat(
            self.differences(recorded[key], actual[key], f"{at}.{key}".lstrip("."))
            for key in recorded
        )


def _flat(lists: Iterable[list[str]]) -> list[str]:
    return [item for items in lists for item in items]


RETURNS, WXPAY, USERS = "QXBwOjE=", "QXBwOjI=", "QXBwOjM="
ADMIN, LI = "VXNlcjox", "VXNlcjoy"
PRICES = {"Hoodie": Decimal("199.00"), "T-shirt": Decimal("99.90")}


class TickingClock:
    """Never shows the same time twice, so that a time identifies what happened."""

    def __init__(self) -> None:
        self._now = datetime.fromisoformat("2026-11-23T00:00:00+00:00")
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self._now += timedelta(milliseconds=1)
            return self._now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def reach(self, at: datetime) -> None:
        with self._lock:
            self._now = max(self._now, at)


class Lab:
    """The recorded shop, and one fake app server that answers as it was recorded to."""

    def __init__(self, version: str = "3.23") -> None:
        self.version = version
        self.clock = TickingClock()
        self.token_lifetime = timedelta(minutes=5)
        http = httpx.Client(transport=httpx.MockTransport(self._serve))
        self.shop = SaleorSandbox(
            "http://127.0.0.1:8000/graphql/", http, clock=self.clock, schema_version=version
        )
        self.client = httpx.Client(transport=self.shop.transport, base_url="http://127.0.0.1:8000")
        self.same = Correspondence()
        self.answers: dict[str, list[Callable[[], httpx.Response]]] = {}
        self.heard: list[httpx.Request] = []
        self._settle_people()
        self._stock_the_shelves()

    def _settle_people(self) -> None:
        admin = User(id=ADMIN, email="admin@example.com", password="admin", is_staff=True)
        admin.permissions, admin.channel_slugs = ALL_PERMISSIONS, frozenset()
        li = User(id=LI, email="li@example.com", password="Lab-pass-123")
        self.shop.world.users += [admin, li]
        returns = self._add_app(RETURNS, "lab.returns", "kGHvD234dpm01hbkDVa5iOfUSZQyZ0")
        returns.permissions = frozenset({"MANAGE_ORDERS", "HANDLE_PAYMENTS"})
        wxpay = self._add_app(WXPAY, "lab.wxpay", "5OARsF9tBRbdABpJcdeFmujKph5eFL")
        wxpay.permissions = frozenset({"HANDLE_PAYMENTS"})
        users = self._add_app(USERS, "lab.users", load("235-").bearer or "")
        users.permissions = frozenset({"MANAGE_USERS"})
        for given in load(f"{self.version}/02-").answer["webhooks"]:
            self._subscribe(returns, given)
            if given.get("syncEvents"):
                self._subscribe(wxpay, given)

    def _stock_the_shelves(self) -> None:
        for product in ("Hoodie", "T-shirt"):
            for size in ("S", "M", "L"):
                variant = self.shop.world.variant(product, f"{product}-{size}", f"{product}-{size}")
                variant.price = PRICES[product]

    def _add_app(self, app_id: str, identifier: str, token: str) -> App:
        app = App(app_id, identifier, identifier, token, frozenset())
        self.shop.world.apps.append(app)
        return app

    def _subscribe(self, app: App, given: dict[str, Any]) -> None:
        events = [*(given.get("asyncEvents") or []), *(given.get("syncEvents") or [])]
        app.webhooks.append(
            Webhook(
                id=self.shop.world.ids.numbered("Webhook"),
                app=app,
                name=given["name"],
                target_url=re.sub(r"lab\d*\.returns", app.identifier, given["targetUrl"]),
                query=given["query"],
                events=events_of(given["query"], events, self.version),
            )
        )

    def app(self, app_id: str) -> App:
        found: App = self.shop.world.find(app_id)
        return found

    def load(self, order: dict[str, Any], user_id: str | None = LI) -> Order:
        at = [datetime.fromisoformat(text) for text in _times_in(order)]
        self.clock.reach(max(at) + timedelta(seconds=1))
        return load_order(self.shop.world, order, user=self.shop.world.find(user_id))

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(request)
        waiting = self.answers.get(request.url.path)
        return waiting.pop(0)() if waiting else httpx.Response(200, json={"ok": True})

    def bearer(self, recorded: str | None) -> dict[str, str]:
        """The header of the recorded caller, with a token of this shop for a recorded JWT."""
        known = claims(recorded or "")
        if known:
            recorded = self.token(known)
        return {"Authorization": f"Bearer {recorded}"} if recorded else {}

    def token(self, known: dict[str, Any]) -> str:
        user = self.shop.world.find(known["user_id"])
        if user is None:
            user = User(id=known["user_id"], email=known["email"])
            self.shop.world.users.append(user)
        if known["type"] == "thirdparty":
            app, lifetime = self.app(known["app"]), self.token_lifetime
            return self.shop.dashboard_token(user, app, lifetime=lifetime)
        return self.shop.user_token(user, lifetime=self.token_lifetime)

    def send(self, recording: Recording) -> httpx.Response:
        body = {"query": recording.query, "variables": self.same.translate(recording.variables)}
        return self.client.post("/graphql/", json=body, headers=self.bearer(recording.bearer))

    def call(self, query: str, variables: dict[str, Any], app_id: str = RETURNS) -> dict[str, Any]:
        """A call of the scene by an app that was not recorded; it must succeed."""
        return self._call(query, variables, self.app(app_id).auth_token)

    def call_as_li(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        return self._call(query, variables, self.shop.user_token(self.shop.world.find(LI)))

    def _call(self, query: str, variables: dict[str, Any], bearer: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {bearer}"}
        body = {"query": query, "variables": self.same.translate(variables)}
        answer = self.client.post("/graphql/", json=body, headers=headers).json()
        assert "errors" not in answer, answer
        (payload,) = answer["data"].values()
        assert not payload.get("errors"), payload
        result: dict[str, Any] = payload
        return result


def _times_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _times_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in _times_in(item)]
    return [value] if isinstance(value, str) and kind_of(value) == "time" else []
