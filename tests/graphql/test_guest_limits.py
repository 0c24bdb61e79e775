"""Guessing number and phone: slowed down by counting, whoever guesses and from wherever."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
from pytest_django import Settings

from saleor_wechat_returns.models import CountedTry
from tests.graphql.guests import BEGIN, PHONE, begin, guest_order
from tests.graphql.wechat_logins import session
from tests.usecases.together import together
from tests.usecases.transports import watched
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

LIMITED = [("RATE_LIMITED", None)]
NOT_FOUND = [("NOT_FOUND", None)]


_phones = itertools.count(13900000000)


def guess(world: World, number: str, *, phone: str = "", at: str = "", heard: str = "") -> Answer:
    """A wrong phone, each time another; `at`: the neighbour, `heard`: X-Forwarded-For."""
    headers = {"X-Forwarded-For": heard} if heard else {}
    body = {"query": BEGIN, "variables": {"number": number, "phone": phone or str(next(_phones))}}
    us, path = world.us, f"/s/{world.shop.row.key}/graphql/"
    if at:
        us._transport.remote_addr = at  # type: ignore[attr-defined]
    response = us.post(path, json=body, headers=headers)
    return Answer(response.status_code, response.json())


def test_takes_five_tries_an_hour_at_one_order(world: World) -> None:
    order = guest_order(world.shop)
    for _ in range(5):
        assert guess(world, order.number).refusals == NOT_FOUND

    with nothing_changes(world), watched(world.shop) as sent:
        answer = begin(world.shop, order.number, PHONE)

    assert answer.refusals == LIMITED
    assert answer.payload["token"] is None
    assert sent == []


def test_is_the_same_at_an_order_that_is_not_there(world: World) -> None:
    answers = [guess(world, "987654").refusals for _ in range(6)]

    assert answers == [NOT_FOUND] * 5 + [LIMITED]


def test_is_counted_however_the_number_is_written(world: World) -> None:
    answers = [guess(world, number).refusals for number in ("7", "#7", " 7", "7 ", "#7 ", "7")]

    assert answers == [NOT_FOUND] * 5 + [LIMITED]


def test_counts_tries_that_were_right(world: World) -> None:
    order = guest_order(world.shop)

    codes = [begin(world.shop, order.number).refusals for _ in range(6)]

    assert codes == [[]] * 5 + [LIMITED]


def test_is_forgiven_after_an_hour(world: World) -> None:
    order = guest_order(world.shop)
    for _ in range(6):
        guess(world, order.number)

    world.clock.forward(hours=1, seconds=-1)
    assert begin(world.shop, order.number).refusals == LIMITED
    world.clock.forward(seconds=1)
    assert begin(world.shop, order.number).payload["orderId"] == order.id


def test_is_forgiven_after_an_hour_even_if_it_goes_on(world: World) -> None:
    """What was refused does not count: nobody keeps a guest out for ever by hammering."""
    order = guest_order(world.shop)
    for _ in range(13):
        guess(world, order.number)
        world.clock.forward(minutes=5)

    assert begin(world.shop, order.number).payload["orderId"] == order.id


def test_takes_twenty_tries_an_hour_from_one_address(world: World) -> None:
    answers = [guess(world, str(n)).refusals for n in range(21)]

    assert answers == [NOT_FOUND] * 20 + [LIMITED]
    assert guess(world, "99", at="10.0.0.9").refusals == NOT_FOUND


def test_takes_twenty_tries_an_hour_from_one_wechat_user(world: World) -> None:
    token = session(world.shop, "openid-of-a-guesser")
    for n in range(20):
        world.us._transport.remote_addr = f"10.0.0.{n}"  # type: ignore[attr-defined]
        assert begin(world.shop, str(n), f"139{n:08}", token=token).refusals == NOT_FOUND

    assert begin(world.shop, "99", token=token).refusals == LIMITED
    assert begin(world.shop, "99").refusals == NOT_FOUND


def test_is_counted_in_each_shop_alone(world: World) -> None:
    for _ in range(5):
        guess(world, "7")

    assert begin(world.other_shop, "7").refusals == NOT_FOUND


def test_of_many_at_the_same_moment_lets_no_more_through(world: World) -> None:
    order = guest_order(world.shop)

    with watched(world.shop) as sent:
        answers = together([partial(begin, world.shop, order.number, "13900000000")] * 10)

    let_through = [answer for answer in answers if answer.refusals == NOT_FOUND]
    assert len(let_through) <= 5
    assert len(sent) == len(let_through)
    assert CountedTry.objects.count() == 4 * len(let_through)


def test_is_counted_although_saleor_is_away(world: World) -> None:
    """The try is written first: cutting the wire afterwards wins nothing."""
    order = guest_order(world.shop)
    world.shop.saleor.faults.add("timeout_before", "orders", times=5)
    for _ in range(5):
        assert begin(world.shop, order.number).refusals == [("SALEOR_UNAVAILABLE", None)]

    assert begin(world.shop, order.number).refusals == LIMITED


INVENTED = [f"203.0.113.{n}" for n in range(21)]


def test_believes_no_header_unless_proxies_are_ours(world: World) -> None:
    answers = [guess(world, str(n), heard=INVENTED[n]).refusals for n in range(21)]

    assert answers == [NOT_FOUND] * 20 + [LIMITED]


@pytest.mark.parametrize(("proxies", "appended"), [(1, "198.51.100.7"), (2, "198.51.100.7, 10.1")])
def test_behind_proxies_counts_by_what_ours_appended(
    world: World, settings: Settings, proxies: int, appended: str
) -> None:
    """What stands left of it came with the call, and changes with every guess."""
    settings.TRUSTED_PROXY_COUNT = proxies

    answers = [
        guess(world, str(n), heard=f"{INVENTED[n]}, {INVENTED[n]}, {appended}").refusals
        for n in range(21)
    ]

    assert answers == [NOT_FOUND] * 20 + [LIMITED]


def test_behind_proxies_tells_callers_apart(world: World, settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1

    answers = [guess(world, str(n), heard=INVENTED[n]).refusals for n in range(21)]

    assert answers == [NOT_FOUND] * 21


@pytest.mark.parametrize("written", ["198.51.100.7:{port}", "[2001:db8:0:1::7]:{port}"])
def test_behind_proxies_counts_by_address_though_ports_are_appended(
    world: World, settings: Settings, written: str
) -> None:
    """Some proxies append the port too, which is another with every connection."""
    settings.TRUSTED_PROXY_COUNT = 1

    answers = [
        guess(world, str(n), heard=written.format(port=40000 + n)).refusals for n in range(21)
    ]

    assert answers == [NOT_FOUND] * 20 + [LIMITED]


@pytest.mark.parametrize("heard", ["", "203.0.113.1"])
def test_behind_proxies_counts_the_neighbour_if_the_header_is_short(
    world: World, settings: Settings, heard: str
) -> None:
    """Somebody went around the proxies."""
    settings.TRUSTED_PROXY_COUNT = 2

    answers = [guess(world, str(n), heard=heard).refusals for n in range(21)]

    assert answers == [NOT_FOUND] * 20 + [LIMITED]


def test_counts_a_household_of_ipv6_as_one(world: World) -> None:
    answers = [guess(world, str(n), at=f"2001:db8:0:1::{n}").refusals for n in range(21)]

    assert answers == [NOT_FOUND] * 20 + [LIMITED]
    assert guess(world, "99", at="2001:db8:0:2::1").refusals == NOT_FOUND


ADDRESSES = [f"10.{n // 250}.{n % 250}.1" for n in range(1000)]


def test_from_a_thousand_addresses_takes_five_tries_at_one_order(
    world: World, settings: Settings
) -> None:
    """EC57: a thousand proxies guess one order's phone, each with its own address."""
    settings.TRUSTED_PROXY_COUNT = 1
    order = guest_order(world.shop)

    with watched(world.shop) as sent:
        answers = [guess(world, order.number, heard=at).refusals for at in ADDRESSES]

    assert answers == [NOT_FOUND] * 5 + [LIMITED] * 995
    assert len(sent) == 5


