"""What an orchestrator asks every few seconds: is the process alive, may it receive traffic? …"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from saleor_wechat_returns.models import OutboxMessage
from saleor_wechat_returns.tasks import show_life
from tests import make
from tests.around import broker_at, database_away, migrated_further, migration_missing
from tests.world import MCHID, World


def ready(world: World) -> tuple[int, dict[str, Any]]:
    answer = world.us.get("/ready/")
    return answer.status_code, answer.json()


@pytest.fixture
def beating(world: World) -> World:
    show_life()
    return world


def test_ready_when_everything_is_there(beating: World) -> None:
    assert ready(beating) == (
        200,
        {
            "status": "ready",
            "checks": {"database": "ok", "migrations": "ok", "worker": "ok", "broker": "ok"},
            "outboxLagSeconds": 0,
        },
    )


def test_alive_without_anything(beating: World) -> None:
    with database_away(), broker_at("amqp://127.0.0.1:1//"):
        answer = beating.us.get("/health/")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_unready_without_the_database_and_again_ready_with_it(beating: World) -> None:
    with database_away():
        status, body = ready(beating)

    assert status == 503
    assert body == {
        "status": "unready",
        "checks": {
            "database": "away",
            "migrations": "unknown",
            "worker": "unknown",
            "broker": "ok",
        },
        "outboxLagSeconds": None,
    }
    assert ready(beating)[0] == 200


def test_unready_within_seconds_when_the_database_does_not_come_to_an_answer(
    beating: World,
) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE django_migrations")
        started = time.monotonic()
        status, body = ready(beating)
        took = time.monotonic() - started
    other.close()

    assert (status, body["checks"]["database"]) == (503, "away")
    assert 2 <= took < 4
    assert ready(beating)[0] == 200


def test_unready_until_the_database_is_migrated(beating: World) -> None:
    with migration_missing():
        status, body = ready(beating)

    assert (status, body["status"]) == (503, "unready")
    assert body["checks"]["migrations"] == "missing"
    assert body["checks"]["database"] == "ok"


def test_ready_beside_a_newer_version_that_has_migrated_already(beating: World) -> None:
    with migrated_further("0099_of_a_later_version"):
        assert ready(beating)[1]["status"] == "ready"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("amqp://127.0.0.1:1//", {}),
        ("redis://:a/password@127.0.0.1:1", {}),
        ("filesystem://", {"data_folder_out": "/nowhere/at/all"}),
    ],
)
def test_degraded_but_ready_while_the_broker_is_away(
    beating: World, url: str, options: dict[str, Any]
) -> None:
    with broker_at(url, **options):
        status, body = ready(beating)

    assert (status, body["status"], body["checks"]["broker"]) == (200, "degraded", "away")


def test_customers_are_served_while_the_broker_is_away(beating: World) -> None:
    """… which is why that does not make it unready."""
    order = beating.shop.order()

    with broker_at("amqp://127.0.0.1:1//", max_retries=0):
        request = make.requested(beating.shop, order)

    assert request["status"] == "REQUESTED"


def test_the_broker_is_not_asked_by_every_caller(beating: World) -> None:
    ready(beating)

    with broker_at("amqp://127.0.0.1:1//"):
        ready(beating)
        started = time.monotonic()
        for _ in range(20):
            assert ready(beating)[1]["checks"]["broker"] == "away"

    assert time.monotonic() - started < 1


def test_no_worker_is_said_and_leaves_it_ready(world: World) -> None:
    assert ready(world)[1]["checks"]["worker"] == "never"
    show_life()
    world.clock.forward(minutes=4)

    status, body = ready(world)

    assert (status, body["status"], body["checks"]["worker"]) == (200, "degraded", "late")


def test_what_waits_is_counted_in_seconds(beating: World) -> None:
    make.inspected(beating.shop, beating.shop.order())
    beating.clock.forward(seconds=90)

    assert ready(beating)[1]["outboxLagSeconds"] == 90
    beating.quiet()
    assert ready(beating)[1]["outboxLagSeconds"] == 0


def test_what_is_for_later_does_not_wait(beating: World) -> None:
    make.inspected(beating.shop, beating.shop.order())
    OutboxMessage.objects.update(due_at=beating.clock.now + timedelta(hours=1))

    assert ready(beating)[1]["outboxLagSeconds"] == 0


def test_nothing_of_a_shop_is_told_and_nobody_is_called(beating: World) -> None:
    order = beating.shop.order()
    make.inspected(beating.shop, order)
    calls = len(beating.shop.saleor.calls), len(beating.wechat.calls)

    said = json.dumps(ready(beating)[1])

    for word in ("shop-a", beating.shop.row.key, MCHID, "li@example.com", order.number):
        assert word not in said
    assert (len(beating.shop.saleor.calls), len(beating.wechat.calls)) == calls


@pytest.mark.parametrize("path", ["/health/", "/ready/"])
def test_only_reading_is_answered_and_never_from_a_cache(beating: World, path: str) -> None:
    assert beating.us.post(path).status_code == 405
    assert beating.us.head(path).status_code == 200
    assert "no-store" in beating.us.get(path).headers["cache-control"]


def test_whatever_name_the_orchestrator_calls_it_by(beating: World) -> None:
    """It probes by address, not by our public name."""
    for path in ("/health/", "/ready/"):
        answer: httpx.Response = beating.us.get(path, headers={"Host": "10.1.2.3:8000"})
        assert answer.status_code == 200


def test_a_worker_that_beats_is_late_only_after_minutes(beating: World) -> None:
    beating.clock.forward(minutes=3)

    assert ready(beating)[1]["status"] == "ready"
