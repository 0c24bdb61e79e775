"""The registration that Saleor makes when it installs us …"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from saleor_wechat_returns import outgoing
from saleor_wechat_returns.models import Shop, ShopApp
from saleor_wechat_returns.saleor.subscriptions import SUBSCRIPTIONS
from saleor_wechat_returns.sandbox.saleor import FaultKind, InstallationFailed, SaleorSandbox
from saleor_wechat_returns.usecases.install import IDENTIFIER, PERMISSIONS
from tests.usecases.unchanged import nothing_changes
from tests.world import US, NobodyThere, World

API_URL = "https://shop-c.example/graphql/"
MANIFEST = f"{US}/saleor/manifest/"


@pytest.fixture
def newcomer(world: World) -> Iterator[SaleorSandbox]:
    """A third shop, which has not installed us yet."""
    saleor = SaleorSandbox(API_URL, world.us, clock=world.clock)
    with outgoing.mounted({"all://shop-c.example": saleor.transport, "all://": NobodyThere()}):
        yield saleor


def register(world: World, body: Any, api_url: str = API_URL, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Saleor-Api-Url": api_url, "Content-Type": "application/json", **headers}
    return world.us.post("/saleor/register/", content=content, headers=named)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_makes_a_shop_with_a_sealed_token(world: World, newcomer: SaleorSandbox) -> None:
    app = newcomer.install_app(MANIFEST)

    shop = Shop.objects.get(api_url=API_URL)
    (row,) = ShopApp.objects.filter(shop=shop)
    assert (row.app_id, row.identifier, row.is_current) == (app.id, IDENTIFIER, True)
    assert app.auth_token.encode() not in bytes(row.token_sealed)
    assert shop.schema_version == "3.23"
    assert app.permissions == frozenset(PERMISSIONS)
    assert {event for webhook in app.webhooks for event in webhook.events} == {
        "TRANSACTION_REFUND_REQUESTED",
        "PAYMENT_GATEWAY_INITIALIZE_SESSION",
        "TRANSACTION_INITIALIZE_SESSION",
        "TRANSACTION_PROCESS_SESSION",
        "TRANSACTION_CHARGE_REQUESTED",
        "TRANSACTION_CANCELATION_REQUESTED",
        "ORDER_UPDATED",
    }


@pytest.mark.parametrize("token", ["wrong", "x" * 256])
def test_is_refused_with_a_token_of_nobody(
    world: World, newcomer: SaleorSandbox, token: str
) -> None:
    with nothing_changes(world):
        answer = register(world, {"auth_token": token})

    assert refusal(answer) == (400, "UNPROVEN")


def test_is_refused_with_a_token_of_another_app(world: World, newcomer: SaleorSandbox) -> None:
    other = newcomer.add_app("another.app", PERMISSIONS)

    with nothing_changes(world):
        answer = register(world, {"auth_token": other.auth_token})

    assert refusal(answer) == (400, "FOREIGN")


def test_is_refused_with_a_token_of_another_shop(world: World, newcomer: SaleorSandbox) -> None:
    newcomer.install_app(MANIFEST)

    with nothing_changes(world):
        answer = register(world, {"auth_token": world.shop.app.auth_token})

    assert refusal(answer) == (400, "UNPROVEN")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 4000,
        None,
        [],
        "text",
        {},
        {"auth_token": None},
        {"auth_token": 1},
        {"auth_token": ""},
        {"auth_token": "x" * 257},
        {"auth_token": "x" * 5000},
        {"auth_token": "two\nlines"},
        {"auth_token": "令牌"},
        {"auth_token": "\x00"},
    ],
    ids=range(16),
)
def test_is_refused_when_it_makes_no_sense(
    world: World, newcomer: SaleorSandbox, body: Any
) -> None:
    with nothing_changes(world):
        answer = register(world, body)

    assert refusal(answer) == (400, "MALFORMED")


@pytest.mark.parametrize(
    "api_url",
    [
        "",
        "shop-c.example",
        "ftp://shop-c.example/graphql/",
        "file:///etc/passwd",
        "https://",
        "https:///graphql/",
        "https://shop-c.example",
        "https://a..b/graphql/",
        "https://.example/graphql/",
        f"https://{'a' * 64}.example/graphql/",
        "https://shop c.example/graphql/",
        "https://shop-c.example:99999/graphql/",
        "https://shop-c.example:port/graphql/",
        "https://user:password@shop-c.example/graphql/",
        "https://shop-c.example/graphql/?a=b",
        "https://shop-c.example/graphql/#a",
        "https://[::1/graphql/",
        f"https://shop-c.example/{'x' * 500}",
    ],
)
def test_is_refused_when_its_address_is_none(
    world: World, newcomer: SaleorSandbox, api_url: str
) -> None:
    with nothing_changes(world):
        answer = register(world, {"auth_token": "x"}, api_url)

    assert refusal(answer) == (400, "MALFORMED")


@pytest.mark.parametrize(
    "answered",
    [
        httpx.Response(404, text="nothing here"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text="[" * 100_000),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"data": None}),
        httpx.Response(200, json={"data": {}}),
        httpx.Response(200, json={"data": {"app": None}}),
        httpx.Response(200, json={"data": {"app": "text"}}),
        httpx.Response(200, json={"data": {"app": {"identifier": IDENTIFIER}}}),
        httpx.Response(200, json={"data": {"app": {"identifier": IDENTIFIER, "id": 1}}}),
        httpx.Response(200, json={"data": {"app": {"identifier": IDENTIFIER, "id": "x" * 999}}}),
        httpx.Response(200, json={"errors": "text"}),
        httpx.Response(200, json={"errors": {"a": 1}}),
        httpx.Response(200, json={"errors": ["text"]}),
        httpx.Response(500),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
    ],
    ids=range(16),
)
def test_is_refused_when_whoever_is_there_is_no_saleor(
    world: World, answered: httpx.Response
) -> None:
    there = httpx.MockTransport(lambda _request: answered)

    with outgoing.mounted({"all://shop-c.example": there}), nothing_changes(world):
        answer = register(world, {"auth_token": "x"})

    assert refusal(answer) in {(400, "UNPROVEN"), (400, "FOREIGN")}


@pytest.mark.parametrize("fault", list(FaultKind)[:4])
def test_is_refused_when_nobody_answers(
    world: World, newcomer: SaleorSandbox, fault: FaultKind
) -> None:
    newcomer.faults.add(fault, "app")

    with pytest.raises(InstallationFailed, match="could not prove the token"):
        newcomer.install_app(MANIFEST)

    assert not Shop.objects.filter(api_url=API_URL).exists()
    assert newcomer.world.apps == []


def test_is_refused_when_the_shop_is_not_on_the_list(
    world: World, newcomer: SaleorSandbox, settings: Any
) -> None:
    settings.ALLOWED_SALEOR_API_URLS = [world.shop.saleor.world.api_url]

    with pytest.raises(InstallationFailed, match="not on the allow list"):
        newcomer.install_app(MANIFEST)

    assert newcomer.calls == []
    settings.ALLOWED_SALEOR_API_URLS.append(API_URL)
    newcomer.install_app(MANIFEST)
    assert Shop.objects.filter(api_url=API_URL).exists()


def test_made_again_keeps_the_shop_and_its_former_app(
    world: World, newcomer: SaleorSandbox
) -> None:
    """EC56."""
    former = newcomer.install_app(MANIFEST)
    shop = Shop.objects.get(api_url=API_URL)
    newcomer.uninstall_app(former)

    app = newcomer.install_app(MANIFEST)

    assert Shop.objects.get(api_url=API_URL) == shop
    apps = ShopApp.objects.filter(shop=shop).order_by("created_at")
    assert list(apps.values_list("app_id", "is_current")) == [(former.id, False), (app.id, True)]


def test_repeated_with_the_same_token_changes_nothing(
    world: World, newcomer: SaleorSandbox
) -> None:
    app = newcomer.install_app(MANIFEST)

    answer = register(world, {"auth_token": app.auth_token})

    assert answer.status_code == 200
    assert ShopApp.objects.filter(shop__api_url=API_URL, is_current=True).count() == 1


@pytest.mark.parametrize("version", ["3.21", "3.22", "3.23"])
def test_brings_every_webhook_of_the_table_in_every_version(world: World, version: str) -> None:
    saleor = SaleorSandbox(API_URL, world.us, clock=world.clock, schema_version=version)

    with outgoing.mounted({"all://shop-c.example": saleor.transport, "all://": NobodyThere()}):
        app = saleor.install_app(MANIFEST)

    made = {webhook.target_url: webhook.events for webhook in app.webhooks}
    assert made == {
        f"{US}/saleor/{entry.path}/": frozenset({entry.event}) for entry in SUBSCRIPTIONS
    }
    for address in made:
        assert world.us.get(address.removeprefix(US)).status_code == 405
