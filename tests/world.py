"""Two shops, one merchant number: simulated Saleors and WeChat around the real service.

Everything goes in by URL and out by HTTP; only the clock is ours. What nobody mounted fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from saleor_wechat_returns import clock, inbox, outbox, outgoing
from saleor_wechat_returns.models import (
    CourierAccount,
    OutboxMessage,
    Shop,
    WechatMerchant,
    WechatMiniProgram,
)
from saleor_wechat_returns.saleor import tokens
from saleor_wechat_returns.sandbox.kuaidi100 import Kuaidi100Sandbox
from saleor_wechat_returns.sandbox.saleor import LineSpec, PaidWith, SaleorSandbox
from saleor_wechat_returns.sandbox.wechat_mini import PushAddress, WechatMiniSandbox
from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.secretbox import seal
from saleor_wechat_returns.usecases.effects import EFFECTS, HANDLERS, on_stuck
from saleor_wechat_returns.usecases.install import IDENTIFIER
from saleor_wechat_returns.usecases.wechat_programs import keep_program
from saleor_wechat_returns.wechat.push import PushKeys
from saleor_wechat_returns.wsgi import application

US = "https://returns.example"
MCHID = "1900000001"
SERIAL = "5B8F2C6A00000000000000000000000000000001"
APIV3_KEY = "0123456789abcdef0123456789ABCDEF"
APPID = "wxd678efh567hg6787"
APP_SECRET = "a mini-program's secret, of no use".replace(" ", "-")
PUSH_TOKEN, PUSH_AES_KEY = "aTokenOfTheShop", "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789ABCDEFG"
STARTS_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

_merchant_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_private_pem = _merchant_key.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
_public_pem = (
    _merchant_key.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
_platform_pem = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)

HOODIE = LineSpec("连帽卫衣 Hoodie", "M", "HOODIE-M", 2, "199.00")
SHIRT = LineSpec("T恤 T-shirt", "S", "SHIRT-S", 3, "99.90")


class NobodyThere(httpx.BaseTransport):
    """Whatever no sandbox answers for must not be called."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"unmounted host called: {request.url.host}")


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = STARTS_AT

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Answer:
    """A GraphQL answer, with shortcuts for what tests look at."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        assert "errors" not in self.body, self.body
        return dict(self.body["data"])

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of the one mutation asked for."""
        (payload,) = self.data.values()
        return dict(payload)

    @property
    def request(self) -> dict[str, Any]:
        assert self.payload["errors"] == [], self.payload["errors"]
        return dict(self.payload["returnRequest"])

    @property
    def refusals(self) -> list[tuple[str, str | None]]:
        return [(error["code"], error["field"]) for error in self.payload["errors"]]


@dataclass
class TestShop:
    """One installed shop with its people."""

    __test__ = False
    world: World
    saleor: SaleorSandbox
    row: Shop = field(init=False)

    def __post_init__(self) -> None:
        self.li = self.saleor.add_customer("li@example.com", password="x")
        self.wang = self.saleor.add_customer("wang@example.com", password="x")
        self.clerk = self.saleor.add_staff(
            "clerk@example.com", permissions=frozenset({"MANAGE_ORDERS"})
        )
        self.supervisor = self.saleor.add_staff(
            "supervisor@example.com", permissions=frozenset({"MANAGE_ORDERS"})
        )
        self.packer = self.saleor.add_staff(
            "packer@example.com", permissions=frozenset({"MANAGE_PRODUCTS"})
        )

    def install(self) -> None:
        self.app = self.saleor.install_app(f"{US}/saleor/manifest/")
        self.row = Shop.objects.get(api_url=self.saleor.world.api_url)

    def add_merchant(self) -> WechatMerchant:
        key, key_id = seal(_private_pem)
        apiv3, _ = seal(APIV3_KEY)
        return WechatMerchant.objects.create(
            shop=self.row,
            mchid=MCHID,
            serial_no=SERIAL,
            private_key_sealed=key,
            apiv3_key_sealed=apiv3,
            sealed_key_id=key_id,
            verifiers={self.world.wechat.public_key_id: self.world.wechat.public_key_pem},
        )

    def forget_merchants(self) -> None:
        WechatMerchant.objects.filter(shop=self.row).delete()

    def add_program(self) -> WechatMiniProgram:
        secret, key_id = seal(APP_SECRET)
        return WechatMiniProgram.objects.create(
            shop=self.row, appid=APPID, secret_sealed=secret, sealed_key_id=key_id
        )

    def add_push(self, *, is_xml: bool = False, is_plain: bool = False) -> PushAddress:
        """The mini-program's message push comes to this shop."""
        aes_key = "" if is_plain else PUSH_AES_KEY
        keep_program(
            self.row.api_url,
            APPID,
            APP_SECRET,
            check=False,
            push=PushKeys(APPID, PUSH_TOKEN, aes_key),
        )
        address = PushAddress(
            f"{US}/s/{self.row.key}/wechat-push/",
            PUSH_TOKEN,
            PUSH_AES_KEY,
            is_xml=is_xml,
            is_plain=is_plain,
        )
        self.world.mini.set_push_address(address)
        return address

    def add_courier(
        self, provider: str = "kuaidi100", *, couriers: tuple[str, ...] = ("jd", "yto", "yunda")
    ) -> CourierAccount:
        """The shop has parcels fetched and tracked; `world.couriers` is who does it."""
        key = f"key-{self.row.key}"
        credentials = {"key": key, "secret": "no-secret", "customer": key.upper()}
        self.world.couriers.add_account(*credentials.values())
        sealed, key_id = seal(json.dumps(credentials if provider == "kuaidi100" else {}))
        return CourierAccount.objects.create(
            shop=self.row,
            provider=provider,
            credentials_sealed=sealed,
            sealed_key_id=key_id,
            couriers=list(couriers),
        )

    def order(self, lines: list[LineSpec] | None = None, **details: Any) -> Any:
        """A paid and shipped order of Li's: two hoodies and three T-shirts, 12.00 shipping."""
        number = self.world.next_number()
        psp = f"42000000002026{number:014d}"
        details.setdefault("user", self.li)
        details.setdefault("shipping", "12.00")
        details.setdefault("fulfilled", "all")
        details.setdefault("paid_with", [PaidWith(IDENTIFIER, psp)])
        order = self.saleor.seed_order(lines=lines or [HOODIE, SHIRT], **details)
        for transaction in order.transactions:
            if transaction.app_identifier == IDENTIFIER:
                self.world.wechat.add_payment(
                    MCHID,
                    transaction.psp_reference,
                    f"SO{number:014d}",
                    int(transaction.charged * 100),
                    "openid-of-li",
                    self.world.clock.now,
                )
        return order

    # Asking

    def ask(
        self, query: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables or {}}
        response = self.world.us.post(f"/s/{self.row.key}/graphql/", json=body, headers=headers)
        return Answer(response.status_code, response.json())

    def as_li(self, query: str, **variables: Any) -> Answer:
        return self.ask(query, variables, self.saleor.user_token(self.li))

    def as_wang(self, query: str, **variables: Any) -> Answer:
        return self.ask(query, variables, self.saleor.user_token(self.wang))

    def as_clerk(self, query: str, **variables: Any) -> Answer:
        return self.ask(query, variables, self.saleor.dashboard_token(self.clerk, self.app))

    def as_supervisor(self, query: str, **variables: Any) -> Answer:
        return self.ask(query, variables, self.saleor.dashboard_token(self.supervisor, self.app))


