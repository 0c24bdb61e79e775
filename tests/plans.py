"""How PostgreSQL finds rows among many: by its indexes, or by reading all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction

MANY = 200


def copies(row: Any, **fields: Callable[[int], object]) -> list[Any]:
    """Many of the kind of `row`. `fields`: what differs, by the copy's index."""
    kind = type(row)
    same = {it.attname: getattr(row, it.attname) for it in kind._meta.concrete_fields}
    del same["id"]
    made = [kind(**same | {name: value(n) for name, value in fields.items()}) for n in range(MANY)]
    kind.objects.bulk_create(made)
    return made


def read_whole(sql: str) -> list[str]:
    """The tables that the statement would read from end to end if they were large."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for way in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        (found,) = cursor.fetchone()
        for way in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = on")
    (tree,) = json.loads(found) if isinstance(found, str) else found
    return [
        node["Relation Name"]
        for node in _nodes(tree["Plan"])
        if "Relation Name" in node and not {"Index Cond", "Recheck Cond"} & node.keys()
    ]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
