"""One graph: Saleor and our service behind a real gateway, each on a port of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from saleor_wechat_returns.models import Shop
from tests.live.web import Web
from tests.strangers.node import Node
from tests.world import Answer, TestShop

SHOP_KEY = "graph"


@dataclass
class Gateway:
    """A gateway that outlives a test: the shop of each comes to the addresses that it knows.

    `saleor_sdl`: blank, if it is to ask the simulated Saleor for it.
    """

    node: Node
    saleor_sdl: str = ""
    _stack: ExitStack = field(default_factory=ExitStack)
    _url: str = ""

    def __post_init__(self) -> None:
        self._saleor, self._web = Web(), Web()
        self._http = self._stack.enter_context(httpx.Client(timeout=60, trust_env=False))

    def close(self) -> None:
        self._stack.close()

    @contextmanager
    def of(self, shop: TestShop) -> Iterator[Graph]:
        """The graph of this shop."""
        Shop.objects.filter(pk=shop.row.pk).update(key=SHOP_KEY)
        shop.row.refresh_from_db()
        self._saleor.app = shop.saleor.wsgi
        self._saleor.start()
        self._web.start()
        try:
            self._start()
            self._web.answered.clear()
            yield Graph(self._url, self._web, self._http)
        finally:
            self._web.stop()
            self._saleor.stop()

    def _start(self) -> None:
        """Once, when both are there to be asked what they are like."""
        if self._url:
            return
        subgraphs = [
            {"name": "saleor", "url": f"{self._saleor.url}/graphql/", "sdl": self.saleor_sdl},
            {"name": "returns", "url": f"{self._web.url}/s/{SHOP_KEY}/graphql/"},
        ]
        serving = self.node.serving("gateway.mjs", {"subgraphs": subgraphs})
        told = self._stack.enter_context(serving)
        assert "errors" not in told, told["errors"]
        self._url = told["url"]


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
