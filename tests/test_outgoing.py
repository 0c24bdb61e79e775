"""A call of the service …"""

from __future__ import annotations

import pytest
from django.db import transaction

from saleor_wechat_returns import outgoing
from saleor_wechat_returns.bounds import BoundedTransport
from saleor_wechat_returns.outgoing import InsideTransaction
from tests.usecases.transports import watched
from tests.world import World

ADDRESS = "https://shop-a.example/.well-known/jwks.json"


def test_never_leaves_while_a_transaction_is_open(world: World) -> None:
    with watched(world.shop) as sent:
        with transaction.atomic(), pytest.raises(InsideTransaction, match=r"GET shop-a\.example"):
            outgoing.client().get(ADDRESS)
        assert sent == []

        assert outgoing.client().get(ADDRESS).status_code == 200


def test_is_bounded_wherever_it_goes() -> None:
    with outgoing.mounted({}):
        transport = outgoing.client()._transport

    assert isinstance(transport, BoundedTransport)
