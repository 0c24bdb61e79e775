"""The doctor looks at a shop and its Saleor: it finds …"""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from saleor_wechat_returns import clock
from saleor_wechat_returns.models import Refund, ShopApp, WechatMerchant
from saleor_wechat_returns.sandbox.saleor import FaultKind
from saleor_wechat_returns.sandbox.saleor.channel import Channel
from saleor_wechat_returns.tasks import migrate_shops, show_life
from saleor_wechat_returns.usecases.doctor import Code
from saleor_wechat_returns.usecases.reconciliation import begin
from tests import make
from tests.usecases import cashier
from tests.usecases.consulting import Consultation, answered_by, consult, set_up_well
from tests.usecases.reconciling import DAY, bought, compared, next_morning
from tests.world import MCHID, World


@pytest.fixture
def healthy(world: World, settings: Any) -> World:
    set_up_well(world, settings)
    return world


def bad(found: Consultation) -> list[str]:
    """Codes of what is not in order in the first shop; nothing else may be wrong."""
    assert {host for _, _, host in found.bad()} <= {"shop-a.example"}
    return [code for _, code, _ in found.bad()]


def test_refunds_by_how_long_they_have_been_owed(healthy: World) -> None:
    request = make.inspected(healthy.shop, healthy.shop.order())
    seen = []
    for days in (1, 4, 8):
        Refund.objects.update(created_at=healthy.clock.now - timedelta(days=days))
        found = consult()
        code = next(c for c in found.codes() if c.startswith("REFUNDS_"))
        seen.append((code, found.of(Code[code])["en"]))

    number = f"{request['number']}-1"
    assert seen == [
        ("REFUNDS_UNDER_WAY", "1 refunds under way, the oldest for 24 h"),
        ("REFUNDS_OLD", f"1 refunds are not paid, {number} for 4 d: To be started"),
        ("REFUNDS_OVERDUE", f"1 refunds are not paid, {number} for 8 d: To be started"),
    ]


def test_no_refund_once_it_is_paid(healthy: World) -> None:
    make.inspected(healthy.shop, healthy.shop.order())
    healthy.run()
    show_life()

    assert consult().bad() == []


def test_tasks_that_wait_for_staff(healthy: World) -> None:
    healthy.wechat.faults.add("not_enough", 9)
    make.inspected(healthy.shop, healthy.shop.order())
    healthy.run(minutes=1)
    show_life()

    found = consult()

    assert bad(found) == ["TASKS_OPEN"]
    assert "1 tasks wait for staff" in found.of(Code.TASKS_OPEN)["en"]
    assert found.of(Code.TASKS_OPEN)["en"].endswith("BALANCE_TOO_LOW × 1")


def test_what_a_days_bills_disagree_with(healthy: World) -> None:
    order = bought(healthy.shop)
    cashier.book_refund_made_elsewhere(healthy.shop, order.transactions[0], "50.00", "cash")
    next_morning(healthy)
    compared(healthy.shop)
    show_life()

    found = consult()

    assert bad(found) == ["DIFFERENCES_OPEN"]
    assert found.of(Code.DIFFERENCES_OPEN)["en"].endswith("SALEOR_REFUNDED_MORE × 1")


def test_a_day_that_is_still_not_compared(healthy: World) -> None:
    bought(healthy.shop)
    next_morning(healthy)
    healthy.wechat.faults.add("bill_creating", times=99)
    begin(healthy.shop.row, MCHID, DAY, now=healthy.clock())
    healthy.run(minutes=10)
    show_life()
    assert bad(consult()) == []

    healthy.clock.forward(days=2)
    healthy.run(minutes=1)
    show_life()
    found = consult()

    assert bad(found) == ["RECONCILIATION_LATE"]
    assert found.of(Code.RECONCILIATION_LATE)["en"].endswith(f"the oldest {DAY}: no bill yet")


def test_that_its_saleor_has_deactivated_the_app(healthy: World) -> None:
    """… and asks about nothing else of it, but still about WeChat."""
    healthy.shop.app.is_active = False

    found = consult()

    assert bad(found) == ["APP_REFUSED"]
    of_the_shop = [it["code"] for it in found.findings if "shop-a" in it["shop"]]
    assert "PERMISSIONS" not in of_the_shop
    assert "MERCHANT" in of_the_shop
    assert ShopApp.objects.get(shop=healthy.shop.row).refused_at is None


