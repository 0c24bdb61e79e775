"""That somebody else's return names the same parcel is on staff's list …"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests import make
from tests.usecases import parcels
from tests.usecases.test_tracking import named_by_wang
from tests.world import World

DELIVERIES = "query($id: ID) { returnRequest(id: $id) { deliveries { id } } }"


@dataclass
class Shared:
    """Li's return came first; the task is about Wang's."""

    world: World
    li: dict[str, Any]
    wang: dict[str, Any]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in make.tasks(self.world.shop, self.wang)]

    def correct(self, ask: Any, request: dict[str, Any]) -> None:
        (delivery,) = ask(DELIVERIES, id=request["id"]).data["returnRequest"]["deliveries"]
        wanted = {"carrier": "jd", "waybillNo": "JD0009998887776", "replacesId": delivery["id"]}
        ask(make.SUBMIT, id=request["id"], input=wanted, key=make.key()).request  # noqa: B018

    def as_clerk(self, what: str, request: dict[str, Any], **more: Any) -> None:
        version = make.read(self.world.shop, request)["version"]
        call = {"id": request["id"], "version": version} | more
        self.world.shop.as_clerk(what, **call).request  # noqa: B018


@pytest.fixture
def shared(world: World) -> Shared:
    of_li = make.approved(world.shop, world.shop.order())
    of_li = parcels.submit(world.shop, of_li).request
    found = Shared(world, of_li, named_by_wang(world.shop, parcels.NUMBER))
    assert found.kinds() == ["PARCEL_SHARED"]
    return found


@pytest.mark.parametrize("whose", ["li", "wang"])
def test_until_one_of_them_is_closed(shared: Shared, whose: str) -> None:
    """EC42"""
    shared.as_clerk(make.CLOSE, getattr(shared, whose), why="不再处理")

    assert shared.kinds() == []


def test_until_the_number_of_the_other_is_corrected(shared: Shared) -> None:
    """EC42"""
    shared.correct(shared.world.shop.as_li, shared.li)

    assert shared.kinds() == []


def test_until_its_parcel_is_received(shared: Shared) -> None:
    """EC42: whoever has it in hands has looked."""
    shared.as_clerk(make.RECEIVE, shared.wang)

    assert shared.kinds() == []


def test_still_when_the_other_has_received_the_parcel(shared: Shared) -> None:
    """EC42: it was Li's, and Wang still says that it is his."""
    shared.as_clerk(make.RECEIVE, shared.li)
    assert shared.kinds() == ["PARCEL_SHARED"]

    shared.correct(shared.world.shop.as_wang, shared.wang)

    assert shared.kinds() == []


def test_while_a_third_names_it(shared: Shared) -> None:
    """EC42"""
    shop = shared.world.shop
    third = make.approved(shop, shop.order(), {0: 1})
    parcels.submit(shop, third)

    shared.as_clerk(make.CLOSE, shared.li, why="不再处理")
    assert shared.kinds() == ["PARCEL_SHARED"]
    shared.as_clerk(make.CLOSE, third, why="不再处理")

    assert shared.kinds() == []


def test_under_the_return_that_is_split_off_with_it(shared: Shared) -> None:
    """EC46"""
    shop = shared.world.shop
    shop.as_wang(
        make.SUBMIT,
        id=shared.wang["id"],
        input={"carrier": "jd", "waybillNo": "JD0009998887776"},
        key=make.key(),
    )
    deliveries = shop.as_wang(DELIVERIES, id=shared.wang["id"]).data["returnRequest"]["deliveries"]
    part = {"orderLineId": shared.wang["lines"][0]["orderLineId"], "quantity": 1}

    shared.as_clerk(make.RECEIVE, shared.wang, lines=[part], parcels=[deliveries[1]["id"]])

    assert shared.kinds() == []
    (rest,) = shop.as_clerk("{ returnRequests(first: 1) { edges { node { id } } } }").data[
        "returnRequests"
    ]["edges"]
    assert [kind for kind, _ in make.tasks(shop, rest["node"])] == ["PARCEL_SHARED"]
