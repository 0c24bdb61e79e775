"""Who the viewer is: told by a token of exactly this shop's Saleor, or nobody."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from saleor_wechat_returns.models import ShopApp
from saleor_wechat_returns.saleor import tokens
from saleor_wechat_returns.sandbox.saleor.tokens import TokenKeys
from tests import make
from tests.graphql.raw import post
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, TestShop, World

LIST = "{ returnRequests { edges { node { number } } } }"
UNAUTHENTICATED = {"code": "UNAUTHENTICATED", "field": None}


def ask(shop: TestShop, token: str) -> Answer:
    return shop.ask(LIST, token=token)


def is_somebody(answer: Answer) -> bool:
    if "errors" not in answer.body:
        return True
    assert [error["extensions"] for error in answer.body["errors"]] == [UNAUTHENTICATED]
    return False


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def without(claim: str, shop: TestShop, token: str) -> str:
    """Signed again by the shop, but for one claim."""
    return shop.saleor.keys.sign({k: v for k, v in claims_of(token).items() if k != claim})


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def test_is_a_customer_with_an_access_token(world: World) -> None:
    assert is_somebody(ask(world.shop, world.shop.saleor.user_token(world.shop.li)))


def test_is_staff_with_a_dashboard_token_for_this_app(world: World) -> None:
    shop = world.shop

    assert is_somebody(ask(shop, shop.saleor.dashboard_token(shop.clerk, shop.app)))


NOBODY: dict[str, Callable[[TestShop], str]] = {
    "staff from another app's page": lambda s: s.saleor.dashboard_token(
        s.clerk, s.saleor.add_app("another", ["MANAGE_ORDERS"])
    ),
    "staff from no app": lambda s: without("app", s, s.saleor.dashboard_token(s.clerk, s.app)),
    "a customer in the Dashboard": lambda s: s.saleor.dashboard_token(s.li, s.app),
    "a customer who claims permissions": lambda s: s.saleor.dashboard_token(
        s.li, s.app, user_permissions=["MANAGE_ORDERS"]
    ),
    "is_staff as a text": lambda s: s.saleor.dashboard_token(s.clerk, s.app, is_staff="true"),
    "a refresh token": lambda s: s.saleor.keys.refresh_token(
        s.li, now=s.world.clock.now, csrf_token="x"
    ),
    "a token of no type": lambda s: s.saleor.user_token(s.li, type=None),
    "a token of nobody": lambda s: s.saleor.user_token(s.li, user_id=None),
    "a token without end": lambda s: s.saleor.user_token(s.li, exp=None),
    "an end that is a text": lambda s: s.saleor.user_token(s.li, exp="tomorrow"),
    "another issuer": lambda s: s.saleor.user_token(s.li, iss="https://evil.example/graphql/"),
    "no issuer": lambda s: without("iss", s, s.saleor.user_token(s.li)),
    "the other shop's": lambda s: s.world.other_shop.saleor.user_token(s.world.other_shop.li),
    "the other shop's staff": lambda s: s.world.other_shop.saleor.dashboard_token(
        s.world.other_shop.clerk, s.world.other_shop.app
    ),
    "a key of somebody's own": lambda s: TokenKeys(s.row.api_url, slot=7).access_token(
        s.li, now=s.world.clock.now
    ),
}
KNOWN: dict[str, Callable[[TestShop], str]] = {
    "staff without MANAGE_ORDERS": lambda s: s.saleor.dashboard_token(s.packer, s.app),
    "staff with an access token that claims to be more": lambda s: s.saleor.user_token(
        s.clerk, app=s.app.id, user_permissions=["MANAGE_ORDERS"]
    ),
    "staff whose app alone may manage orders": lambda s: s.saleor.dashboard_token(
        s.packer, s.app, permissions=["MANAGE_ORDERS"]
    ),
    "permissions as a text": lambda s: s.saleor.dashboard_token(
        s.clerk, s.app, user_permissions="MANAGE_ORDERS"
    ),
}


@pytest.mark.parametrize("token", KNOWN.values(), ids=KNOWN.keys())
def test_is_staff_who_may_not(world: World, token: Callable[[TestShop], str]) -> None:
    """Logging in again would not help them."""
    with nothing_changes(world):
        answer = ask(world.shop, token(world.shop))

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN", "field": None}


@pytest.mark.parametrize("token", NOBODY.values(), ids=NOBODY.keys())
def test_is_nobody_with(world: World, token: Callable[[TestShop], str]) -> None:
    with nothing_changes(world):
        assert not is_somebody(ask(world.shop, token(world.shop)))


def forged_key_id(shop: TestShop, token: str) -> str:
    """Signed with another key, under the id of the true one."""
    return jwt.encode(
        claims_of(token),
        TokenKeys(shop.row.api_url, slot=7)._private,
        algorithm="RS256",
        headers={"kid": shop.saleor.keys.kid},
    )


def unsigned(shop: TestShop, token: str) -> str:
    header = {"alg": "none", "typ": "JWT", "kid": shop.saleor.keys.kid}
    return f"{encoded(header)}.{encoded(claims_of(token))}."


def public_key_as_secret(shop: TestShop, token: str) -> str:
    """HS256 with what everybody can read at the shop's JWKS."""
    pem = shop.saleor.keys._private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "typ": "JWT", "kid": shop.saleor.keys.kid}
    signed = f"{encoded(header)}.{encoded(claims_of(token))}"
    algorithm = jwt.get_algorithm_by_name("HS256")
    signature = algorithm.sign(signed.encode(), pem)
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def of_somebody_else(shop: TestShop, token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{encoded(claims_of(token) | {'user_id': shop.wang.id})}.{signature}"


FORGERIES: dict[str, Callable[[TestShop, str], str]] = {
    "another key": forged_key_id,
    "alg none": unsigned,
    "alg none, signature kept": lambda s, t: unsigned(s, t) + t.split(".")[2],
    "HS256 with the public key": public_key_as_secret,
    "another person": of_somebody_else,
    "no signature": lambda s, t: ".".join(t.split(".")[:2]) + ".",
    "two parts": lambda s, t: ".".join(t.split(".")[:2]),
    "cut short": lambda s, t: t[:-9],
    "unknown key id": lambda s, t: encoded({"alg": "RS256", "kid": "?"}) + t[t.index(".") :],
    "no key id": lambda s, t: encoded({"alg": "RS256"}) + t[t.index(".") :],
    "a number for key id": lambda s, t: encoded({"alg": "RS256", "kid": 1}) + t[t.index(".") :],
    "a list for header": lambda s, t: encoded([1]) + t[t.index(".") :],  # type: ignore[arg-type]
    "a word": lambda s, t: "garbage",
    "dots": lambda s, t: "..",
    "64 KB": lambda s, t: "a" * 64 * 1024,
    "an app's token": lambda s, t: s.app.auth_token,
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_is_nobody_with_a_token_forged_by(
    world: World, forge: Callable[[TestShop, str], str]
) -> None:
    good = world.shop.saleor.user_token(world.shop.li)

    with nothing_changes(world):
        assert not is_somebody(ask(world.shop, forge(world.shop, good)))


def test_is_somebody_until_the_token_ends(world: World) -> None:
    token = world.shop.saleor.user_token(world.shop.li, lifetime=timedelta(minutes=5))

    world.clock.forward(minutes=5, seconds=tokens.LEEWAY_SECONDS - 1)
    assert is_somebody(ask(world.shop, token))
    world.clock.forward(seconds=1)
    assert not is_somebody(ask(world.shop, token))


def test_is_no_staff_any_more_once_the_permission_was_taken(world: World) -> None:
    """EC56: page open, permission gone, staff click: it ends five minutes later at the latest."""
    shop = world.shop
    order = shop.order()
    seen = make.received(shop, order)
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    click = {"id": seen["id"], "version": seen["version"], "lines": lines}
    old = shop.saleor.dashboard_token(shop.clerk, shop.app)
    shop.clerk.permissions = frozenset()
    new = shop.saleor.dashboard_token(shop.clerk, shop.app)

    with nothing_changes(world):
        with_new = shop.ask(make.INSPECT, click, new)
        world.clock.forward(minutes=5, seconds=tokens.LEEWAY_SECONDS)
        with_old = shop.ask(make.INSPECT, click, old)

    assert with_new.refusals == [("FORBIDDEN", None)]
    assert with_old.refusals == [("UNAUTHENTICATED", None)]


def test_is_staff_of_the_present_install_only(world: World) -> None:
    """EC56."""
    shop = world.shop
    former = shop.saleor.dashboard_token(shop.clerk, shop.app)
    shop.saleor.uninstall_app(shop.app)
    shop.install()

    assert ShopApp.objects.filter(shop=shop.row).count() == 2
    assert not is_somebody(ask(shop, former))
    assert is_somebody(ask(shop, shop.saleor.dashboard_token(shop.clerk, shop.app)))


@pytest.mark.parametrize(
    ("header", "prefix"),
    [
        ("Authorization", "Bearer "),
        ("Authorization", "bearer "),
        ("Authorization", "JWT "),
        ("Authorization", "Bearer   "),
        ("Authorization-Bearer", ""),
    ],
)
def test_is_told_by_either_header(world: World, header: str, prefix: str) -> None:
    token = world.shop.saleor.user_token(world.shop.li)

    answer = post(world.shop, json.dumps({"query": LIST}).encode(), **{header: prefix + token})

    assert answer.json() == {"data": {"returnRequests": {"edges": []}}}


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic bGk6eA==", "Digest x", "li"])
def test_is_nobody_without_a_token(world: World, value: str) -> None:
    answer = post(world.shop, json.dumps({"query": LIST}).encode(), Authorization=value)

    assert [error["extensions"] for error in answer.json()["errors"]] == [UNAUTHENTICATED]
