"""A WeChat user is tied to a Saleor account by whoever proves to be both at this moment."""

from __future__ import annotations

from functools import partial

import pytest

from saleor_wechat_returns.models import WechatAccount, WechatVisit
from saleor_wechat_returns.usecases.openids import openid_index
from tests import make
from tests.graphql.wechat_logins import LINK, link, log_in, session
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import APPID, World

LIST = "{ returnRequests { edges { node { number } } } }"
OPENID = "openid-of-li"


def ties() -> list[tuple[str, str, str]]:
    return list(WechatAccount.objects.values_list("appid", "openid_index", "user_id"))


def numbers(world: World, token: str) -> list[str]:
    edges = world.shop.ask(LIST, token=token).data["returnRequests"]["edges"]
    return [edge["node"]["number"] for edge in edges]


def test_answers_a_session_of_the_account(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())

    answer = link(shop, OPENID, shop.saleor.user_token(shop.li))

    assert answer.payload["isLinked"] is True
    assert answer.payload["expiresAt"] == "2026-11-23T02:15:00+00:00"
    assert ties() == [(APPID, openid_index(APPID, OPENID), shop.li.id)]
    assert numbers(world, answer.payload["token"]) == [request["number"]]


def test_gives_the_account_to_every_later_session(world: World) -> None:
    shop = world.shop
    order = shop.order()
    link(shop, OPENID, shop.saleor.user_token(shop.li))

    payload = log_in(shop, OPENID)
    wanted = {"input": make.wanted(order), "key": "k"}
    created = shop.ask(make.CREATE, wanted, payload["token"]).request

    assert payload["isLinked"] is True
    assert numbers(world, shop.saleor.user_token(shop.li)) == [created["number"]]


def test_gives_the_account_to_a_session_that_began_before(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    token = session(shop, OPENID)
    assert numbers(world, token) == []

    link(shop, OPENID, shop.saleor.user_token(shop.li))

    assert numbers(world, token) == [request["number"]]


def test_changes_nothing_when_repeated(world: World) -> None:
    shop = world.shop
    link(shop, OPENID, shop.saleor.user_token(shop.li))
    world.clock.forward(minutes=1)

    with nothing_changes(world, but=WechatVisit):
        answer = link(shop, OPENID, shop.saleor.user_token(shop.li))

    assert answer.payload["errors"] == []
    assert answer.payload["isLinked"] is True


def test_moves_to_the_account_proved_last(world: World) -> None:
    """EC57: sessions of before the move are the new account's, too; the old account's stay away."""
    shop = world.shop
    lis = make.requested(shop, shop.order())
    link(shop, OPENID, shop.saleor.user_token(shop.li))
    old_session = session(shop, OPENID)
    assert numbers(world, old_session) == [lis["number"]]

    world.clock.forward(minutes=1)
    answer = link(shop, OPENID, shop.saleor.user_token(shop.wang))

    assert answer.payload["isLinked"] is True
    assert ties() == [(APPID, openid_index(APPID, OPENID), shop.wang.id)]
    assert WechatAccount.objects.get().linked_at == world.clock.now
    assert numbers(world, old_session) == []
    assert numbers(world, answer.payload["token"]) == []


def test_after_a_move_keeps_to_the_person_what_the_person_asked_for(world: World) -> None:
    """Whoever asked by this WeChat log-in still holds it; the account asked, too."""
    shop = world.shop
    order = shop.order()
    link(shop, OPENID, shop.saleor.user_token(shop.li))
    wanted = {"input": make.wanted(order), "key": "k"}
    created = shop.ask(make.CREATE, wanted, session(shop, OPENID)).request

    link(shop, OPENID, shop.saleor.user_token(shop.wang))

    assert numbers(world, session(shop, OPENID)) == [created["number"]]
    assert numbers(world, shop.saleor.user_token(shop.li)) == [created["number"]]
    assert numbers(world, shop.saleor.user_token(shop.wang)) == []


def test_says_of_a_move_nothing_personal(world: World, caplog: pytest.LogCaptureFixture) -> None:
    shop = world.shop
    link(shop, OPENID, shop.saleor.user_token(shop.li))
    caplog.clear()

    link(shop, OPENID, shop.saleor.user_token(shop.wang))

    (line,) = [r.getMessage() for r in caplog.records if "wechat_account" in r.getMessage()]
    assert "'has_moved': True" in line
    for secret in (OPENID, openid_index(APPID, OPENID), shop.li.id, shop.wang.id):
        assert secret not in line


def test_ties_several_wechat_users_to_one_account(world: World) -> None:
    shop = world.shop
    for openid in ("one", "two"):
        link(shop, openid, shop.saleor.user_token(shop.li))

    assert [user for _, _, user in ties()] == [shop.li.id, shop.li.id]


def test_is_of_one_shop(world: World) -> None:
    shop = world.shop
    link(shop, OPENID, shop.saleor.user_token(shop.li))

    assert log_in(world.other_shop, OPENID)["isLinked"] is False


def test_of_two_at_the_same_moment_is_one_tie(world: World) -> None:
    shop = world.shop
    people = [shop.li, shop.wang, shop.li, shop.wang]
    calls = [partial(link, shop, OPENID, shop.saleor.user_token(person)) for person in people]

    answers = together(calls)

    assert [answer.payload["errors"] for answer in answers] == [[]] * 4
    assert len(ties()) == 1


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("staff", "FORBIDDEN"),
        ("a session", "ACCOUNT_LOGIN_NEEDED"),
        ("a linked session", "ACCOUNT_LOGIN_NEEDED"),
        ("nobody", "UNAUTHENTICATED"),
    ],
)
def test_is_refused_to(world: World, who: str, refusal: str) -> None:
    """A session would only prove what it was made of, and could tie others to the account."""
    shop = world.shop
    link(shop, "another", shop.saleor.user_token(shop.li))
    token = {
        "staff": shop.saleor.dashboard_token(shop.clerk, shop.app),
        "a session": session(shop, OPENID),
        "a linked session": session(shop, "another"),
        "nobody": "",
    }[who]

    with nothing_changes(world):
        answer = link(shop, OPENID, token)

    assert answer.refusals == [(refusal, None)]


def test_needs_a_code_that_is_good(world: World) -> None:
    token = world.shop.saleor.user_token(world.shop.li)

    with nothing_changes(world):
        answer = world.shop.ask(LINK, {"code": "unknown"}, token)

    assert answer.refusals == [("WECHAT_CODE_INVALID", "code")]


def test_is_not_made_when_the_answer_is_lost(world: World) -> None:
    world.mini.faults.add("timeout_after_accept")

    with nothing_changes(world):
        answer = link(world.shop, OPENID, world.shop.saleor.user_token(world.shop.li))

    assert answer.refusals == [("WECHAT_UNAVAILABLE", "code")]