class World:
    """Everything around one test. `us` leads to our web process: this one, unless told."""

    def __init__(self, clock: Clock | None = None, us: httpx.Client | None = None) -> None:
        self.clock = clock or Clock()
        self.us = us or httpx.Client(transport=httpx.WSGITransport(application), base_url=US)
        self.wechat = WechatPaySandbox(self.clock, self.us, platform_private_key_pem=_platform_pem)
        self.wechat.add_merchant(MCHID, SERIAL, _public_pem, APIV3_KEY)
        self.mini = WechatMiniSandbox(self.clock, self.us, self.wechat)
        self.mini.add_app(APPID, APP_SECRET)
        self.couriers = Kuaidi100Sandbox(self.clock, self.us)
        self.shop = self._shop("https://shop-a.example/graphql/", key_slot=0)
        self.other_shop = self._shop("https://shop-b.example/graphql/", key_slot=1)
        self._numbers = iter(range(1, 10_000))
        self.notices_get_lost = False

    def _shop(self, api_url: str, *, key_slot: int) -> TestShop:
        saleor = SaleorSandbox(api_url, self.us, clock=self.clock, key_slot=key_slot)
        return TestShop(self, saleor)

    def next_number(self) -> int:
        return next(self._numbers)

    def mounts(self) -> dict[str, httpx.BaseTransport | None]:
        """Who answers for which host."""
        return {
            "all://shop-a.example": self.shop.saleor.transport,
            "all://shop-b.example": self.other_shop.saleor.transport,
            "all://api.mch.weixin.qq.com": self.wechat.transport,
            "all://api.weixin.qq.com": self.mini.transport,
            "all://poll.kuaidi100.com": self.couriers.transport,
            "all://returns.example": httpx.WSGITransport(application),
            "all://": NobodyThere(),
        }

    @contextmanager
    def running(self) -> Iterator[World]:
        with ExitStack() as stack:
            stack.enter_context(outgoing.mounted(self.mounts()))
            stack.enter_context(clock.replaced(self.clock))
            tokens.keys.forget()
            for shop in (self.shop, self.other_shop):
                shop.install()
                shop.add_merchant()
                shop.add_program()
            yield self

    # Letting time pass

    def work(self) -> int:
        """What the worker does at one tick."""
        return inbox.handle(HANDLERS) + outbox.drain(EFFECTS, on_stuck)

    def deliver(self) -> int:
        """Saleor's, WeChat's and couriers' own workers, once."""
        sent = self.shop.saleor.deliver_due() + self.other_shop.saleor.deliver_due()
        sent += self.mini.deliver_due() + self.couriers.deliver_due()
        return sent if self.notices_get_lost else sent + self.wechat.deliver_due()

    def quiet(self) -> None:
        """Go on until nothing is due at this moment."""
        for _ in range(200):
            if not self.deliver() + self.work():
                return
        raise AssertionError("the service never comes to rest")

    def run(self, *, minutes: float = 10, wechat_pays: bool = True) -> None:
        """Let time pass in steps of ten seconds; WeChat Pay settles what it has accepted."""
        for _ in range(int(minutes * 6)):
            self.quiet()
            if wechat_pays:
                self.wechat.advance()
            if not OutboxMessage.objects.filter(done_at=None).exists():
                self.quiet()
                return
            self.clock.forward(seconds=10)
        self.quiet()

    def wait(self, *, minutes: int) -> None:
        """Let time pass in steps of a minute, whatever happens; WeChat Pay settles nothing."""
        for _ in range(minutes):
            self.quiet()
            self.clock.forward(minutes=1)
