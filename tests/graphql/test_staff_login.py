"""Staff with the token of their log-in, as a gateway passes it on …

It names no permissions: Saleor is asked for them, and each time anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from saleor_wechat_returns import outgoing
from saleor_wechat_returns.models import ReturnEvent
from tests import make
from tests.usecases.transports import answering
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, NobodyThere, TestShop, World

LIST = "{ returnRequests { edges { node { number } } } }"


def log_in(shop: TestShop) -> str:
    return shop.saleor.user_token(shop.clerk)


def code_of(answer: Answer) -> str:
    """Of the one error, wherever it stands."""
    errors = answer.body.get("errors") or []
    if not errors:
        (payload,) = answer.data.values()
        assert payload["returnRequest"] is None
        return str([code for code, _ in answer.refusals])
    assert answer.body["data"] is None
    return str([error["extensions"]["code"] for error in errors])


def test_see_the_shops_returns(world: World) -> None:
    shop = world.shop
    made = make.requested(shop, shop.order())
    make.requested(world.other_shop, world.other_shop.order())

    answer = shop.ask(LIST, token=log_in(shop))

    assert answer.data == {"returnRequests": {"edges": [{"node": {"number": made["number"]}}]}}


def test_act_under_their_own_name(world: World) -> None:
    shop = world.shop
    made = make.requested(shop, shop.order())

    answer = shop.ask(make.APPROVE, {"id": made["id"], "version": 1}, log_in(shop))

    assert answer.request["status"] == "APPROVED"
    event = ReturnEvent.objects.order_by("-id")[0]
    assert (event.actor, event.actor_id) == ("staff", shop.clerk.id)


def test_may_nothing_a_moment_after_they_lost_the_permission(world: World) -> None:
    """EC56: the token stays good for minutes, so nothing is remembered of it."""
    shop = world.shop
    made = make.requested(shop, shop.order())
    token = log_in(shop)
    assert shop.ask(LIST, token=token).data["returnRequests"]["edges"]
    shop.clerk.permissions = frozenset({"MANAGE_PRODUCTS"})

    with nothing_changes(world, permissions=2):
        approved = shop.ask(make.APPROVE, {"id": made["id"], "version": 1}, token)
        listed = shop.ask(LIST, token=token)

    assert code_of(approved) == "['FORBIDDEN']"
    assert code_of(listed) == "['FORBIDDEN']"


def test_move_no_money_once_they_lost_the_permission(world: World) -> None:
    """EC56, between looking at the parcel and accepting it."""
    shop = world.shop
    order = shop.order()
    received = make.received(shop, order)
    token = log_in(shop)
    lines = [{"orderLineId": order.lines[0].id, "acceptedQuantity": 1}]
    accept = {"id": received["id"], "version": received["version"], "lines": lines}
    shop.clerk.permissions = frozenset()

    with nothing_changes(world, permissions=1):
        answer = shop.ask(make.INSPECT, accept, token)
    shop.clerk.permissions = frozenset({"MANAGE_ORDERS"})
    again = shop.ask(make.INSPECT, accept, token)

    assert code_of(answer) == "['FORBIDDEN']"
    assert again.request["status"] == "REFUNDING"


def demoted(shop: TestShop) -> None:
    shop.clerk.is_staff = False


def without_permissions(shop: TestShop) -> None:
    shop.clerk.permissions = frozenset()


def deactivated(shop: TestShop) -> None:
    shop.clerk.is_active = False


def logged_out(shop: TestShop) -> None:
    shop.saleor.revoke_tokens(shop.clerk)


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (without_permissions, "FORBIDDEN"),
        (demoted, "FORBIDDEN"),
        (deactivated, "UNAUTHENTICATED"),
        (logged_out, "UNAUTHENTICATED"),
    ],
)
def test_may_nothing_once_they_are(
    world: World, happens: Callable[[TestShop], None], code: str
) -> None:
    """EC56, by a token that was signed before."""
    shop = world.shop
    token = log_in(shop)
    happens(shop)

    with nothing_changes(world, permissions=1):
        answer = shop.ask(LIST, token=token)

    assert code_of(answer) == f"['{code}']"


@pytest.mark.parametrize(
    "fault", ["timeout_before", "timeout_after_accept", "http_500", "http_500_after_accept"]
)
def test_are_asked_to_come_again_while_saleor_does_not_say(world: World, fault: str) -> None:
    """Neither staff nor refused: nobody knows."""
    shop = world.shop
    made = make.requested(shop, shop.order())
    approve = {"id": made["id"], "version": 1}
    token = log_in(shop)
    shop.saleor.faults.add(fault, "me", times=2)
    answered = 1 if fault.endswith("_after_accept") else 0

    with nothing_changes(world, permissions=2 * answered):
        listed = shop.ask(LIST, token=token)
        approved = shop.ask(make.APPROVE, approve, token)
    again = shop.ask(make.APPROVE, approve, token)

    assert (listed.status, code_of(listed)) == (200, "['PERMISSIONS_UNKNOWN']")
    assert code_of(approved) == "['PERMISSIONS_UNKNOWN']"
    assert again.request["status"] == "APPROVED"


NOBODYS = '{"data": {"me": null}}'
ANOTHERS = """{"data": {"me": {"id": "VXNlcjo5OQ==", "isStaff": true,
  "userPermissions": [{"code": "MANAGE_ORDERS"}]}}}"""
PERMISSIONLESS = '{"data": {"me": {"id": "%s", "isStaff": true, "userPermissions": null}}}'


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (NOBODYS, "UNAUTHENTICATED"),
        (ANOTHERS, "UNAUTHENTICATED"),
        (PERMISSIONLESS, "FORBIDDEN"),
        ("<html>", "PERMISSIONS_UNKNOWN"),
        ("[]", "PERMISSIONS_UNKNOWN"),
        ('{"data": {}}', "PERMISSIONS_UNKNOWN"),
        ('{"data": {"me": [1]}}', "PERMISSIONS_UNKNOWN"),
        ('{"errors": [{"message": "Cannot query field me"}]}', "PERMISSIONS_UNKNOWN"),
    ],
)
def test_are_not_let_in_by_a_strange_answer(world: World, page: str, code: str) -> None:
    shop = world.shop
    content = page.replace("%s", shop.clerk.id).encode()

    with answering(shop, httpx.Response(200, content=content)), nothing_changes(world):
        answer = shop.ask(LIST, token=log_in(shop))

    assert code_of(answer) == f"['{code}']"


UNASKED: dict[str, Callable[[TestShop], str]] = {
    "expired": lambda s: s.saleor.user_token(s.clerk, lifetime=timedelta(minutes=-1)),
    "another issuer's": lambda s: s.saleor.user_token(s.clerk, iss="https://evil.example/graphql/"),
    "the other shop's": lambda s: s.world.other_shop.saleor.user_token(s.world.other_shop.clerk),
}


@pytest.mark.parametrize("token", UNASKED.values(), ids=UNASKED.keys())
def test_are_nobody_without_a_question_if_the_token_is(
    world: World, token: Callable[[TestShop], str]
) -> None:
    """It is sent nowhere: least of all to an issuer that it names itself."""
    with nothing_changes(world):
        answer = world.shop.ask(LIST, token=token(world.shop))

    assert code_of(answer) == "['UNAUTHENTICATED']"


def test_are_asked_about_with_their_own_token_and_no_other(world: World) -> None:
    """Our app's token could not say what they may do."""
    shop = world.shop
    token, sent = log_in(shop), []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append((request.method, request.headers.get("Authorization")))
        return shop.saleor.transport.handle_request(request)

    mounts: dict[str, httpx.BaseTransport | None] = {
        "all://shop-a.example": httpx.MockTransport(handle),
        "all://": NobodyThere(),
    }
    with outgoing.mounted(mounts):
        shop.ask(LIST, token=token)

    assert sent == [("GET", None), ("POST", f"Bearer {token}")]


def test_read_what_everybody_may_although_saleor_is_away(world: World) -> None:
    shop = world.shop
    shop.saleor.faults.add("timeout_before", "me")

    answer = shop.ask("{ _service { sdl } }", token=log_in(shop))

    assert "returnRequests" in answer.data["_service"]["sdl"]