def test_that_a_saleor_which_still_shows_it_has_deactivated_the_app(healthy: World) -> None:
    """Measured Saleors take its token for nobody's; one that did not would say so."""
    app = {"id": "QXBwOjE=", "isActive": False, "permissions": []}
    data = {"app": app, "shop": {"schemaVersion": "3.23"}}

    with answered_by(healthy, "shop-a.example", httpx.Response(200, json={"data": data})):
        found = consult()

    assert "APP_REFUSED" in bad(found)
    assert found.of(Code.APP_REFUSED)["en"].endswith(": deactivated")


def test_since_when_a_shop_is_paused(healthy: World) -> None:
    healthy.shop.app.is_active = False
    healthy.shop.as_li(make.RETURNABLE, order=healthy.shop.order().id)

    assert "(paused since 2026-11-23 " in consult().of(Code.APP_REFUSED)["en"]


def test_that_a_paused_shop_is_known_again(healthy: World) -> None:
    healthy.shop.app.is_active = False
    healthy.shop.as_li(make.RETURNABLE, order=healthy.shop.order().id)
    healthy.shop.app.is_active = True

    assert bad(consult()) == ["APP_BACK"]


@pytest.mark.parametrize(
    "kind", [FaultKind.TIMEOUT_BEFORE, FaultKind.TIMEOUT_AFTER_ACCEPT, FaultKind.HTTP_500]
)
def test_that_its_saleor_gives_no_answer(healthy: World, kind: FaultKind) -> None:
    healthy.shop.saleor.faults.add(kind, "app")

    assert bad(consult()) == ["SALEOR_AWAY"]


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(200, html="<h1>Hello</h1>"),
        httpx.Response(200, json={"data": {"app": {"id": 1}}}),
        httpx.Response(200, json={"data": {"app": [], "shop": None}}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example/"}),
    ],
)
def test_that_no_saleor_answers_there(healthy: World, page: httpx.Response) -> None:
    with answered_by(healthy, "shop-a.example", page):
        found = consult()

    assert bad(found) == ["SALEOR_AWAY", "KEYS_UNREADABLE", "CLOCK_UNKNOWN"]


@pytest.mark.parametrize("field", ["channels", "app"])
def test_what_of_its_saleor_was_not_answered(healthy: World, field: str) -> None:
    """The first answer, to who we are, comes; a later one does not."""
    healthy.shop.saleor.faults.add(FaultKind.SLOW, "app")  # used up by the first question
    healthy.shop.saleor.faults.add(FaultKind.HTTP_500, field)

    found = consult()

    assert bad(found) == ["SALEOR_UNREAD"]
    what = {"channels": "channels", "app": "webhooks"}[field]
    assert found.of(Code.SALEOR_UNREAD)["en"].startswith(f"{what} could not be read: ")


def test_a_version_that_nobody_tried(healthy: World) -> None:
    healthy.shop.saleor.world.schema_version = "3.25"

    assert bad(consult()) == ["SALEOR_VERSION_UNTRIED"]


@pytest.mark.parametrize("version", ["3.21", "3.22", "3.23"])
def test_nothing_wrong_with_a_version_that_was_tried(healthy: World, version: str) -> None:
    healthy.shop.saleor.world.schema_version = version

    found = consult()

    assert found.bad() == []
    assert f"Saleor {version} knows this app" in str(found.findings)


@pytest.mark.parametrize(
    ("missing", "unread"),
    [
        ("MANAGE_PRODUCTS", []),  # asked for, and not needed for its settings
        ("MANAGE_CHECKOUTS", ["SALEOR_UNREAD"]),
        ("HANDLE_PAYMENTS", ["SALEOR_UNREAD"]),
    ],
)
def test_a_permission_that_is_missing(healthy: World, missing: str, unread: list[str]) -> None:
    healthy.shop.app.permissions = healthy.shop.app.permissions - {missing}

    found = consult()

    assert bad(found) == ["PERMISSIONS_MISSING", *unread]
    assert found.of(Code.PERMISSIONS_MISSING)["en"].endswith(f": {missing}")


