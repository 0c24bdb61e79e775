"""A day's reconciliation, when somebody is away or says no …"""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from saleor_wechat_returns.models import OutboxMessage
from saleor_wechat_returns.usecases.reconciliation import begin
from saleor_wechat_returns.usecases.standing import ask_refusing_shops
from tests import make
from tests.usecases.reconciling import DAY, bought, compared, differences, next_morning
from tests.usecases.wires import Forbidding, wired
from tests.world import MCHID, World


@pytest.mark.parametrize(
    "fault",
    [
        *("bill_creating", "bill_hash_wrong", "bill_cut", "bill_wrong_content"),
        *("bill_download_5xx", "bill_elsewhere", "connect_refused", "http_500"),
        *("timeout_before_accept", "unsigned"),
    ],
)
def test_survives(world: World, fault: str) -> None:
    make.inspected(world.shop, bought(world.shop), {0: 1})
    next_morning(world)
    world.wechat.faults.add(fault, 3)

    run = compared(world.shop, minutes=120)

    assert (differences(run), run.payments) == ([], 1)
    assert not OutboxMessage.objects.filter(done_at=None).exists()
    assert world.wechat.faults.take("GET", "/v3/bill/tradebill") == ""


def test_goes_on_without_the_bill_of_the_account_where_that_is_not_allowed(world: World) -> None:
    bought(world.shop)
    next_morning(world)

    with wired(world, before=Forbidding("GET fund bill")):
        run = compared(world.shop)

    assert (differences(run), run.payments) == ([], 1)
    assert run.remark == "the fund-flow bill is refused: NO_AUTH: "


def test_says_what_holds_it_up(world: World) -> None:
    next_morning(world)
    bought(world.shop)
    world.clock.forward(days=1)

    with wired(world, before=Forbidding("GET trade bill")):
        run = begin(world.shop.row, MCHID, DAY + timedelta(days=1), now=world.clock())
        world.wait(minutes=60)
    run.refresh_from_db()
    assert (run.status, run.latest_error) == ("due", "NO_AUTH: ")

    world.wait(minutes=15)
    run.refresh_from_db()
    assert (run.status, run.latest_error, run.payments) == ("done", "", 1)


def test_is_given_up_once_its_bills_are_gone(world: World) -> None:
    """Else a merchant who may not download bills is asked about one day more each day, for ever."""
    next_morning(world)
    run = begin(world.shop.row, MCHID, DAY, now=world.clock())

    with wired(world, before=Forbidding("GET trade bill")):
        world.wait(minutes=20)
        world.clock.forward(days=90)
        world.wait(minutes=20)
    run.refresh_from_db()

    assert run.status == "due"
    assert run.latest_error == "never compared, and WeChat Pay has no bills of it any more"
    assert not OutboxMessage.objects.filter(subject=run.pk, done_at=None).exists()


def test_reads_saleor_again_when_it_is_back(world: World) -> None:
    bought(world.shop)
    next_morning(world)
    world.shop.saleor.faults.add("http_500", "transaction", times=3)

    run = compared(world.shop, minutes=60)

    assert differences(run) == []
    assert world.shop.saleor.faults.take(["transaction"]) is None


def test_says_that_saleor_will_not_tell(world: World) -> None:
    bought(world.shop)
    next_morning(world)

    with wired(world, before=refuse_to_tell):
        run = begin(world.shop.row, MCHID, DAY, now=world.clock())
        world.wait(minutes=30)
    run.refresh_from_db()
    assert (run.status, run.latest_error) == ("comparing", "GraphQLError: not now")

    world.run(minutes=15)
    run.refresh_from_db()
    assert (run.status, run.latest_error) == ("done", "")


def refuse_to_tell(call: str) -> httpx.Response | None:
    if call != "TransactionTotals":
        return None
    return httpx.Response(200, json={"data": None, "errors": [{"message": "not now"}]})


def test_waits_for_saleor_to_know_the_app_again(world: World) -> None:
    bought(world.shop)
    next_morning(world)
    world.shop.app.is_active = False
    run = begin(world.shop.row, MCHID, DAY, now=world.clock())
    world.run(minutes=5)
    run.refresh_from_db()
    assert (run.status, run.payments, run.latest_error) == ("comparing", 1, "")

    world.shop.app.is_active = True
    ask_refusing_shops()
    world.run()

    run.refresh_from_db()
    assert run.status == "done"


def test_has_nothing_where_a_bill_is_being_made_for_ever(world: World) -> None:
    """The documents leave open which answer a day without trade has."""
    next_morning(world)
    world.clock.forward(days=2)
    world.wechat.faults.add("bill_creating", 2)

    run = compared(world.shop)

    assert (differences(run), run.payments) == ([], 0)


def test_waits_for_a_bill_that_is_being_made_for_ever_where_we_know_of_trade(
    world: World,
) -> None:
    bought(world.shop)
    next_morning(world)
    world.clock.forward(days=2)
    world.wechat.faults.add("bill_creating", 2)

    run = begin(world.shop.row, MCHID, DAY, now=world.clock())
    world.run(minutes=20)
    run.refresh_from_db()
    assert run.status == "due"

    world.run(minutes=50)
    run.refresh_from_db()
    assert (run.status, run.payments) == ("done", 1)
