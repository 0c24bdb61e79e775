"""The outbox, drained by many at once …"""

from __future__ import annotations

import threading
import uuid
from collections import Counter

import pytest
from django.db import connection, transaction

from saleor_wechat_returns import clock, outbox
from saleor_wechat_returns.models import OutboxMessage, Shop
from saleor_wechat_returns.models.base import new_id

MESSAGES = 300
DRAINERS = 6


def _never_stuck(message: OutboxMessage) -> None:
    raise AssertionError(f"stuck: {message}")


@pytest.mark.django_db(transaction=True)
def test_runs_each_message_once() -> None:
    """A lease taken between another's look and its lock was once taken again."""
    shop = Shop.objects.create(api_url="https://shop.example/graphql/")
    with transaction.atomic():
        for number in range(MESSAGES):
            outbox.put("errand", new_id(), shop=shop, key=f"key {number}", due_at=clock.now())
    ran: Counter[uuid.UUID] = Counter()
    guard = threading.Lock()

    def errand(subject: uuid.UUID) -> None:
        with guard:
            ran[subject] += 1

    def drain() -> None:
        outbox.drain({"errand": errand}, _never_stuck, most=MESSAGES)
        connection.close()

    drainers = [threading.Thread(target=drain) for _ in range(DRAINERS)]
    for drainer in drainers:
        drainer.start()
    for drainer in drainers:
        drainer.join()

    assert Counter(ran.values()) == {1: MESSAGES}
