"""Recorded on Saleor 3.21 and 3.22: the same races, the same late report, the same open order."""

import re
from collections.abc import Callable

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import Address
from tests.contracts import recordings
from tests.contracts.recordings import RETURNS, Lab
from tests.contracts.test_sandbox_saleor_lab import (
    RETURN,
    Step,
    Story,
    answer_by,
    answer_with,
    before_refunds,
    before_shipping,
    deliver,
    do,
    grant,
    in_parallel,
    numbered_id,
    play,
    report,
    request_refund,
    ship,
    tell,
)


def _known_by_its_token(name: str) -> Step:
    """The app had another token in that shop."""

    def act(lab: Lab) -> None:
        lab.app(RETURNS).auth_token = recordings.load(name).bearer or ""

    return do(act)


def _too_late(lab: Lab) -> httpx.Response:
    lab.clock.advance(18.4)
    return httpx.Response(200, json={"pspReference": "slow-1"})


def _references_are_arbitrary(lab: Lab) -> None:
    lab.same.opaque = re.compile(r"^cc-\d+$")


def _live_somewhere(lab: Lab) -> None:
    address_id = lab.shop.world.ids.numbered("Address")
    lab.shop.world.orders[-1].shipping_address = Address(address_id, phone="+8613800138000")


def _give_back(lab: Lab) -> None:
    order = lab.shop.world.orders[-1]
    (shipped,) = order.fulfillments
    line = {"fulfillmentLineId": shipped.lines[0].id, "quantity": 2}
    lab.call(RETURN, {"o": order.id, "i": {"fulfillmentLines": [line]}})


def four_requests_at_once(version: str) -> Story:
    name = f"{version}/79-"
    return [
        before_refunds(name),
        _known_by_its_token(name),
        grant(name),
        do(_references_are_arbitrary),
        *[answer_with({"pspReference": f"cc-{number}"}) for number in range(4)],
        in_parallel(4, request_refund(1)),
        deliver,
        play(f"{name}order-after-concurrent-requests"),
    ]


def an_answer_that_came_too_late(version: str) -> Story:
    name = f"{version}/72-"
    return [
        before_refunds(name),
        _known_by_its_token(name),
        grant(name),
        answer_by(_too_late),
        request_refund(5),
        deliver,
        report(name, "REFUND_SUCCESS", "slow-1", "99.90"),
        play(f"{name}order-after-late-report"),
        do(_live_somewhere),
        play(f"{version}/223-anonymous-order-by-id"),
    ]


def three_returns_at_once(version: str) -> Story:
    name = f"{version}/158-"
    return [
        before_shipping(name),
        _known_by_its_token(name),
        ship(name, numbered_id("Fulfillment", 1), {0: 2}),
        in_parallel(3, do(_give_back)),
        play(f"{name}order-after-concurrent-returns"),
    ]


STORIES = [four_requests_at_once, an_answer_that_came_too_late, three_returns_at_once]


@pytest.mark.parametrize("version", ["3.21", "3.22"])
@pytest.mark.parametrize("story", STORIES)
def test_story(story: Callable[[str], Story], version: str) -> None:
    tell(story(version), version)
