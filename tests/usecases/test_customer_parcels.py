"""Parcels of one customer, and what their couriers said …

EC60: they are handed over and go with the person; a parcel of somebody else's is neither.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from saleor_wechat_returns.models import Parcel, ShippingInfo, WechatPayment
from saleor_wechat_returns.usecases.parcel_rows import waybill_of
from tests import make
from tests.usecases import dashboard, parcels
from tests.usecases.test_customer_data import OPENID, YEARS, command, exported
from tests.usecases.test_outbound import NUMBER, shipped
from tests.usecases.test_shipping_info import GET, UPLOAD
from tests.usecases.test_shipping_info import shipped as told_to_wechat
from tests.world import TestShop, World


@pytest.fixture
def shop(world: World) -> TestShop:
    world.shop.add_courier()
    return world.shop


def data_of(shop: TestShop, customer: str, request: dict[str, Any], folder: Path) -> Any:
    files = exported(shop, customer, folder)
    return json.loads(files[f"returns/{request['number']}/data.json"])


def test_are_handed_over_with_the_couriers_own_words(shop: TestShop, tmp_path: Path) -> None:
    request = parcels.sent(shop)
    parcels.let_pass(shop.world, hours=72)
    seen = parcels.delivery_of(shop, request)["events"]

    data = data_of(shop, shop.li.id, request, tmp_path)

    assert [it["waybill"] for it in data["Parcel"]] == [parcels.NUMBER]
    assert sorted(it["text"] for it in data["TrackingEvent"]) == sorted(it["text"] for it in seen)
    assert all(json.loads(it["raw"])["context"] for it in data["TrackingEvent"])


def test_are_not_handed_over_to_who_named_somebody_elses(shop: TestShop, tmp_path: Path) -> None:
    parcels.sent(shop)
    parcels.let_pass(shop.world, hours=72)
    wanted = make.wanted(shop.order(user=shop.wang))
    request = shop.as_wang(make.CREATE, input=wanted, key=make.key()).request
    named = {"carrier": "京东物流", "waybillNo": parcels.NUMBER}
    shop.as_wang(make.SUBMIT, id=request["id"], input=named, key=make.key())

    data = data_of(shop, shop.wang.id, request, tmp_path)

    assert (data["Parcel"], data["TrackingEvent"]) == ([], [])
    assert len(data["ReverseDelivery"]) == 1


def test_that_the_shop_sent_are_handed_over_and_go_once_they_have_arrived(
    shop: TestShop, tmp_path: Path
) -> None:
    shipped(shop)

    early = command("erase_customer", shop, shop.li.id)
    parcels.let_pass(shop.world, hours=72)
    about = json.loads(exported(shop, shop.li.id, tmp_path)["customer.json"])
    late = command("erase_customer", shop, shop.li.id)

    assert "a parcel by 京东物流 stays: it is on its way, until that is over" in early
    assert [it["waybill"] for it in about["Parcel"]] == [NUMBER]
    assert about["TrackingEvent"] != []
    assert about["OutboundDelivery"][0]["signed_at"]
    assert (late[0], late[-1]) == ("orders: 1 erased", "Nothing personal is left.")
    parcel = Parcel.objects.get()
    assert (waybill_of(parcel), parcel.waybill_index, parcel.tracking.count()) == ("", "", 0)
    assert parcel.signed_at is not None


def test_of_an_erased_payment_are_told_to_nobody_any_more(world: World) -> None:
    order = told_to_wechat(world.shop)
    row = ShippingInfo.objects.get()
    assert len(row.told) == 1
    world.clock.forward(**YEARS)
    command("erase_customer", world.shop, OPENID)
    calls = len(world.mini.calls)

    dashboard.change_tracking(world.shop, order.fulfillments[0], "YT9999999999999")
    world.quiet()
    world.clock.forward(minutes=10)
    world.quiet()

    row.refresh_from_db()
    assert (row.told, row.status) == ([], "told")
    assert WechatPayment.objects.get().openid_index.startswith("erased-")
    later = [call.path for call in world.mini.calls[calls:]]
    assert [path for path in later if path in (UPLOAD, GET)] == []