def test_from_a_thousand_addresses_takes_five_tries_at_one_phone(
    world: World, settings: Settings
) -> None:
    """EC57: order numbers are counted up, so whoever knows a phone would find its order."""
    settings.TRUSTED_PROXY_COUNT = 1
    phones = ["13800138000", "+86 138 0013 8000"]

    with watched(world.shop) as sent:
        answers = [
            guess(world, str(n), phone=phones[n % 2], heard=at).refusals
            for n, at in enumerate(ADDRESSES)
        ]

    assert answers == [NOT_FOUND] * 5 + [LIMITED] * 995
    assert len(sent) == 5


def test_from_many_addresses_takes_no_more_than_a_shop_takes(
    world: World, settings: Settings
) -> None:
    """EC57: each try another order, phone and address."""
    settings.TRUSTED_PROXY_COUNT, settings.GUEST_TRIES_PER_HOUR = 1, 30

    answers = [guess(world, str(n), heard=ADDRESSES[n]).refusals for n in range(40)]

    assert answers == [NOT_FOUND] * 30 + [LIMITED] * 10
    assert begin(world.other_shop, "7").refusals == NOT_FOUND


def test_by_strangers_keeps_nobody_out_who_logged_in_with_wechat(
    world: World, settings: Settings
) -> None:
    """EC57: the real guest has an answer, and gets in, while the guessing goes on."""
    settings.TRUSTED_PROXY_COUNT, settings.GUEST_TRIES_PER_HOUR = 1, 30
    order = guest_order(world.shop)
    for at in ADDRESSES[:40]:
        guess(world, order.number, heard=at)
        guess(world, str(at), phone=PHONE, heard=at)
    told = begin(world.shop, order.number).payload["errors"]
    assert [(error["code"], error["field"]) for error in told] == LIMITED

    inside = begin(world.shop, order.number, token=session(world.shop, "openid-of-the-guest"))

    assert inside.payload["orderId"] == order.id
    world.clock.forward(hours=1)
    assert begin(world.shop, order.number).payload["orderId"] == order.id
