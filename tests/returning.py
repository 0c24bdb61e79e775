"""Where goods go back to, as a shop's owner enters it."""

from __future__ import annotations

from typing import Any

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
