"""The doctor looks at the service itself: it finds …"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from saleor_wechat_returns.models import (
    InboxMessage,
    OutboxMessage,
    ShopApp,
    WechatMiniProgram,
)
from saleor_wechat_returns.tasks import show_life
from saleor_wechat_returns.usecases.doctor import Code
from tests import make
from tests.around import broker_at
from tests.usecases.consulting import (
    answered_by,
    consult,
    make_healthy,
    mounted,
    set_up_well,
)
from tests.usecases.timers import strike
from tests.world import World


@pytest.fixture
def healthy(world: World, settings: Any) -> World:
    set_up_well(world, settings)
    return world


@pytest.fixture
def paid(world: World, settings: Any) -> World:
    """Both shops have heard of a payment."""
    make_healthy(world, settings)
    return world


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("amqp://guest:a-password@127.0.0.1:1//", {}),
        ("redis://:a-password/with-a-slash@127.0.0.1:1", {}),
        ("filesystem://", {"data_folder_out": "/nowhere/at/all"}),
    ],
)
def test_a_broker_that_is_away_and_does_not_print_its_password(
    healthy: World, url: str, options: dict[str, Any]
) -> None:
    with broker_at(url, **options):
        found = consult()

    assert found.bad() == [("broken", "BROKER_AWAY", "")]
    assert "a-password" not in str(found.findings)


def test_a_broker_for_one_machine_only(healthy: World, tmp_path: Path) -> None:
    folder = str(tmp_path)

    with broker_at("filesystem://", data_folder_in=folder, data_folder_out=folder):
        found = consult()

    assert found.bad() == []
    assert (
        "while web and worker share this machine" in (found.of(Code.BROKER_ON_THIS_MACHINE)["en"])
    )


def test_that_no_worker_runs(healthy: World) -> None:
    healthy.clock.forward(minutes=50)

    found = consult()

    assert found.bad() == [("broken", "WORKER_LATE", "")]
    assert "for 50 min" in found.of(Code.WORKER_LATE)["en"]


def test_that_a_worker_runs_without_its_clock(healthy: World) -> None:
    healthy.clock.forward(hours=3)
    make.inspected(healthy.shop, healthy.shop.order())
    healthy.quiet()

    found = consult("--shop", healthy.other_shop.row.api_url)

    assert found.codes("broken") == ["CLOCK_STOPPED"]
    assert "for 3 h" in found.of(Code.CLOCK_STOPPED)["en"]


@pytest.mark.parametrize(
    ("minutes", "code", "level"),
    [(0.5, "OUTBOX", "ok"), (5, "OUTBOX_SLOW", "warning"), (45, "OUTBOX_LATE", "broken")],
)
def test_how_long_what_must_be_done_has_waited(
    healthy: World, minutes: float, code: str, level: str
) -> None:
    make.inspected(healthy.shop, healthy.shop.order())
    healthy.clock.forward(minutes=minutes)
    show_life()

    assert consult().of(Code[code])["level"] == level


def test_work_in_hand_and_work_for_later_to_be_in_order(healthy: World) -> None:
    make.inspected(healthy.shop, healthy.shop.order())
    healthy.clock.forward(hours=1)
    show_life()
    ends = healthy.clock.now + timedelta(minutes=5)
    message = OutboxMessage.objects.filter(done_at=None).get()
    message.leased_until, message.lease = ends, message.pk
    message.save()

    assert "OUTBOX" in consult().codes("ok")
    message.leased_until = message.lease = None
    message.due_at = ends
    message.save()
    assert "OUTBOX" in consult().codes("ok")


def test_steps_that_keep_failing_by_their_topics(healthy: World) -> None:
    make.inspected(healthy.shop, healthy.shop.order())
    healthy.wechat.faults.add("http_500", 999)
    for _ in range(30):
        healthy.quiet()
        healthy.clock.forward(minutes=5)
    show_life()

    found = consult()

    assert found.of(Code.OUTBOX_FAILING)["en"].endswith("still tried: refund.pay × 1")
    assert "STUCK × 1" in found.of(Code.TASKS_OPEN)["en"]


def test_what_came_in_and_is_not_heard(paid: World) -> None:
    heard = InboxMessage.objects.order_by("pk")[0]
    heard.handled_at, heard.due_at = None, paid.clock.now - timedelta(hours=3)
    heard.save()

    assert consult().bad() == [("broken", "INBOX_LATE", "")]


def test_what_came_in_and_cannot_be_dealt_with(paid: World) -> None:
    InboxMessage.objects.filter(source="wechat_pay.payment", shop=paid.shop.row).update(
        handled_at=None, payload={}, due_at=paid.clock.now
    )
    for _ in range(2):
        paid.work()
        paid.clock.forward(minutes=1)
    show_life()

    found = consult("--shop", paid.other_shop.row.api_url)

    assert found.bad() == [("warning", "INBOX_FAILING", "")]
    assert "wechat_pay.payment × 1" in found.of(Code.INBOX_FAILING)["en"]


def test_deadlines_that_nobody_ran(healthy: World) -> None:
    request = make.requested(healthy.shop, healthy.shop.order())
    make.approved(healthy.shop, healthy.shop.order())
    healthy.clock.forward(hours=48, minutes=9)
    show_life()
    assert consult().bad() == []

    healthy.clock.forward(minutes=2)
    show_life()
    found = consult()

    assert found.bad() == [("broken", "DEADLINES_LATE", "")]
    (finding,) = [f for f in found.findings if f["code"] == "DEADLINES_LATE"]
    assert request["number"] in finding["zh"]
    strike(healthy)
    assert "DEADLINES" in consult().codes()


def test_secrets_whose_key_is_gone(healthy: World) -> None:
    WechatMiniProgram.objects.filter(shop=healthy.shop.row).update(sealed_key_id="of-last-year")

    found = consult()

    assert found.bad() == [
        ("broken", "SECRETS_UNREADABLE", ""),
        ("broken", "PROGRAM_UNREADABLE", "shop-a.example"),
    ]
    assert found.of(Code.SECRETS_UNREADABLE)["en"] == (
        "WechatMiniProgram (secret_sealed): 1 rows do not open (key id of-last-year)"
    )


def test_secrets_whose_key_is_another_now(healthy: World, settings: Any) -> None:
    settings.SECRETS_KEYS = {"tests": Fernet(Fernet.generate_key())}

    found = consult()

    unreadable = [it["en"] for it in found.findings if it["code"] == "SECRETS_UNREADABLE"]
    assert "ShopApp (token_sealed): 2 rows do not open (key id tests)" in unreadable
    assert (
        "WechatMerchant (private_key_sealed, apiv3_key_sealed): 2 rows do not open (key id tests)"
        in unreadable
    )
    assert [code for _, code, host in found.bad() if host == "shop-a.example"] == [
        "APP_TOKEN_UNREADABLE",
        "MERCHANT_UNUSABLE",
        "PROGRAM_UNREADABLE",
    ]


def test_one_secret_that_was_changed(healthy: World) -> None:
    app = ShopApp.objects.get(shop=healthy.shop.row)
    app.token_sealed = bytes(app.token_sealed)[:-9] + b"damaged=="
    app.save()

    assert consult().bad() == [
        ("broken", "SECRETS_UNREADABLE", ""),
        ("broken", "APP_TOKEN_UNREADABLE", "shop-a.example"),
    ]


@pytest.mark.parametrize("key", ["short", "s" * 80])
def test_a_weak_secret_key(healthy: World, settings: Any, key: str) -> None:
    settings.SECRET_KEY = key

    assert consult().bad() == [("warning", "SECRET_KEY_WEAK", "")]


def test_debug_in_production(healthy: World, settings: Any) -> None:
    settings.DEBUG = True

    assert consult().bad() == [("warning", "DEBUG_ON", "")]


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(200, html="<h1>Welcome to nginx!</h1>"),
        httpx.Response(404, json={"status": "ok"}),
        httpx.Response(200, json={"status": "another"}),
        httpx.Response(301, headers={"Location": "https://elsewhere.example/"}),
    ],
)
def test_that_somebody_else_answers_at_our_address(healthy: World, page: httpx.Response) -> None:
    with answered_by(healthy, "returns.example", page):
        found = consult("--shop", healthy.shop.row.api_url)

    assert found.bad() == [
        ("broken", "PUBLIC_URL_FOREIGN", ""),
        ("warning", "NOTICES_UNREACHED", "shop-a.example"),
    ]
    assert f"HTTP {page.status_code}" in found.of(Code.PUBLIC_URL_FOREIGN)["en"]


@pytest.mark.parametrize("trouble", [httpx.ConnectError, httpx.ReadTimeout])
def test_that_our_address_is_not_reached(
    healthy: World, trouble: type[httpx.TransportError]
) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise trouble("no", request=request)

    with mounted(healthy, "returns.example", httpx.MockTransport(away)):
        found = consult("--shop", healthy.shop.row.api_url)

    assert found.bad() == [
        ("warning", "PUBLIC_URL_UNREACHED", ""),
        ("warning", "NOTICES_UNREACHED", "shop-a.example"),
    ]
    assert trouble.__name__ in found.of(Code.PUBLIC_URL_UNREACHED)["en"]
