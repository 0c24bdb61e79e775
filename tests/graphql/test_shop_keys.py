"""The keys of a shop's Saleor: asked for once, and without them nobody can be told apart."""

from __future__ import annotations

import httpx
import jwt
import pytest

from saleor_wechat_returns import outgoing
from tests import make
from tests.usecases.transports import watched
from tests.usecases.unchanged import nothing_changes
from tests.world import World

LIST = "{ returnRequests { edges { cursor } } }"


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
    forged = [jwt.encode({}, "x" * 32, headers={"kid": f"key {n}"}) for n in range(20)]

    with watched(world.shop) as sent:
        for token in forged:
            world.shop.ask(LIST, token=token)

    assert sent == []
