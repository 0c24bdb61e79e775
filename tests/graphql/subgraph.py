"""Asking as a gateway asks."""

from __future__ import annotations

from typing import Any

from tests.world import Answer

FIELDS = "... on Order { id returnRequests { edges { node { number } } } }"
LINES = "... on Order { id returnableLines { sku } }"
ENTITIES = "query($of: [_Any!]!) { _entities(representations: $of) { %s } }"
RETURNS_OF, LINES_OF = ENTITIES % FIELDS, ENTITIES % LINES


def reference(order_id: Any, kind: Any = "Order") -> dict[str, Any]:
    return {"__typename": kind, "id": order_id}


def numbers(answer: Answer) -> list[list[str]]:
    """Of the returns of each order."""
    return [
        [edge["node"]["number"] for edge in order["returnRequests"]["edges"]]
        for order in answer.data["_entities"]
    ]


def codes(answer: Answer) -> list[tuple[str, str | None]]:
    extensions = [error["extensions"] for error in answer.body["errors"]]
    return [(each["code"], each["field"]) for each in extensions]
