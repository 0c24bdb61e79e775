"""The people of the warehouse, and what they ask for."""

from __future__ import annotations

from typing import Any

from tests import make
from tests.world import Answer, TestShop

HERE = """id number version kind status reason
  lines { orderLineId productName variantName sku quantity inspected { quantity outcome } }
  parcels { carrier waybillNo direction status statusLabel receivedAt }
  evidence { id url } availableActions"""
UNMATCHED = """id carrier waybillNo note receivedAt evidence { id url }
  suggestions { number } returnRequestId returnNumber endedAt endedNote"""
FIND = f"""query($code: String!) {{ returnFind(code: $code) {{
  returns {{ {HERE} }} unmatchedParcels {{ {UNMATCHED} }} }} }}"""
LIST = f"""query($open: Boolean) {{ returnUnmatchedParcels(isOpen: $open) {{
  edges {{ node {{ {UNMATCHED} }} }} }} }}"""
TAKE_IN = f"""mutation($input: ReturnUnmatchedParcelInput!) {{
  returnUnmatchedParcelCreate(input: $input) {{
    unmatchedParcel {{ {UNMATCHED} }} {make.ERRORS} }} }}"""
MATCH = f"""mutation($id: ID!, $request: ID!) {{
  returnUnmatchedParcelMatch(id: $id, returnRequestId: $request) {{
    unmatchedParcel {{ {UNMATCHED} }} {make.ERRORS} }} }}"""
GIVE_UP = f"""mutation($id: ID!, $note: String!) {{
  returnUnmatchedParcelClose(id: $id, note: $note) {{
    unmatchedParcel {{ {UNMATCHED} }} {make.ERRORS} }} }}"""


def as_packer(shop: TestShop, query: str, **variables: Any) -> Answer:
    """As somebody who may handle parcels and nothing else."""
    return shop.ask(query, variables, shop.saleor.dashboard_token(shop.packer, shop.app))


def found(shop: TestShop, code: str) -> list[str]:
    """Numbers of the returns that a code means."""
    data = as_packer(shop, FIND, code=code).data["returnFind"]
    return [request["number"] for request in data["returns"]]


def taken_in(shop: TestShop, **about: Any) -> dict[str, Any]:
    """A parcel of nobody."""
    answer = as_packer(shop, TAKE_IN, input=about)
    assert answer.payload["errors"] == []
    return dict(answer.payload["unmatchedParcel"])
