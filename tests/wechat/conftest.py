"""A shop, its merchant keys, and WeChat Pay in memory. Nothing here may leave the machine."""

from __future__ import annotations

import base64
import json
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from saleor_wechat_returns.domain.money import Fen
from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.pay import Merchant, PayClient, PrepayOrder, RefundOrder
from tests.wechat.answers import Ask

MCHID = "1900000001"
SERIAL = "5B8F2C6A00000000000000000000000000000001"
APIV3_KEY = "0123456789abcdef0123456789ABCDEF"
TRANSACTION = "4200000000202601010000000001"
NOTIFY_URL = "https://shop.example/wechat/refund"
PAID_URL = "https://shop.example/wechat/paid"
APPID = "wx0000000000000001"
REFUNDS = "/v3/refund/domestic/refunds"
CHECKOUT = Path(__file__).resolve().parents[2]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1"}:
            raise AssertionError(f"a test called {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], dict[str, Any]]:
    """Reader of the shared test vectors, made with other programs than ours."""
    folder = Path(os.environ.get("RETURNS_SHARED", CHECKOUT.parent / "shared")) / "wechat/vectors"

    def read(name: str) -> dict[str, Any]:
        if not folder.is_dir():
            pytest.skip(
                f"NOT SHOWN: that signing and notices agree with other programs byte for byte. "
                f"It needs the test vectors: set RETURNS_SHARED (looked in {folder})."
            )
        return dict(json.loads((folder / name).read_text("utf-8")))

    return read


def pem_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture(scope="session")
def shop_keys() -> tuple[str, str]:
    return pem_pair()


@pytest.fixture(scope="session")
def platform_keys() -> tuple[str, str]:
    return pem_pair()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inbox() -> list[httpx.Request]:
    """Notices that reached the shop."""
    return []


@pytest.fixture
def shop_answers() -> list[int]:
    """Statuses of the shop's next answers, 0 for none in time; 200 when the list is used up."""
    return []


@pytest.fixture
def sandbox(
    clock: Clock,
    shop_keys: tuple[str, str],
    platform_keys: tuple[str, str],
    inbox: list[httpx.Request],
    shop_answers: list[int],
) -> Iterator[WechatPaySandbox]:
    def shop(request: httpx.Request) -> httpx.Response:
        inbox.append(request)
        status = shop_answers.pop(0) if shop_answers else 200
        if status == 0:
            raise httpx.ReadTimeout("slow shop", request=request)
        return httpx.Response(status)

    with httpx.Client(transport=httpx.MockTransport(shop)) as http:
        pay = WechatPaySandbox(clock, http, platform_private_key_pem=platform_keys[0])
        pay.add_merchant(MCHID, SERIAL, shop_keys[1], APIV3_KEY)
        pay.add_payment(MCHID, TRANSACTION, "SO1", 5999, "oPayer", clock() - timedelta(days=1))
        yield pay


@pytest.fixture
def merchant(sandbox: WechatPaySandbox, shop_keys: tuple[str, str]) -> Merchant:
    return Merchant(
        mchid=MCHID,
        serial_no=SERIAL,
        private_key_pem=shop_keys[0],
        apiv3_key=APIV3_KEY,
        verifiers={sandbox.public_key_id: sandbox.public_key_pem},
    )


@pytest.fixture
def client(sandbox: WechatPaySandbox, merchant: Merchant, clock: Clock) -> Iterator[PayClient]:
    with httpx.Client(transport=sandbox.transport) as http:
        yield PayClient(merchant, http, clock)


@pytest.fixture
def make_order() -> Callable[..., RefundOrder]:
    def make(**changes: Any) -> RefundOrder:
        usual: dict[str, Any] = {
            "transaction_id": TRANSACTION,
            "out_refund_no": "RF-1",
            "refund_fen": Fen(1999),
            "total_fen": Fen(5999),
            "reason": "尺码不合适",
            "notify_url": NOTIFY_URL,
        }
        return RefundOrder(**(usual | changes))

    return make


@pytest.fixture
def make_prepay_order() -> Callable[..., PrepayOrder]:
    def make(**changes: Any) -> PrepayOrder:
        usual: dict[str, Any] = {
            "appid": APPID,
            "description": "连帽卫衣 M",
            "out_trade_no": "SO-000001",
            "total_fen": Fen(5999),
            "payer_openid": "oPayer",
            "notify_url": PAID_URL,
        }
        return PrepayOrder(**(usual | changes))

    return make


@pytest.fixture
def sign(shop_keys: tuple[str, str], clock: Any) -> Callable[..., dict[str, str]]:
    key: Any = serialization.load_pem_private_key(shop_keys[0].encode(), None)

    def make(method: str, target: str, body: bytes, **changes: str) -> dict[str, str]:
        items = {
            "mchid": "1900000001",
            "nonce_str": "n",
            "timestamp": str(int(clock().timestamp())),
            "serial_no": "5B8F2C6A00000000000000000000000000000001",
        } | changes
        text = f"{method}\n{target}\n{items['timestamp']}\n{items['nonce_str']}\n".encode()
        signature = key.sign(text + body + b"\n", padding.PKCS1v15(), hashes.SHA256())
        items.setdefault("signature", base64.b64encode(signature).decode())
        quoted = ",".join(f'{name}="{value}"' for name, value in items.items())
        return {
            "Authorization": f"WECHATPAY2-SHA256-RSA2048 {quoted}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "a shop",
        }

    return make


@pytest.fixture
def ask(sandbox: WechatPaySandbox, sign: Callable[..., dict[str, str]]) -> Iterator[Ask]:
    with httpx.Client(transport=sandbox.transport, base_url="https://pay.example") as http:

        def send(
            data: object = None, *, target: str = REFUNDS, headers: dict[str, str] | None = None
        ) -> httpx.Response:
            method = "GET" if data is None else "POST"
            body = b"" if data is None else json.dumps(data).encode()
            signed = sign(method, target, body) | (headers or {})
            return http.request(method, target, content=body or None, headers=signed)

        yield send
