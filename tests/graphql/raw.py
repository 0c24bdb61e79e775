"""A request as bytes, for what no well-behaved client sends."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.world import Answer, TestShop


def post(shop: TestShop, content: bytes, **headers: str) -> httpx.Response:
    """Send exactly these bytes; `Content_Type="…"` stands for the header Content-Type."""
    given = {"Content-Type": "application/json"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.world.us.post(f"/s/{shop.row.key}/graphql/", content=content, headers=given)


def ask_escaped(shop: TestShop, query: str, token: str = "", **variables: Any) -> Answer:
    """Ask as Li unless told otherwise, everything outside ASCII escaped.

    That is the way in which half a surrogate pair can travel.
    """
    content = json.dumps({"query": query, "variables": variables}).encode("ascii")
    token = token or shop.saleor.user_token(shop.li)
    response = post(shop, content, Authorization=f"Bearer {token}")
    return Answer(response.status_code, response.json())