def test_webhooks_that_somebody_changed(healthy: World) -> None:
    gone, changed = healthy.shop.app.webhooks[:2]
    healthy.shop.app.webhooks.remove(gone)
    changed.is_active = False

    found = consult()

    assert bad(found) == ["WEBHOOKS_DIFFER"]
    assert found.of(Code.WEBHOOKS_DIFFER)["en"].endswith(
        f": CreateWebhook {gone.name}, UpdateWebhook {changed.name}"
    )
    call_command("migrate_webhooks", "--look-again", stdout=StringIO())
    assert bad(consult()) == []


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"flow_strategy": "AUTHORIZATION"}, "FLOW_NOT_CHARGE", "begin as AUTHORIZATION"),
        ({"releases_funds": True, "releases_funds_after": 6}, "FUNDS_RELEASED", "after 6 hours"),
        ({"expires_orders_after": 30}, "ORDERS_EXPIRE_EARLY", "after 30 minutes"),
    ],
)
def test_settings_of_a_channel(
    healthy: World, changes: dict[str, Any], code: str, said: str
) -> None:
    healthy.shop.saleor.world.channels = [Channel("cn", **changes)]

    found = consult()

    assert bad(found) == [code]
    assert found.of(Code[code])["about"] == "cn"
    assert said in found.of(Code[code])["en"]


def test_that_paid_checkouts_are_not_completed(healthy: World) -> None:
    healthy.shop.saleor.world.automatically_complete = False

    found = consult()

    assert bad(found) == ["AUTO_COMPLETE_OFF"]
    assert found.failed.startswith("1 broken")


def test_nothing_wrong_with_channels_that_we_do_not_serve(healthy: World) -> None:
    healthy.shop.saleor.world.channels += [
        Channel("eu", "EUR", flow_strategy="AUTHORIZATION"),
        Channel("old", is_active=False, flow_strategy="AUTHORIZATION"),
    ]

    found = consult()

    assert bad(found) == []
    assert "CNY channels: cn'" in str(found.findings)


@pytest.mark.parametrize("channels", [[], [Channel("us", "USD")], [Channel("cn", is_active=False)]])
def test_that_no_channel_can_be_served(healthy: World, channels: list[Channel]) -> None:
    healthy.shop.saleor.world.channels = channels

    assert bad(consult()) == ["NO_CNY_CHANNEL"]


def test_channels_without_a_merchant_or_a_mini_program(healthy: World) -> None:
    healthy.shop.saleor.world.channels += [Channel("vip")]
    WechatMerchant.objects.filter(shop=healthy.shop.row).update(channel="cn")

    found = consult()

    assert bad(found) == ["MERCHANT_MISSING"]
    assert found.of(Code.MERCHANT_MISSING)["about"] == "vip"


@pytest.mark.parametrize(
    ("minutes", "code"), [(0.2, "CLOCK"), (-1, "CLOCK_OFF"), (1, "CLOCK_OFF"), (6, "CLOCK_WRONG")]
)
def test_how_far_our_clock_is_from_its_saleor(healthy: World, minutes: float, code: str) -> None:
    ours = healthy.clock.now + timedelta(minutes=minutes)
    show_life()
    with clock.replaced(lambda: ours):
        found = consult("--shop", healthy.shop.row.api_url)

    (saleor,) = [
        it for it in found.findings if it["code"].startswith("CLOCK") and "Saleor" in it["en"]
    ]
    assert saleor["code"] == code
    if code != "CLOCK":
        assert f"{minutes * 60:+.0f} s" in saleor["en"]


def test_right_after_an_installation_what_is_wrong_with_its_settings(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The worker says it in the log, once; nobody has to ask the doctor."""
    world.other_shop.saleor.world.automatically_complete = True

    migrate_shops()
    said = [r.getMessage() for r in caplog.records if "shop.setting" in r.getMessage()]
    migrate_shops()

    assert len(said) == 1
    assert "AUTO_COMPLETE_OFF" in said[0]
    assert world.shop.row.key in said[0]
    assert [r.getMessage() for r in caplog.records if "shop.setting" in r.getMessage()] == said


def test_right_after_an_installation_that_its_settings_cannot_be_read(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.shop.saleor.faults.add(FaultKind.TIMEOUT_BEFORE, "channels")

    migrate_shops()

    said = [r.getMessage() for r in caplog.records if "SALEOR_UNREAD" in r.getMessage()]
    assert len(said) == 1
    assert world.shop.row.key in said[0]
