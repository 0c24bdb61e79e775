"""A scanned or typed code …"""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_wechat_returns.domain.lifecycle import DeliveryDirection, DeliveryStatus
from saleor_wechat_returns.models import OutboundDelivery, ReturnRequest, ReverseDelivery
from saleor_wechat_returns.usecases.parcel_rows import parcel_under
from tests import make
from tests.parcels import FIND, as_packer, found
from tests.plans import copies, read_whole
from tests.usecases.unchanged import nothing_changes
from tests.world import World

WAYBILL = "SF1234567890123"


def test_finds_a_return_by_its_number_however_it_is_typed(world: World) -> None:
    request = make.approved(world.shop, world.shop.order())
    number = request["number"]

    for typed in (number, number.lower(), f" {number[:9]}-{number[9:]} "):
        assert found(world.shop, typed) == [number]


def test_finds_no_return_by_a_number_that_was_misread(world: World) -> None:
    number = make.approved(world.shop, world.shop.order())["number"]
    misread = number[:-1] + ("A" if number[-1] != "A" else "B")

    assert found(world.shop, misread) == []


def test_finds_both_returns_of_one_box(world: World) -> None:
    """EC42: two returns name one waybill number."""
    first = make.in_transit(world.shop, world.shop.order())
    second = make.in_transit(world.shop, world.shop.order())

    assert found(world.shop, " sf1234567890123") == [second["number"], first["number"]]


def test_finds_a_return_by_the_number_it_was_sent_out_under(world: World) -> None:
    """A parcel refused at the door comes back under the number it left with."""
    request = make.approved(world.shop, world.shop.order())
    row = ReturnRequest.objects.get()
    OutboundDelivery.objects.create(
        shop=row.shop,
        order=row.order,
        fulfillment_id="RnVsZmlsbG1lbnQ6MQ==",
        parcel=parcel_under(row.shop, "YT0001112223334", carrier="圆通"),
    )

    assert found(world.shop, "YT0001112223334") == [request["number"]]


def test_finds_what_was_split_from_a_return_with_it(world: World) -> None:
    first = make.in_transit(world.shop, world.shop.order())
    rest = make.approved(world.shop, world.shop.order())
    row = ReturnRequest.objects.get(number=first["number"])
    ReturnRequest.objects.filter(number=rest["number"]).update(split_from=row)

    assert found(world.shop, WAYBILL) == [rest["number"], first["number"]]
    assert found(world.shop, rest["number"]) == [rest["number"], first["number"]]


def test_finds_a_parcel_under_a_number_that_was_corrected(world: World) -> None:
    request = make.in_transit(world.shop, world.shop.order())
    row = ReturnRequest.objects.get()
    ReverseDelivery.objects.create(
        shop=row.shop,
        request=row,
        parcel=parcel_under(row.shop, "ZT0000000001", carrier="中通"),
        direction=DeliveryDirection.BACK,
        status=DeliveryStatus.CANCELED,
    )

    assert found(world.shop, "ZT0000000001") == [request["number"]]


def test_finds_by_indexes_alone(world: World) -> None:
    """Among many returns of a shop as quickly as among few."""
    request = make.in_transit(world.shop, world.shop.order())
    back = ReverseDelivery.objects.select_related("request__order", "parcel").get()
    row = back.request
    out = OutboundDelivery(shop=row.shop, order=row.order, parcel=back.parcel)
    orders = copies(row.order, order_id=str)
    requests = copies(row, number=str, order_id=lambda n: orders[n].pk)
    parcels = copies(back.parcel, waybill_index=str)
    copies(back, request_id=lambda n: requests[n].pk, parcel_id=lambda n: parcels[n].pk)
    copies(
        out,
        fulfillment_id=str,
        order_id=lambda n: orders[n].pk,
        parcel_id=lambda n: parcels[n].pk,
    )

    with CaptureQueriesContext(connection) as asked:
        assert found(world.shop, WAYBILL) == [request["number"]]

    by_waybill = [it["sql"] for it in asked if "waybill_index" in it["sql"]]
    assert [read_whole(statement) for statement in by_waybill] == [[], [], []]


def test_finds_nothing_of_another_shop(world: World) -> None:
    request = make.in_transit(world.other_shop, world.other_shop.order())

    assert found(world.shop, request["number"]) == []
    assert found(world.shop, WAYBILL) == []


@pytest.mark.parametrize(
    ("code", "refusal"), [("  ", "REQUIRED"), ("x" * 65, "MALFORMED"), ("a\x00b", "MALFORMED")]
)
def test_must_be_one(world: World, code: str, refusal: str) -> None:
    with nothing_changes(world):
        answer = as_packer(world.shop, FIND, code=code)

    (error,) = answer.body["errors"]
    assert error["extensions"] == {"code": refusal, "field": "code"}


def test_is_not_for_customers(world: World) -> None:
    request = make.in_transit(world.shop, world.shop.order())

    (error,) = world.shop.as_li(FIND, code=request["number"]).body["errors"]

    assert error["extensions"]["code"] == "FORBIDDEN"
