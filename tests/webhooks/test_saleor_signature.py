"""A webhook of Saleor's is heard only if …"""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
from django.db import OperationalError, connection

from saleor_wechat_returns.saleor import tokens
from tests.usecases.paid_once import assert_paid_once
from tests.usecases.unchanged import nothing_changes
from tests.usecases.wires import wired
from tests.webhooks.saleor_posts import REFUND_REQUESTED, changed, post, refund_asked
from tests.world import World


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Below 500 Saleor reads the body, whatever the status: it must say that the refund failed."""
    body = answer.json()
    assert set(body) == {"pspReference", "result", "message"}
    assert body["result"] == "REFUND_FAILURE"
    return answer.status_code, body["message"]


def test_it_is_signed(world: World) -> None:
    _, _, event = refund_asked(world.shop)

    with nothing_changes(world):
        for signature in ("", "x", "a.b.c", "a..c", "e30..e30", "." * 5000):
            answer = post(world.shop, event, Saleor_Signature=signature)
            assert refusal(answer) == (401, "Nothing was paid: bad signature.")


def test_its_body_was_not_touched(world: World) -> None:
    _, _, event = refund_asked(world.shop)
    body = json.dumps(event).encode()
    signature = world.shop.saleor.keys.sign_payload(body)

    with nothing_changes(world):
        answer = post(world.shop, body.replace(b"199.0", b"199.00"), Saleor_Signature=signature)

    assert refusal(answer) == (401, "Nothing was paid: bad signature.")


def test_the_shop_it_names_signed_it(world: World) -> None:
    _, _, event = refund_asked(world.shop)

    with nothing_changes(world):
        answer = post(world.shop, event, signed_by=world.other_shop)

    assert refusal(answer) == (401, "Nothing was paid: bad signature.")


def test_it_names_the_shop_that_signed_it(world: World) -> None:
    _, _, event = refund_asked(world.shop)
    other = world.other_shop.saleor.world.api_url

    with nothing_changes(world):
        answer = post(world.shop, event, Saleor_Api_Url=other)

    assert refusal(answer) == (401, "Nothing was paid: bad signature.")


@pytest.mark.parametrize(
    "api_url", ["", "https://shop-c.example/graphql/", "https://shop-a.example"]
)
def test_the_shop_is_installed(world: World, api_url: str) -> None:
    _, _, event = refund_asked(world.shop)

    with nothing_changes(world):
        answer = post(world.shop, event, Saleor_Api_Url=api_url)

    assert refusal(answer) == (404, "Nothing was paid: unknown shop.")


def test_it_is_meant_for_our_app(world: World) -> None:
    _, _, event = refund_asked(world.shop)
    neighbour = world.shop.saleor.add_app("neighbour", {"MANAGE_ORDERS"})

    with nothing_changes(world):
        answer = post(world.shop, changed(event, "recipient.id", neighbour.id))

    assert refusal(answer) == (403, "Nothing was paid: meant for another app.")


@pytest.mark.parametrize("minutes", [-29, 29])
def test_its_clock_and_ours_differ_by_less_than_half_an_hour(world: World, minutes: int) -> None:
    _, request, event = refund_asked(world.shop)
    issued_at = (world.clock.now + timedelta(minutes=minutes)).isoformat()

    answer = post(world.shop, changed(event, "issuedAt", issued_at))

    assert answer.json() == {"pspReference": f"{request['number']}-1-1"}


@pytest.mark.parametrize("minutes", [-31, 31])
def test_it_is_not_older_or_newer_than_that(world: World, minutes: int) -> None:
    order, request, event = refund_asked(world.shop)
    issued_at = (world.clock.now + timedelta(minutes=minutes)).isoformat()

    with nothing_changes(world):
        answer = post(world.shop, changed(event, "issuedAt", issued_at))

    assert refusal(answer) == (400, "Nothing was paid: out of date.")
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def test_it_was_late_and_saleor_asks_anew(world: World) -> None:
    order, request, _ = refund_asked(world.shop)
    world.clock.forward(minutes=31)

    world.run(minutes=60)

    assert_paid_once(world.shop, order, request, 19900)
    asked = world.shop.saleor.calls_of("transactionRequestRefundForGrantedRefund")
    assert len(asked) == 2


def test_it_is_not_huge(world: World) -> None:
    _, _, event = refund_asked(world.shop)

    with nothing_changes(world):
        answer = post(world.shop, changed(event, "version", "x" * 256 * 1024))

    assert refusal(answer) == (413, "Nothing was paid: too large.")


def test_it_is_posted(world: World) -> None:
    assert world.us.get("/saleor/refund-requested/").status_code == 405


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_keys_can_be_had(world: World, when: str) -> None:
    order, request, event = refund_asked(world.shop)
    tokens.keys.forget()

    def break_down(call: str) -> None:
        raise httpx.ReadTimeout(call)

    with wired(world, **{when: break_down}), nothing_changes(world):
        answer = post(world.shop, event)

    # Not a word that ends Saleor's delivery for good.
    assert refusal(answer) == (503, "Nothing was paid: keys unreachable.")
    world.run()
    assert_paid_once(world.shop, order, request, 19900)


def test_the_database_can_be_asked(world: World) -> None:
    order, request, _ = refund_asked(world.shop)

    def break_down(*_: object) -> None:
        raise OperationalError("the database is away")

    with connection.execute_wrapper(break_down):
        world.shop.saleor.deliver_due()

    delivery = world.shop.saleor.delivered(REFUND_REQUESTED)[-1]
    assert [attempt.status_code for attempt in delivery.attempts] == [500]
    world.run()
    # Saleor's repeat has lost the body; our refusal ends it, and the refund is asked for anew.
    assert [attempt.status_code for attempt in delivery.attempts] == [500, 400]
    assert len(world.shop.saleor.delivered(REFUND_REQUESTED)) == 2
    assert_paid_once(world.shop, order, request, 19900)
