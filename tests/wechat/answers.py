"""Answers made here for the adapter to judge, and the simulator's answers judged here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.pay import Merchant, PayClient

Ask = Callable[..., httpx.Response]


def answering(
    merchant: Merchant, clock: Any, handler: Callable[[httpx.Request], httpx.Response]
) -> PayClient:
    return PayClient(merchant, httpx.Client(transport=httpx.MockTransport(handler)), clock)


def signed(sandbox: WechatPaySandbox, body: bytes, status: int = 200) -> httpx.Response:
    return httpx.Response(status, headers=sandbox.sign(body), content=body)


def code_of(response: httpx.Response) -> tuple[int, str]:
    assert "Wechatpay-Signature" not in response.headers
    return response.status_code, response.json()["code"]
