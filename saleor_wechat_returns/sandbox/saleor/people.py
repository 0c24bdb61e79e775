"""People and apps of a simulated shop: plain objects, no rules."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(eq=False)
class Address:
    id: str
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    street_address1: str = ""
    street_address2: str = ""
    city: str = ""
    city_area: str = ""
    postal_code: str = ""
    country_area: str = ""
    country_code: str = "CN"
    phone: str | None = None


@dataclass(eq=False)
class User:
    id: str
    email: str
    password: str = ""
    is_staff: bool = False
    is_active: bool = True
    first_name: str = ""
    last_name: str = ""
    external_reference: str | None = None
    permissions: frozenset[str] = frozenset()
    # None: every channel. A superuser in no permission group has an empty set and sees no orders.
    channel_slugs: frozenset[str] | None = None
    # Changes when the user's tokens are revoked; only Saleor can check it.
    token_key: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Webhook:
    id: str
    app: "App"
    name: str
    target_url: str
    query: str
    events: frozenset[str]
    is_active: bool = True
    secret_key: str | None = None


@dataclass(eq=False)
class AppExtension:
    id: str
    app: "App"
    label: str
    mount_name: str
    target_name: str
    url: str
    permissions: frozenset[str]
    settings: dict[str, Any] = field(default_factory=dict)
    identifier: str | None = None


@dataclass(eq=False)
class App:
    id: str
    identifier: str
    name: str
    auth_token: str
    permissions: frozenset[str]
    is_active: bool = True
    version: str = "1.0"
    app_url: str | None = None
    manifest_url: str | None = None
    audience: str | None = None
    webhooks: list[Webhook] = field(default_factory=list)
    extensions: list[AppExtension] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    private_metadata: dict[str, str] = field(default_factory=dict)
    # Stands in for the app's own server where it is part of the sandbox.
    server: Callable[[httpx.Request], httpx.Response] | None = None

    def listens_to(self, event: str) -> bool:
        return any(webhook.is_active and event in webhook.events for webhook in self.webhooks)
