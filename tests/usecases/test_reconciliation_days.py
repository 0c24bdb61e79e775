"""The clock, each morning, and somebody who cannot wait for it …"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from saleor_wechat_returns import outbox
from saleor_wechat_returns.models import (
    OutboxMessage,
    Reconciliation,
    ShopApp,
    WechatMerchant,
    WechatPayment,
)
from saleor_wechat_returns.tasks import reconcile_days
from saleor_wechat_returns.usecases.reconciliation import (
    RECONCILE,
    begin,
    begin_due_days,
    days_due,
    key_of,
)
from saleor_wechat_returns.wechat.bill_rows import BEIJING
from tests.usecases.reconciling import DAY, bought, next_morning, number_of
from tests.usecases.test_refund_in_bill import assert_recorded, refunded
from tests.world import MCHID, World

SHOP = "https://shop-a.example/graphql/"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def known_since_today(world: World) -> None:
    WechatMerchant.objects.update(created_at=world.clock())


def test_begin_yesterday_once_its_bills_are_made(world: World) -> None:
    known_since_today(world)
    bought(world.shop)
    world.clock.forward(days=1)  # ten o'clock
    assert begin_due_days(now=world.clock()) == 0

    world.clock.forward(minutes=30)
    assert begin_due_days(now=world.clock()) == 2  # a merchant number in two shops
    assert begin_due_days(now=world.clock()) == 0
    world.run()

    runs = Reconciliation.objects.order_by("shop__api_url")
    assert [(run.day, run.status, run.payments, run.others) for run in runs] == [
        (DAY, "done", 1, 0),
        (DAY, "done", 0, 1),
    ]


def test_begin_by_the_task_of_the_clock(world: World) -> None:
    known_since_today(world)
    world.clock.forward(days=1, minutes=30)

    reconcile_days()

    assert Reconciliation.objects.count() == 2


def test_leave_a_shop_alone_whose_saleor_refuses_us(world: World) -> None:
    known_since_today(world)
    world.clock.forward(days=1, minutes=30)
    ShopApp.objects.filter(shop=world.shop.row).update(refused_at=world.clock())

    assert begin_due_days(now=world.clock()) == 1

    assert Reconciliation.objects.get().shop == world.other_shop.row


@pytest.mark.parametrize(
    ("since", "now", "days"),
    [
        ("2026-11-01", "2026-11-23 10:30", [f"2026-11-{day}" for day in range(16, 23)]),
        ("2026-11-01", "2026-11-23 10:29", [f"2026-11-{day}" for day in range(15, 22)]),
        ("2026-11-21 23:59", "2026-11-23 10:30", ["2026-11-21", "2026-11-22"]),
        ("2026-11-23", "2026-11-23 10:30", []),
    ],
)
def test_make_up_for_a_week_and_no_more(since: str, now: str, days: list[str]) -> None:
    assert list(days_due(at(since), at(now))) == [date.fromisoformat(day) for day in days]


def test_look_again_at_a_day_that_has_something_open(world: World) -> None:
    known_since_today(world)
    bought(world.shop)
    WechatPayment.objects.update(amount_fen=1)
    world.clock.forward(days=1, minutes=30)
    begin_due_days(now=world.clock())
    world.run()

    world.clock.forward(days=1)
    begun = begin_due_days(now=world.clock())
    world.run()

    assert begun == 3  # the day after in both shops, and the one with the difference
    run = Reconciliation.objects.get(shop=world.shop.row, day=DAY)
    assert (run.turn, run.status) == (2, "done")


def command(*more: str) -> str:
    said = StringIO()
    call_command("reconcile", "--shop", SHOP, *more, stdout=said)
    return said.getvalue()


def test_hear_that_everything_agrees(world: World) -> None:
    bought(world.shop)
    next_morning(world)

    assert command() == (
        f"{DAY} merchant {MCHID}: 1 payments 410.00, 0 refunds 0.00;"
        " 0 rows of other shops and systems\n"
        "Everything agrees or is explained.\n"
    )
    assert command("--day", str(DAY), "--mchid", MCHID) == command()
    left = OutboxMessage.objects.filter(done_at=None, topic__startswith="reconciliation.")
    assert list(left) == []


def test_see_what_is_open_and_what_to_do(world: World) -> None:
    number = number_of(bought(world.shop))
    WechatPayment.objects.update(amount_fen=40000)
    next_morning(world)
    said = StringIO()

    with pytest.raises(CommandError, match="1 differences are open"):
        call_command("reconcile", "--shop", SHOP, stdout=said)

    _, row, zh, en = said.getvalue().splitlines()
    assert row.split() == [
        *("open", "payment_amount_differs", number),
        *("ours", "400.00,", "theirs", "410.00"),
    ]
    assert zh.strip() == "收款金额不一致:请核对订单与商户平台"
    assert en.strip().startswith("The amounts of the payment differ")


def test_leave_what_must_be_asked_about_to_the_worker(world: World) -> None:
    order = bought(world.shop)
    refunded(world.shop, order)
    next_morning(world)

    with pytest.raises(CommandError, match="1 differences are open"):
        command()
    world.run()

    assert_recorded(world.shop, order)
    assert "taken" in command()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--shop", SHOP, "--day", "2026-11-23"], "up to yesterday"),
        (["--shop", SHOP, "--day", "2026-08-24"], "the last three months"),
        (["--shop", "https://nobody.example/graphql/"], "no shop with the API URL"),
        (["--shop", SHOP, "--mchid", "1"], f"this shop has the merchants {MCHID}"),
    ],
)
def test_are_told_what_is_wrong(world: World, arguments: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("reconcile", *arguments)

    assert Reconciliation.objects.count() == 0


def test_hear_that_the_bill_is_not_made_yet(world: World) -> None:
    world.clock.forward(hours=-1)
    with pytest.raises(CommandError, match="the bill is being made"):
        command("--day", str(DAY - timedelta(days=1)))

    # Nobody has to come back: a worker goes on.
    world.clock.forward(hours=1)
    world.run()
    assert Reconciliation.objects.get().status == "done"


def test_do_not_compare_a_day_twice_at_once(world: World) -> None:
    next_morning(world)
    run = begin(world.shop.row, MCHID, DAY, now=world.clock())

    with outbox.alone(RECONCILE, run.pk, shop=world.shop.row, key=key_of(run)) as alone:
        assert alone
        with pytest.raises(CommandError, match="being compared just now"):
            command()
