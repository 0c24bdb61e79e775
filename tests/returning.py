"""Goods on their way back: addresses of the shop, and couriers who come for them."""

from __future__ import annotations

from typing import Any

from tests import make
from tests.world import Answer, TestShop

ADDRESS_FIELDS = """
  id contactName phone country province city area streetAddress postalCode note
  name channel reasons position warehouseId archivedAt"""
ADDRESS_ANSWER = f"returnAddress {{ {ADDRESS_FIELDS} }} errors {{ field code }}"
ADDRESS_CREATE = f"""mutation($input: ReturnAddressInput!) {{
  returnAddressCreate(input: $input) {{ {ADDRESS_ANSWER} }} }}"""
ADDRESS_UPDATE = f"""mutation($id: ID!, $input: ReturnAddressInput!) {{
  returnAddressUpdate(id: $id, input: $input) {{ {ADDRESS_ANSWER} }} }}"""
ADDRESS_ARCHIVE = f"""mutation($id: ID!) {{
  returnAddressArchive(id: $id) {{ {ADDRESS_ANSWER} }} }}"""
WAREHOUSE = {
    "name": "南山仓",
    "contactName": "退货组",
    "phone": "0755-12345678",
    "province": "广东省",
    "city": "深圳市",
    "area": "南山区",
    "streetAddress": "科技园路 1 号 B 栋",
    "postalCode": "518000",
}


def as_owner(shop: TestShop, query: str, **variables: Any) -> Answer:
    """Staff who may change the shop's settings."""
    owner = shop.saleor.add_staff(
        "owner@example.com", permissions=frozenset({"MANAGE_ORDERS", "MANAGE_APPS"})
    )
    return shop.ask(query, variables, shop.saleor.dashboard_token(owner, shop.app))


def enter_address(shop: TestShop, **changes: Any) -> dict[str, Any]:
    """Another return address: a warehouse in 深圳, unless told."""
    answer = as_owner(shop, ADDRESS_CREATE, input=WAREHOUSE | changes).payload
    assert answer["errors"] == []
    return dict(answer["returnAddress"])


# --- pickups

SENDER = {
    "name": "李四",
    "phone": "13900000000",
    "province": "广东省",
    "city": "广州市",
    "area": "海珠区",
    "streetAddress": "新港中路 397 号",
}
PICKUP = """status statusLabel courier courierLabel startsAt endsAt courierName courierPhone payer
  payerLabel idNotice quotedAmount { fen } chargedAmount { fen } failure"""
RETURN = f"""id number version status freightLabel
  deliveries {{ id method methodLabel directionLabel status carrier waybillNo parcelStatus
    pickup {{ {PICKUP} }} }}
  events {{ kind actor label }} availableActions {{ action }} tasks {{ kind detail }}"""
WINDOWS = """query($id: ID!, $sender: ReturnPickupSenderInput!) {
  returnPickupWindows(id: $id, sender: $sender) {
    offers { courier courierLabel windows { startsAt endsAt } estimate { fen } }
    payer payerLabel consent { version text en: text(languageCode: EN) } idNotice } }"""
BOOK = f"""mutation($id: ID!, $input: ReturnPickupInput!, $key: String!) {{
  returnPickupBook(id: $id, input: $input, idempotencyKey: $key) {{
    returnRequest {{ {RETURN} }} errors {{ field code }} }} }}"""
CALL_OFF = f"""mutation($id: ID!, $key: String!) {{
  returnPickupCancel(id: $id, idempotencyKey: $key) {{
    returnRequest {{ {RETURN} }} errors {{ field code }} }} }}"""
CONFIRM = f"""mutation($id: ID!, $version: Int!, $collected: Boolean!, $carrier: String,
    $waybill: String) {{
  returnPickupConfirm(id: $id, expectedVersion: $version, collected: $collected,
      carrier: $carrier, waybillNo: $waybill) {{
    returnRequest {{ {RETURN} }} errors {{ field code }} }} }}"""
READ_RETURN = f"query($id: ID) {{ returnRequest(id: $id) {{ {RETURN} }} }}"


def to_be_fetched(shop: TestShop, provider: str = "kuaidi100", **changes: Any) -> dict[str, Any]:
    """An approved return of a shop that has parcels fetched."""
    shop.add_courier(provider)
    enter_address(shop)
    return make.approved(shop, shop.order(), **changes)


def pickup(shop: TestShop, hour: int = 14, **changes: Any) -> dict[str, Any]:
    """What Li books: two hours of today, from `hour` on in Beijing."""
    day = shop.world.clock.now.astimezone(shop.row.zone).replace(minute=0, second=0, microsecond=0)
    window = {
        "startsAt": day.replace(hour=hour).isoformat(),
        "endsAt": day.replace(hour=hour + 2).isoformat(),
    }
    usual = {
        "window": window,
        "sender": SENDER,
        "courier": "jd",
        "consent": {"version": "kuaidi100-1"},
    }
    return usual | changes


def book(shop: TestShop, request: dict[str, Any], hour: int = 14, **changes: Any) -> Answer:
    wanted = pickup(shop, hour, **changes)
    return shop.as_li(BOOK, id=request["id"], input=wanted, key=make.key())


def call_off(shop: TestShop, request: dict[str, Any]) -> Answer:
    return shop.as_li(CALL_OFF, id=request["id"], key=make.key())


def seen_by_li(shop: TestShop, request: dict[str, Any]) -> dict[str, Any]:
    return dict(shop.as_li(READ_RETURN, id=request["id"]).data["returnRequest"])


def seen_by_clerk(shop: TestShop, request: dict[str, Any]) -> dict[str, Any]:
    return dict(shop.as_clerk(READ_RETURN, id=request["id"]).data["returnRequest"])
