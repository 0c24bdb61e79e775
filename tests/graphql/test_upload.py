"""An upload …"""

from __future__ import annotations

import hashlib

from tests import evidence, make
from tests.world import World


def test_becomes_evidence_of_the_return_it_is_attached_to(world: World) -> None:
    shop = world.shop
    content = evidence.picture()

    ticket = evidence.ticket(shop, shows="DAMAGE")
    done = evidence.send(shop, ticket, content)
    order = shop.order()
    line = order.lines[0].id
    request = make.requested(shop, order, evidence=[{"id": done.id, "orderLineId": line}])

    assert (done.status, done.body["status"]) == (201, "STORED")
    (found,) = evidence.shown(shop, request)
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert (found["shows"], found["label"]) == ("DAMAGE", "破损或问题处")
    assert (found["actor"], found["orderLineId"]) == ("CUSTOMER", line)
    assert (found["status"], found["url"]) == ("STORED", None)
