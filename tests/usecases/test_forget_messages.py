"""Messages are kept until nobody can repeat them …"""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from pytest_django import Settings

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import InboxMessage, OutboxMessage
from saleor_wechat_returns.usecases.forget_messages import forget_old_messages
from tests.world import World


def heard(world: World, key: str, days: float | None) -> InboxMessage:
    """Handled so many days ago; None: not handled."""
    now = world.clock.now
    at = None if days is None else now - timedelta(days=days)
    return InboxMessage.objects.create(
        shop=world.shop.row, source="a", key=key, due_at=now, handled_at=at
    )


def done(world: World, key: str, days: float | None, subject: uuid.UUID | None = None) -> None:
    now = world.clock.now
    at = None if days is None else now - timedelta(days=days)
    OutboxMessage.objects.create(
        shop=world.shop.row,
        topic="a",
        key=key,
        subject=subject or uuid.uuid4(),
        due_at=now - timedelta(days=1000),
        done_at=at,
    )


def left() -> set[str]:
    rows = (InboxMessage.objects, OutboxMessage.objects)
    return {key for manager in rows for key in manager.values_list("key", flat=True)}


@pytest.fixture(autouse=True)
def nothing_else(world: World) -> None:
    InboxMessage.objects.all().delete()
    OutboxMessage.objects.all().delete()


def test_for_ninety_days(world: World) -> None:
    for days in (91, 89, None):
        heard(world, f"heard {days}", days)
        done(world, f"done {days}", days)

    tasks.forget_messages()

    assert left() == {"heard 89", "heard None", "done 89", "done None"}


def test_as_long_as_something_undone_reads_them(world: World) -> None:
    """Such as the search for an order that a notice began."""
    notice = heard(world, "notice", 400)
    done(world, "search", None, notice.pk)
    done(world, "another search", 1, notice.pk)

    tasks.forget_messages()

    assert left() == {"notice", "search", "another search"}


def test_as_the_operator_wishes_and_the_oldest_go_first(world: World, settings: Settings) -> None:
    settings.MESSAGES_KEPT_DAYS = 30
    for days in (31, 33, 32, 29):
        heard(world, str(days), days)

    first = forget_old_messages(now=world.clock.now, most=2)

    assert (first, left()) == (2, {"31", "29"})
    assert forget_old_messages(now=world.clock.now, most=2) == 1
    assert forget_old_messages(now=world.clock.now, most=2) == 0
