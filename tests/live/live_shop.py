"""Our service in a real Saleor. Only WeChat is simulated: it has no sandbox of its own."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from saleor_wechat_returns import clock, inbox, outbox, outgoing
from saleor_wechat_returns.models import (
    Refund,
    Shop,
    StaffTask,
    WechatMerchant,
    WechatMiniProgram,
)
from saleor_wechat_returns.saleor import tokens
from saleor_wechat_returns.sandbox.wechat_mini import WechatMiniSandbox
from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.secretbox import seal
from saleor_wechat_returns.usecases.effects import EFFECTS, HANDLERS, on_stuck
from saleor_wechat_returns.usecases.install import IDENTIFIER
from saleor_wechat_returns.usecases.policies import latest_of, rules_of
from saleor_wechat_returns.usecases.policy_versions import keep_rules
from saleor_wechat_returns.usecases.shops import saleor_of
from tests.live.orders import Checkout, Line, Orders
from tests.live.real_saleor import Account, RealSaleor, wait_until
from tests.live.web import Web
from tests.world import APIV3_KEY, APP_SECRET, APPID, MCHID, SERIAL, Answer, NobodyThere

ALL = 1000
# A minute lies between two refunds of one payment, and before we look again for what was lost.
COUNTED_SECONDS = 120
JWKS_PATH = "/.well-known/jwks.json"

_merchant_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """An order of Li's, paid through WeChat Pay."""

    id: str
    lines: list[Line]
    total_fen: int

    @property
    def shipping_fen(self) -> int:
        return self.total_fen - sum(line.total_fen for line in self.lines)


class LossyWay(httpx.BaseTransport):
    """The network to Saleor; it can lose the answer to a call that was carried out."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport()
        self._to_lose: set[str] = set()
        self._has_keys = True
        self.lost: list[str] = []

    def lose_answer_to(self, operation: str) -> None:
        """Once."""
        self._to_lose.add(operation)

    @contextmanager
    def without_keys(self) -> Iterator[None]:
        """Saleor's public keys cannot be had while the block runs, and none are remembered."""
        self._has_keys = False
        tokens.keys.forget()
        try:
            yield
        finally:
            self._has_keys = True

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == JWKS_PATH and not self._has_keys:
            raise httpx.ConnectError("no way to the keys", request=request)
        response = self._network.handle_request(request)
        operation = json.loads(request.content or b"{}").get("operationName")
        if operation in self._to_lose:
            response.read()
            self._to_lose.remove(operation)
            self.lost.append(operation)
            raise httpx.ReadTimeout("the answer was lost", request=request)
        return response


