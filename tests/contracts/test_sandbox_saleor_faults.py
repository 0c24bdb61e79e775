"""Faults of the sandbox: what reached the shop, and what the caller sees of it."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import FaultKind, LineSpec, SaleorSandbox
from saleor_wechat_returns.sandbox.saleor.world import Order

API_URL = "http://shop.test/graphql/"
ADD_NOTE = """mutation($o: ID!) { orderNoteAdd(order: $o, input: {message: "seen"}) {
  errors { code } } }"""


@pytest.fixture
def shop() -> SaleorSandbox:
    return SaleorSandbox(API_URL)


@pytest.fixture
def order(shop: SaleorSandbox) -> Order:
    return shop.seed_order(lines=[LineSpec("T-shirt", "T-shirt-S", "TS-S", 1, "99.90")])


def add_note(shop: SaleorSandbox, order: Order, client: httpx.Client, url: str) -> httpx.Response:
    app = shop.world.app_by_identifier("notes") or shop.add_app("notes", ["MANAGE_ORDERS"])
    headers = {"Authorization": f"Bearer {app.auth_token}"}
    body = {"query": ADD_NOTE, "variables": {"o": order.id}}
    return client.post(url, json=body, headers=headers)


def notes(order: Order) -> int:
    return sum(event.type == "NOTE_ADDED" for event in order.events)


@pytest.mark.parametrize(
    ("kind", "error", "notes_written"),
    [
        (FaultKind.TIMEOUT_BEFORE, httpx.ConnectError, 0),
        (FaultKind.TIMEOUT_AFTER_ACCEPT, httpx.ReadTimeout, 1),
    ],
)
def test_a_lost_connection(
    shop: SaleorSandbox,
    order: Order,
    kind: FaultKind,
    error: type[Exception],
    notes_written: int,
) -> None:
    client = httpx.Client(transport=shop.transport)
    shop.faults.add(kind, "orderNoteAdd")

    with pytest.raises(error):
        add_note(shop, order, client, API_URL)

    assert notes(order) == notes_written
    assert len(shop.calls_of("orderNoteAdd")) == notes_written


@pytest.mark.parametrize(
    ("kind", "notes_written"),
    [(FaultKind.HTTP_500, 0), (FaultKind.HTTP_500_AFTER_ACCEPT, 1)],
)
def test_an_error_500(
    shop: SaleorSandbox, order: Order, kind: FaultKind, notes_written: int
) -> None:
    client = httpx.Client(transport=shop.transport)
    shop.faults.add(kind, "orderNoteAdd")

    response = add_note(shop, order, client, API_URL)

    assert response.status_code == 500
    assert notes(order) == notes_written


def test_a_fault_is_used_up_and_meets_only_its_field(shop: SaleorSandbox, order: Order) -> None:
    client = httpx.Client(transport=shop.transport)
    shop.faults.add("http_500", "transactionEventReport")
    shop.faults.add("http_500", "orderNoteAdd", times=2)

    statuses = [add_note(shop, order, client, API_URL).status_code for _ in range(3)]

    assert statuses == [500, 500, 200]
    (record,) = shop.calls_of("orderNoteAdd")
    assert (record.principal, record.variables) == ("app:notes", {"o": order.id})


@pytest.fixture
def url(shop: SaleorSandbox) -> Iterator[str]:
    server = shop.serve()
    yield f"{server.url}/graphql/"
    server.stop()


def test_a_real_server_drops_the_connection(shop: SaleorSandbox, order: Order, url: str) -> None:
    shop.faults.add("timeout_after_accept", "orderNoteAdd")

    with httpx.Client() as client, pytest.raises(httpx.RemoteProtocolError):
        add_note(shop, order, client, url)

    assert notes(order) == 1


def _meet(meeting: threading.Barrier) -> None:
    meeting.wait(10)


def test_a_real_server_answers_in_parallel(shop: SaleorSandbox, order: Order, url: str) -> None:
    """Two calls meet between check and write, which one at a time they never could."""
    meeting = threading.Barrier(2)
    shop.world.pause = lambda _point: _meet(meeting)
    app = shop.add_app("returns", ["MANAGE_ORDERS"])
    mutation = """mutation($o: ID!) { orderFulfillmentReturnProducts(order: $o, input: {}) {
      errors { code } } }"""
    statuses: list[int] = []

    def return_nothing() -> None:
        body = {"query": mutation, "variables": {"o": order.id}}
        headers = {"Authorization": f"Bearer {app.auth_token}"}
        statuses.append(httpx.post(url, json=body, headers=headers).status_code)

    threads = [threading.Thread(target=return_nothing) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200, 200]
    assert [f.fulfillment_order for f in order.fulfillments] == [1, 1]
