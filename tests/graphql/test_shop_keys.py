"""The keys of a shop's Saleor: asked for once, and without them nobody can be told apart."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import httpx
import pytest
from jwt.utils import base64url_encode

from saleor_wechat_returns import outgoing
from saleor_wechat_returns.saleor import tokens
from tests import make
from tests.usecases.transports import watched
from tests.usecases.unchanged import nothing_changes
from tests.world import World

LIST = "{ returnRequests { edges { cursor } } }"


def by_another_key(token: str, key_id: str) -> str:
    """As Saleor signs (RS256), but by a key of another name."""
    header = json.dumps({"alg": "RS256", "kid": key_id}).encode()
    return base64url_encode(header).decode() + token[token.index(".") :]


@pytest.mark.parametrize(
    "keys",
    [
        httpx.Response(500),
        httpx.Response(404),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b'{"keys": 1}'),
        httpx.Response(200, content=b'{"keys": [{"kty": "oct", "k": "YQ"}]}'),
        httpx.Response(200, content=b'{"keys": []}'.ljust(65 * 1024)),
        httpx.Response(200, content=b"[" * 60_000),
        None,
    ],
    ids=[
        "500",
        "404",
        "a page",
        "a list",
        "a number",
        "wrong key",
        "too large",
        "too deep",
        "no answer",
    ],
)
def test_out_of_reach_let_nobody_in(world: World, keys: httpx.Response | None) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        if keys is None:
            raise httpx.ConnectTimeout("away", request=request)
        return keys

    mounts: dict[str, httpx.BaseTransport | None] = {
        "all://shop-a.example": httpx.MockTransport(broken)
    }
    order = world.shop.order()

    with nothing_changes(world), outgoing.mounted(mounts):
        answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert (answer.status, answer.body) == (
        503,
        {"errors": [{"message": "暂时无法读取订单,请稍后再试。"}]},
    )


def test_are_asked_for_once(world: World) -> None:
    with watched(world.shop) as sent:
        world.shop.as_li(LIST)
        world.shop.as_wang(LIST)
        world.shop.as_clerk(LIST)

    assert sent == ["GET /.well-known/jwks.json"]


def test_are_not_asked_for_without_a_token(world: World) -> None:
    with watched(world.shop) as sent:
        world.shop.ask(LIST)
        world.shop.ask(LIST, token="garbage")

    assert sent == []


def test_are_not_asked_for_by_every_unknown_key_id(world: World) -> None:
    """A forger who invents key ids cannot make us call Saleor each time."""
    world.shop.as_li(LIST)
    good = world.shop.saleor.user_token(world.shop.li)
    forged = [by_another_key(good, f"key {n}") for n in range(20)]

    with watched(world.shop) as sent:
        answers = [world.shop.ask(LIST, token=token) for token in forged]

    assert {it.body["errors"][0]["extensions"]["code"] for it in answers} == {"UNAUTHENTICATED"}
    assert sent == []


@pytest.mark.parametrize("fault", [httpx.ConnectError, httpx.ReadTimeout])
def test_that_are_known_stay_good_while_saleor_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: type[httpx.TransportError]
) -> None:
    """Asked for again after an hour, in vain; a key that nobody knows lets nobody in."""
    asked: list[str] = []

    def away(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        raise fault("away", request=request)

    mounts: dict[str, httpx.BaseTransport | None] = {
        "all://shop-a.example": httpx.MockTransport(away)
    }
    world.shop.as_li(LIST)
    an_hour_on = time.monotonic() + 3601
    monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: an_hour_on))

    with outgoing.mounted(mounts):
        known = world.shop.as_li(LIST)
        good = world.shop.saleor.user_token(world.shop.li)
        unknown = world.shop.ask(LIST, token=by_another_key(good, "new"))

    assert known.data == {"returnRequests": {"edges": []}}
    assert unknown.status == 503
    assert asked == ["/.well-known/jwks.json"] * 2
