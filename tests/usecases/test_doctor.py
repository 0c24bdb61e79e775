"""`manage.py doctor` …"""

from __future__ import annotations

from io import StringIO
from typing import Any, NoReturn

import httpx
import pytest
from django.core.management import CommandError, call_command

from saleor_wechat_returns import outgoing
from saleor_wechat_returns.models import WechatPayment
from saleor_wechat_returns.sandbox.saleor import FaultKind
from saleor_wechat_returns.usecases.doctor import Code, Finding, Level, level_of
from saleor_wechat_returns.usecases.doctor.words import WORDS
from tests import world as worlds
from tests.around import broker_at, cut_off_at, database_away, migration_missing
from tests.usecases.consulting import answered_by, consult, make_healthy, mounted
from tests.usecases.unchanged import rows_stay
from tests.world import APIV3_KEY, APP_SECRET, World

SHOP_IN_ORDER = (
    *("REFUNDS", "TASKS", "RECONCILED", "APP", "PERMISSIONS", "WEBHOOKS", "CHANNELS"),
    *("KEYS", "CLOCK"),
    *("MERCHANT", "ANSWERS", "APIV3_KEY_HEARD", "CLOCK", "NOTICES"),
    *("PROGRAM", "PUSH", "SHIPPING_INFO"),
    *("ADDRESSES", "COURIER_NONE"),
)


@pytest.fixture
def healthy(world: World, settings: Any) -> World:
    make_healthy(world, settings)
    return world


def told(*arguments: str) -> tuple[str, str]:
    """What it prints, and what it says as it fails."""
    said, failed = StringIO(), ""
    try:
        call_command("doctor", *arguments, stdout=said)
    except CommandError as no:
        failed = str(no)
    return said.getvalue(), failed


def test_finds_nothing_wrong_where_nothing_is(healthy: World) -> None:
    found = consult("--strict")

    assert (found.bad(), found.failed, found.worst) == ([], "", "ok")
    assert found.codes() == [
        *("DATABASE", "MIGRATIONS", "BROKER", "WORKER", "OUTBOX", "INBOX", "DEADLINES"),
        "SECRETS",
        *("SETTINGS", "PUBLIC_URL"),
        *(2 * SHOP_IN_ORDER),
    ]


def test_changes_nothing(healthy: World) -> None:
    """It asks, and takes note of nothing: a shop stays paused, or does not become so."""
    asked = len(healthy.shop.saleor.calls)
    with rows_stay():
        consult()

    fields = {call.field for call in healthy.shop.saleor.calls[asked:]}
    assert fields == {"app", "shop", "channels"}
    assert {call.method for call in healthy.wechat.calls[-4:]} == {"GET"}


def test_looks_at_one_shop_when_told_to(healthy: World) -> None:
    healthy.shop.saleor.world.automatically_complete = False
    other = healthy.other_shop.row.api_url

    found = consult("--shop", other)

    assert {it["shop"] for it in found.findings} == {"", other}
    assert found.failed == ""


def test_refuses_a_shop_that_is_not_installed(healthy: World) -> None:
    _, failed = told("--shop", "https://nobody.example/graphql/")

    assert "no shop with the API URL https://nobody.example/graphql/" in failed


def test_passes_with_warnings_unless_it_is_strict(healthy: World, settings: Any) -> None:
    settings.ALLOWED_SALEOR_API_URLS = []

    assert consult().bad() == [("warning", "ANY_SALEOR_MAY_INSTALL", "")]
    assert consult().failed == ""
    assert consult("--strict").failed.startswith("0 broken, 1 warnings")


@pytest.mark.usefixtures("transactional_db")
def test_says_on_the_first_day_what_to_do_next() -> None:
    with outgoing.mounted(World().mounts()):
        found = consult()

    assert found.of(Code.WORKER_NEVER)["level"] == "broken"
    assert found.of(Code.NO_SHOP)["remedy"]["en"] == (
        "Saleor Dashboard → Extensions → Install from manifest →"
        " https://returns.example/saleor/manifest/"
    )


def test_tells_a_tired_person_what_it_means_and_what_to_do(healthy: World) -> None:
    healthy.shop.saleor.uninstall_app(healthy.shop.app)

    said, failed = told()

    lines = said.splitlines()
    at = lines.index("  ✗ Saleor 不认识本应用(暂停始于 –):PermissionDenied  (APP_REFUSED)")
    assert lines[at + 1 : at + 4] == [
        "      Saleor does not know this app (paused since –): PermissionDenied",
        "    → Dashboard → Extensions 中重新启用;若已删除则按 README 重新安装,数据都还在",
        "      Activate it in Dashboard → Extensions; if it was deleted install it again,"
        " all rows stay",
    ]
    assert lines[1] == "本服务 This service"
    assert lines[-1].endswith("0 !  1 ✗")
    assert failed == "1 broken, 0 warnings: docs/runbook.md, “The doctor”"


