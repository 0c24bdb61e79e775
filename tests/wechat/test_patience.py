"""A call on which somebody waits …"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from saleor_wechat_returns import outgoing
from saleor_wechat_returns.domain.errors import OutcomeUnknown, ProviderUnavailable
from saleor_wechat_returns.models import WechatMerchant, WechatMiniProgram
from saleor_wechat_returns.usecases.shops import wechat_pay_of
from saleor_wechat_returns.usecases.wechat_programs import mini_of
from tests.world import World


class Silent(httpx.BaseTransport):
    """Never answers; remembers how long the caller would have waited."""

    patience: dict[str, Any]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.patience = request.extensions["timeout"]
        raise httpx.ReadTimeout("silence", request=request)


@pytest.mark.parametrize(("seconds", "expected"), [(1.5, 1.5), (None, 15.0)])
def test_waits_for_wechat_pay_as_long_as_it_is_told(
    world: World, seconds: float | None, expected: float
) -> None:
    merchant = WechatMerchant.objects.get(shop=world.shop.row)
    silent = Silent()

    with outgoing.mounted({"all://": silent}), pytest.raises(OutcomeUnknown):
        wechat_pay_of(merchant, seconds=seconds).query_payment("P2026112312345678")

    assert silent.patience["read"] == expected


def test_waits_for_the_log_in_as_long_as_it_is_told(world: World) -> None:
    program = WechatMiniProgram.objects.get(shop=world.shop.row)
    silent = Silent()

    with outgoing.mounted({"all://": silent}), pytest.raises(ProviderUnavailable):
        mini_of(program, seconds=1.5).code_to_session("a-code")

    assert silent.patience["read"] == 1.5