class LiveShop:
    """The installed app, its customers, its staff, and the hands of its worker."""

    def __init__(self, saleor: RealSaleor, web: Web, li: Account, wang: Account) -> None:
        self.saleor = saleor
        self.orders = Orders(saleor)
        self.web = web
        self.li = li
        self.wang = wang
        self.way = LossyWay()
        self._us = httpx.Client(timeout=30, trust_env=False)
        self.wechat = WechatPaySandbox(clock.now, self._us, local_http=True)
        self.wechat.add_merchant(MCHID, SERIAL, _public_pem(), APIV3_KEY)
        self.mini = WechatMiniSandbox(clock.now)
        self.mini.add_app(APPID, APP_SECRET)

    @contextmanager
    def installed(self) -> Iterator[LiveShop]:
        """Installed by the real Saleor while the block runs, and removed again."""
        mounts: dict[str, httpx.BaseTransport | None] = {
            f"all://{httpx.URL(self.saleor.api_url).netloc.decode()}": self.way,
            "all://api.mch.weixin.qq.com": self.wechat.transport,
            "all://api.weixin.qq.com": self.mini.transport,
            "all://": NobodyThere(),
        }
        with outgoing.mounted(mounts):
            tokens.keys.forget()
            self.saleor.remove_app(IDENTIFIER)  # of a run that was killed
            try:
                self.install()
                self.row = Shop.objects.get(api_url=self.saleor.api_url)
                self._add_merchant()
                self._add_program()
                self._ask_for_no_pictures()
                yield self
            finally:
                self.saleor.remove_app(IDENTIFIER)

    def install(self) -> None:
        """As the Dashboard does."""
        self.saleor.install(f"{self.web.url}/saleor/manifest/", self.manifest["permissions"])

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(self._us.get(f"{self.web.url}/saleor/manifest/").json())

    @property
    def app(self) -> dict[str, Any]:
        """Our app as Saleor has it."""
        app = self.saleor.app(IDENTIFIER)
        assert app is not None
        return app

    def _add_merchant(self) -> None:
        key, key_id = seal(_private_pem())
        apiv3, _ = seal(APIV3_KEY)
        WechatMerchant.objects.create(
            shop=self.row,
            mchid=MCHID,
            serial_no=SERIAL,
            private_key_sealed=key,
            apiv3_key_sealed=apiv3,
            sealed_key_id=key_id,
            verifiers={self.wechat.public_key_id: self.wechat.public_key_pem},
        )

    def _add_program(self) -> None:
        secret, key_id = seal(APP_SECRET)
        WechatMiniProgram.objects.create(
            shop=self.row, appid=APPID, secret_sealed=secret, sealed_key_id=key_id
        )

    def _ask_for_no_pictures(self) -> None:
        """What evidence is worth is tried elsewhere: here every reason goes without."""
        if latest_of(self.row, "") is not None:  # installed before
            return
        rules = rules_of(None)
        reasons = tuple(replace(reason, evidence=()) for reason in rules.reasons)
        keep_rules(
            self.row, "", replace(rules, reasons=reasons), expected_version=0, now=clock.now()
        )

    # Buying

    def order(
        self, quantities: Sequence[int], *, sent: int = ALL, promo_code: str = ""
    ) -> LiveOrder:
        """Li buys so many of the dearest piece, the next dearest, …; `sent` of each are shipped.

        Paid elsewhere, as far as our service knows; for the mini-program see payer.py.
        """
        checkout = self.fill(quantities, promo_code=promo_code)
        number = f"{secrets.randbelow(10**14):014d}"
        paid_as = f"42000000002026{number}"
        self.orders.pay(checkout, paid_as, saleor_of(self.row).token)
        self.wechat.add_payment(
            MCHID, paid_as, f"SO{number}", checkout.total_fen, "openid-of-li", clock.now()
        )
        order_id, lines = self.orders.complete(self.li, checkout)
        if sent:
            self.orders.send(order_id, sent)
        return LiveOrder(order_id, lines, checkout.total_fen)

    def fill(
        self, quantities: Sequence[int], *, buyer: Account | None = None, promo_code: str = ""
    ) -> Checkout:
        """Li, or another, is about to pay for so many of the dearest piece, the next dearest, …"""
        wanted = list(zip(self.orders.variants(), quantities, strict=False))
        return self.orders.check_out(buyer or self.li, wanted, promo_code)

    # Asking

    def ask(self, query: str, variables: dict[str, Any], token: str | None) -> Answer:
        response = self._us.post(
            f"{self.web.url}/s/{self.row.key}/graphql/",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        return Answer(response.status_code, response.json())

    def as_li(self, query: str, **variables: Any) -> Answer:
        return self.ask(query, variables, self.saleor.token_of(self.li))

    def as_wang(self, query: str, **variables: Any) -> Answer:
        return self.ask(query, variables, self.saleor.token_of(self.wang))

    def as_nobody(self, query: str, **variables: Any) -> Answer:
        return self.ask(query, variables, None)

    def as_clerk(self, query: str, **variables: Any) -> Answer:
        return self.ask(query, variables, self.saleor.dashboard_token(self.app["id"]))

    # Working

    def work(self, *, wechat_pays: bool = True) -> None:
        """One tick of our worker, and of WeChat Pay, which pays at once what it accepted."""
        inbox.handle(HANDLERS)
        outbox.drain(EFFECTS, on_stuck)
        if wechat_pays:
            self.wechat.advance()
        self.wechat.deliver_due()

    def work_until(
        self, happened: Callable[[], bool], *, seconds: float = 60, wechat_pays: bool = True
    ) -> None:
        wait_until(happened, seconds=seconds, meanwhile=lambda: self.work(wechat_pays=wechat_pays))

    def work_until_counted(self, *requests: dict[str, Any]) -> None:
        """Until Saleor's totals contain every refund of these returns, and staff have no task."""
        numbers = [request["number"] for request in requests]
        uncounted = Refund.objects.filter(request__number__in=numbers, counted_at=None)
        tasks = StaffTask.objects.filter(closed_at=None)

        def is_counted() -> bool:
            assert not tasks.exists(), [(task.kind, task.detail) for task in tasks]
            return not uncounted.exists()

        wait_until(is_counted, seconds=COUNTED_SECONDS, meanwhile=self.work)


def _private_pem() -> str:
    return _merchant_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public_pem() -> str:
    return (
        _merchant_key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