def test_survives_everything_being_away_at_once(healthy: World) -> None:
    healthy.shop.saleor.faults.add(FaultKind.TIMEOUT_BEFORE, times=99)
    healthy.wechat.faults.add("connect_refused", 99)
    healthy.mini.faults.add("connect_refused", 99)

    with broker_at("amqp://127.0.0.1:1//"):
        found = consult()

    assert [code for _, code, host in found.bad() if host in ("", "shop-a.example")] == [
        "BROKER_AWAY",
        "SALEOR_AWAY",
        "WECHAT_PAY_AWAY",
        "WECHAT_AWAY",
    ]
    assert "CHECK_FAILED" not in found.codes()


def test_says_that_the_database_is_away_and_looks_at_the_rest(healthy: World) -> None:
    with database_away():
        found = consult()

    assert found.bad() == [("broken", "DATABASE_AWAY", "")]
    assert found.codes() == ["DATABASE_AWAY", "BROKER", "SETTINGS", "PUBLIC_URL"]
    assert "port 1 failed" in found.of(Code.DATABASE_AWAY)["en"]
    assert found.failed


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("shop", ["DATABASE_AWAY"]),
        ("heartbeat", ["DATABASE_AWAY"]),
        ("stafftask", ["DATABASE_AWAY", "DATABASE_AWAY"]),  # of each shop
    ],
)
def test_survives_the_database_going_away_meanwhile(
    healthy: World, table: str, codes: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with cut_off_at(f'FROM "saleor_wechat_returns_{table}"'):
        found = consult()

    assert [code for _, code, _ in found.bad()] == codes
    assert "PUBLIC_URL" in found.codes("ok")
    assert "Traceback" not in caplog.text


def test_says_which_migration_is_missing(healthy: World) -> None:
    with migration_missing() as name:
        found = consult()

    assert found.bad() == [("broken", "MIGRATIONS_MISSING", "")]
    assert name in found.of(Code.MIGRATIONS_MISSING)["en"]


def test_prints_no_secret_and_nothing_personal(healthy: World) -> None:
    healthy.shop.saleor.uninstall_app(healthy.shop.app)
    healthy.wechat.faults.add("bad_signature", 9)
    healthy.mini.faults.add("secret_frozen", 9)

    said = told()[0] + str(consult().findings)

    payment = WechatPayment.objects.filter(shop=healthy.shop.row).first()
    assert payment is not None
    secrets = (
        healthy.shop.app.auth_token,
        healthy.other_shop.app.auth_token,
        APIV3_KEY,
        APP_SECRET,
        worlds._private_pem.splitlines()[1],
        "openid-of-li",
        "li@example.com",
        payment.prepay_id,
    )
    assert [secret for secret in secrets if secret in said] == []


def test_lets_nobody_move_the_cursor_of_its_reader(healthy: World) -> None:
    error = {"message": "\x1b[2J gone", "extensions": {"exception": {"code": "GraphQLError"}}}
    with answered_by(healthy, "shop-a.example", httpx.Response(200, json={"errors": [error]})):
        said, _ = told()

    assert "GraphQLError:  [2J gone" in said
    assert "\x1b" not in said


def test_goes_on_when_one_of_its_checks_breaks(healthy: World) -> None:
    def broken(_request: httpx.Request) -> NoReturn:
        raise ArithmeticError

    with mounted(healthy, "shop-a.example", httpx.MockTransport(broken)):
        found = consult()

    assert found.bad() == [("broken", "CHECK_FAILED", "shop-a.example")] * 2
    assert [it["en"] for it in found.findings if it["code"] == "CHECK_FAILED"] == [
        "The check saleor itself broke: ArithmeticError",
        "The check saleor_door itself broke: ArithmeticError",
    ]


@pytest.mark.parametrize("code", list(Code))
def test_has_words_for_everything_it_can_find(code: Code) -> None:
    words = WORDS[code]

    assert words.zh
    assert words.en
    is_bad = level_of(Finding(code)) is not Level.OK
    assert bool(words.remedy_zh) is bool(words.remedy_en) is is_bad


def test_tells_machines_the_same_as_people(healthy: World) -> None:
    healthy.shop.saleor.world.automatically_complete = False

    (found,) = [it for it in consult().findings if it["level"] != "ok"]

    assert (found["level"], found["code"], found["about"]) == ("broken", "AUTO_COMPLETE_OFF", "cn")
    assert found["remedy"]["en"] == (
        "Turn on checkoutSettings.automaticallyCompleteFullyPaidCheckouts of the channel"
    )
    assert found["en"] in told()[0]
