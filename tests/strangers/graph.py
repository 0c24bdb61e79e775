"""One graph: Saleor and our service behind a real gateway, each on a port of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.live.web import Web
from tests.strangers.node import Node
from tests.world import Answer, TestShop


@dataclass(frozen=True)
class Graph:
    """What a client of the gateway sees, and the web process of ours behind it."""

    url: str
    web: Web
    http: httpx.Client

    def ask(self, query: str, token: str = "", **variables: Any) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        answer = self.http.post(self.url, json=body, headers=headers)
        return Answer(answer.status_code, answer.json())


@contextmanager
def joined(node: Node, shop: TestShop, saleor_sdl: str = "") -> Iterator[Graph]:
    """The graph of one shop. Without `saleor_sdl` the gateway asks the simulated Saleor for it."""
    with ExitStack() as stack:
        web = Web()
        web.start()
        stack.callback(web.stop)
        server = shop.saleor.serve()
        stack.callback(server.stop)
        subgraphs = [
            {"name": "saleor", "url": f"{server.url}/graphql/", "sdl": saleor_sdl},
            {"name": "returns", "url": f"{web.url}/s/{shop.row.key}/graphql/"},
        ]
        gateway = stack.enter_context(node.serving("gateway.mjs", {"subgraphs": subgraphs}))
        assert "errors" not in gateway, gateway["errors"]
        http = stack.enter_context(httpx.Client(timeout=30, trust_env=False))
        yield Graph(gateway["url"], web, http)
