"""A WeChat session …

Fifteen minutes for whoever's wx.login gave the code: always a customer of one shop, never staff.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from saleor_wechat_returns.models import WechatMiniProgram, WechatVisit
from saleor_wechat_returns.secretbox import seal
from saleor_wechat_returns.usecases import sessions
from saleor_wechat_returns.usecases.openids import openid_index
from tests import make
from tests.graphql.wechat_logins import LOG_IN, log_in, session
from tests.usecases.unchanged import nothing_changes
from tests.world import APPID, Answer, World

LIST = "{ returnRequests { edges { node { number } } } }"
EMPTY: dict[str, Any] = {"data": {"returnRequests": {"edges": []}}}


def is_nobody(answer: Answer) -> bool:
    if answer.body == EMPTY:
        return False
    codes = [error["extensions"]["code"] for error in answer.body["errors"]]
    assert codes == ["UNAUTHENTICATED"]
    return True


def claims_of(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def test_begins_with_a_code_and_ends_after_15_minutes(world: World) -> None:
    payload = log_in(world.shop, "openid-of-li")

    assert payload | {"token": ""} == {
        "token": "",
        "expiresAt": "2026-11-23T02:15:00+00:00",
        "isLinked": False,
        "errors": [],
    }
    world.clock.forward(minutes=15, seconds=-1)
    assert not is_nobody(world.shop.ask(LIST, token=payload["token"]))
    world.clock.forward(seconds=1)
    assert is_nobody(world.shop.ask(LIST, token=payload["token"]))


def test_says_nothing_of_the_person(world: World) -> None:
    claims = claims_of(session(world.shop, "openid-of-li"))

    assert claims == {
        "shop": world.shop.row.key,
        "type": "returns-wechat-session",
        "appid": APPID,
        "openid": openid_index(APPID, "openid-of-li"),
        "iat": 1795399200,
        "exp": 1795400100,
    }


def test_writes_down_the_visit_and_nothing_else(world: World) -> None:
    """Its openid is needed for two hours, to have content checked, and is sealed."""
    with nothing_changes(world, but=WechatVisit):
        log_in(world.shop, "openid-of-li")

    visit = WechatVisit.objects.get()
    assert visit.visited_at == world.clock.now
    assert b"openid-of-li" not in bytes(visit.openid_sealed)


def test_is_good_in_one_shop_only(world: World) -> None:
    """Both shops sell in the same mini-program, so the openid is the same."""
    token = session(world.shop, "openid-of-li")

    assert is_nobody(world.other_shop.ask(LIST, token=token))


@pytest.mark.parametrize("stage", ["approve", "reject", "receive"])
def test_is_never_staff(world: World, stage: str) -> None:
    query = {"approve": make.APPROVE, "reject": make.REJECT, "receive": make.RECEIVE}[stage]
    request = make.requested(world.shop, world.shop.order())
    token = session(world.shop, "openid-of-li")
    variables = {"id": request["id"], "version": 1, "why": "no"}

    with nothing_changes(world):
        answer = world.shop.ask(query, variables, token)

    assert answer.refusals == [("FORBIDDEN", None)]


def resigned(token: str, **changes: Any) -> str:
    """With the true key, which nobody but us has."""
    return jwt.encode(claims_of(token) | changes, sessions._key(), algorithm="HS256")


def test_is_a_customer_whatever_else_it_claims(world: World) -> None:
    token = resigned(
        session(world.shop, "openid-of-li"),
        is_staff=True,
        user_id=world.shop.clerk.id,
        user_permissions=["MANAGE_ORDERS"],
        app=world.shop.app.id,
    )
    request = make.requested(world.shop, world.shop.order())

    assert world.shop.ask(LIST, token=token).body == EMPTY
    answer = world.shop.ask(make.APPROVE, {"id": request["id"], "version": 1}, token)
    assert answer.refusals == [("FORBIDDEN", None)]


def altered(token: str) -> str:
    head, _, signature = token.split(".")
    claims = json.dumps(claims_of(token) | {"openid": "0" * 64}).encode()
    return f"{head}.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.{signature}"


FORGERIES: dict[str, Callable[[str], str]] = {
    "another openid": altered,
    "another key": lambda t: jwt.encode(claims_of(t), "x" * 32, algorithm="HS256"),
    "no algorithm": lambda t: jwt.encode(claims_of(t), "", algorithm="none"),
    "cut short": lambda t: t[:-4],
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_cannot_be_forged_with(world: World, forge: Callable[[str], str]) -> None:
    token = session(world.shop, "openid-of-li")

    assert is_nobody(world.shop.ask(LIST, token=forge(token)))


def test_sees_no_return_that_was_asked_for_otherwise(world: World) -> None:
    """Rows of others have a blank openid, as this viewer has a blank account."""
    make.requested(world.shop, world.shop.order())

    assert world.shop.ask(LIST, token=session(world.shop, "openid-of-wang")).body == EMPTY


@pytest.mark.parametrize("code", ["never given", "", "x" * 200, "登录", "unknown-code"])
def test_needs_a_code_of_wx_login(world: World, code: str) -> None:
    with nothing_changes(world):
        answer = world.shop.ask(LOG_IN, {"code": code})

    assert answer.refusals == [("WECHAT_CODE_INVALID", "code")]
    assert (answer.payload["token"], answer.payload["expiresAt"]) == (None, None)


def test_takes_a_code_once(world: World) -> None:
    code = world.mini.login("openid-of-li")
    world.shop.ask(LOG_IN, {"code": code})

    assert world.shop.ask(LOG_IN, {"code": code}).refusals == [("WECHAT_CODE_INVALID", "code")]


def test_takes_no_code_older_than_five_minutes(world: World) -> None:
    code = world.mini.login("openid-of-li")
    world.clock.forward(minutes=5, seconds=1)

    assert world.shop.ask(LOG_IN, {"code": code}).refusals == [("WECHAT_CODE_INVALID", "code")]


FAULTS = {
    "connect_refused": "WECHAT_UNAVAILABLE",
    "timeout_before_accept": "WECHAT_UNAVAILABLE",
    "timeout_after_accept": "WECHAT_UNAVAILABLE",
    "http_502": "WECHAT_UNAVAILABLE",
    "garbage": "WECHAT_UNAVAILABLE",
    "system_busy": "WECHAT_UNAVAILABLE",
    "rate_limited": "WECHAT_UNAVAILABLE",
    "address_not_listed": "WECHAT_UNAVAILABLE",
    "secret_frozen": "WECHAT_UNAVAILABLE",
    "risky_user": "WECHAT_LOGIN_REFUSED",
}


@pytest.mark.parametrize(("fault", "code"), FAULTS.items(), ids=FAULTS.keys())
def test_is_refused_when_wechat(world: World, fault: str, code: str) -> None:
    world.mini.faults.add(fault)

    with nothing_changes(world):
        answer = world.shop.ask(LOG_IN, {"code": world.mini.login("openid-of-li")})

    assert answer.refusals == [(code, "code")]


def test_after_a_lost_answer_needs_a_new_code(world: World) -> None:
    """The code was used up by a call whose answer never came: the person is told to log in."""
    code = world.mini.login("openid-of-li")
    world.mini.faults.add("timeout_after_accept")

    lost = world.shop.ask(LOG_IN, {"code": code})
    again = world.shop.ask(LOG_IN, {"code": code})

    assert "重新登录" in lost.payload["errors"][0]["message"]
    assert again.refusals == [("WECHAT_CODE_INVALID", "code")]
    assert "重新登录" in again.payload["errors"][0]["message"]
    assert log_in(world.shop, "openid-of-li")["token"]


def test_needs_a_mini_program(world: World) -> None:
    WechatMiniProgram.objects.all().delete()

    answer = world.shop.ask(LOG_IN, {"code": world.mini.login("openid-of-li")})

    assert answer.refusals == [("MINI_PROGRAM_MISSING", "channel")]
    assert world.mini.calls == []


def test_takes_the_channels_own_mini_program(world: World) -> None:
    """The same person has another openid there."""
    secret, key_id = seal("secret-of-b")
    WechatMiniProgram.objects.create(
        shop=world.shop.row, channel="b", appid="wxb", secret_sealed=secret, sealed_key_id=key_id
    )
    world.mini.add_app("wxb", "secret-of-b")
    code = world.mini.login("openid-of-li-in-b", appid="wxb")

    answer = world.shop.ask(LOG_IN, {"code": code, "channel": "b"})

    claims = claims_of(answer.payload["token"])
    assert claims["appid"] == "wxb"
    assert claims["openid"] == openid_index("wxb", "openid-of-li-in-b")


@pytest.mark.parametrize("channel", ["x" * 256, "a\x00"])
def test_refuses_what_is_no_channel(world: World, channel: str) -> None:
    with nothing_changes(world):
        answer = world.shop.ask(
            LOG_IN, {"code": world.mini.login("openid-of-li"), "channel": channel}
        )

    assert [field for _, field in answer.refusals] == ["channel"]
