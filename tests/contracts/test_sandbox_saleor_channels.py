"""Channels of the simulated Saleor: who may read which setting, as the real schemas say …"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import SaleorSandbox
from tests.contracts import recordings

API = "https://channels.example/graphql/"
SETTINGS = {
    "checkoutSettings": ("automaticallyCompleteFullyPaidCheckouts", "MANAGE_CHECKOUTS"),
    "orderSettings": ("expireOrdersAfter", "MANAGE_ORDERS"),
    "paymentSettings": ("defaultTransactionFlowStrategy", "HANDLE_PAYMENTS"),
}


def ask(permissions: list[str], field: str) -> dict[str, Any]:
    shop = SaleorSandbox(API)
    app = shop.add_app("some.app", permissions)
    with httpx.Client(transport=shop.transport) as client:
        answer = client.post(
            API,
            json={"query": f"{{ channels {{ slug {field} {{ {SETTINGS[field][0]} }} }} }}"},
            headers={"Authorization": f"Bearer {app.auth_token}"},
        )
    return dict(answer.json())


@pytest.mark.parametrize("field", SETTINGS)
def test_are_shown_with_the_one_permission(field: str) -> None:
    name, permission = SETTINGS[field]

    (channel,) = ask([permission], field)["data"]["channels"]

    assert channel["slug"] == "cn"
    assert set(channel[field]) == {name}


@pytest.mark.parametrize("field", SETTINGS)
def test_are_denied_without_it(field: str) -> None:
    others = [permission for _, permission in SETTINGS.values() if permission != SETTINGS[field][1]]

    answer = ask(others, field)

    assert answer["data"] == {"channels": None}
    assert answer["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied"


@pytest.mark.parametrize("version", ["3.21", "3.22", "3.23", "3.24a"])
def test_are_guarded_so_by_the_real_schema(version: str) -> None:
    path = recordings.require(
        recordings.shared_saleor() / f"schema-{version}.graphql",
        f"who may read a channel's settings in {version}",
    )
    (channel,) = re.findall(r"^type Channel .*?^}", path.read_text(), re.DOTALL | re.MULTILINE)

    for field, (_, permission) in SETTINGS.items():
        guarded = re.search(
            rf"permissions: MANAGE_CHANNELS, {permission}\.\s+\"\"\"\s+{field}:", channel
        )
        assert guarded, field
