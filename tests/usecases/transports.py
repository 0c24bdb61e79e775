"""Ways to one shop's Saleor that watch, or let something happen on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from saleor_wechat_returns import outgoing
from tests.world import NobodyThere, TestShop

Handler = Callable[[httpx.Request], httpx.Response]


@contextmanager
def watched(shop: TestShop) -> Iterator[list[str]]:
    """Collect method and path of everything that is sent while the block runs."""
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path}")
        return shop.saleor.transport.handle_request(request)

    with _in_place_of_saleor(shop, handle):
        yield seen


@contextmanager
def overtaken_by(
    shop: TestShop, meanwhile: Callable[[], object], operation: bytes = b"OrderFacts"
) -> Iterator[None]:
    """Saleor does the first `operation` at once, but its answer arrives after `meanwhile`."""
    is_first = True

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal is_first
        answer = shop.saleor.transport.handle_request(request)
        answer.read()
        if is_first and operation in request.content:
            is_first = False
            meanwhile()
        return answer

    with _in_place_of_saleor(shop, handle):
        yield


@contextmanager
def answering(shop: TestShop, page: httpx.Response) -> Iterator[None]:
    """Saleor's keys as ever; its API answers everything with `page`."""

    def handle(request: httpx.Request) -> httpx.Response:
        is_for_keys = request.method == "GET"
        return shop.saleor.transport.handle_request(request) if is_for_keys else page

    with _in_place_of_saleor(shop, handle):
        yield


@contextmanager
def _in_place_of_saleor(shop: TestShop, handle: Handler) -> Iterator[None]:
    host = httpx.URL(shop.saleor.world.api_url).host
    mounts: dict[str, httpx.BaseTransport | None] = {
        f"all://{host}": httpx.MockTransport(handle),
        "all://": NobodyThere(),
    }
    with outgoing.mounted(mounts):
        yield
