"""Faults of our own: masked, found again by their request id, and without a trace in the rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from django.db import connection

from saleor_wechat_returns.models import Parcel, ReturnEvent
from tests import make
from tests.graphql.raw import post
from tests.usecases.transports import answering
from tests.usecases.unchanged import nothing_changes
from tests.world import World

MASKED = "系统出了点问题,请凭请求编号联系客服。"


@contextmanager
def without_table(table: str) -> Iterator[None]:
    """The table is missing while the block runs, as after half a migration."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO mislaid")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE mislaid RENAME TO {table}")


def ask_as_li(world: World, query: str, **variables: Any) -> httpx.Response:
    token = world.shop.saleor.user_token(world.shop.li)
    content = json.dumps({"query": query, "variables": variables}).encode()
    return post(world.shop, content, Authorization=f"Bearer {token}")


def test_are_masked_and_undone(world: World) -> None:
    order = world.shop.order()

    with nothing_changes(world, reads=1), without_table(ReturnEvent._meta.db_table):
        answer = ask_as_li(world, make.CREATE, input=make.wanted(order), key="k")

    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"returnRequestCreate": None},
        "errors": [
            {
                "message": MASKED,
                "locations": [{"line": 2, "column": 3}],
                "path": ["returnRequestCreate"],
                "extensions": {"code": "INTERNAL", "requestId": answer.headers["X-Request-Id"]},
            }
        ],
    }


def test_leave_the_idempotency_key_free(world: World) -> None:
    order = world.shop.order()
    with without_table(ReturnEvent._meta.db_table):
        ask_as_li(world, make.CREATE, input=make.wanted(order), key="k")

    again = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert again.request["status"] == "REQUESTED"


def test_are_logged_with_the_request_id(world: World, caplog: pytest.LogCaptureFixture) -> None:
    order = world.shop.order()

    with without_table(ReturnEvent._meta.db_table):
        answer = ask_as_li(world, make.CREATE, input=make.wanted(order), key="k")

    (record,) = [r for r in caplog.records if "graphql.failed" in r.getMessage()]
    assert record.levelname == "ERROR"
    assert answer.headers["X-Request-Id"] in record.getMessage()


def test_before_the_question_is_read_are_masked_too(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with nothing_changes(world), without_table("saleor_wechat_returns_shop"):
        answer = ask_as_li(world, "{ __typename }")

    request_id = answer.headers["X-Request-Id"]
    assert answer.status_code == 500
    assert answer.json() == {
        "errors": [{"message": MASKED, "extensions": {"code": "INTERNAL", "requestId": request_id}}]
    }
    (record,) = [r for r in caplog.records if "graphql.failed" in r.getMessage()]
    assert request_id in record.getMessage()


def test_in_a_secret_keep_the_secret(world: World) -> None:
    """The waybill was sealed with a key that is no longer among the settings."""
    request = make.in_transit(world.shop, world.shop.order())
    Parcel.objects.update(sealed_key_id="lost")

    with nothing_changes(world):
        answer = ask_as_li(world, make.READ, id=request["id"])

    body = answer.json()
    assert [error["message"] for error in body["errors"]] == [MASKED]
    assert body["errors"][0]["path"] == ["returnRequest", "deliveries", 0, "waybillNo"]
    assert body["data"] == {"returnRequest": None}
    for word in ("lost", "SECRETS_KEYS", "SF1234567890123", "secretbox"):
        assert word not in answer.text


def test_beside_an_answer_leave_the_answer(world: World) -> None:
    request = make.in_transit(world.shop, world.shop.order())
    Parcel.objects.update(sealed_key_id="lost")
    query = """query($id: ID!) {
      well: returnRequest(id: $id) { status }
      broken: returnRequest(id: $id) { deliveries { waybillNo } } }"""

    body = ask_as_li(world, query, id=request["id"]).json()

    assert body["data"] == {"well": {"status": "IN_TRANSIT"}, "broken": None}
    assert [error["path"][0] for error in body["errors"]] == ["broken"]


UNKNOWN_SHAPES = {
    "no order": b'{"data": {}}',
    "half an order": b'{"data": {"order": {"id": "T3JkZXI6MQ=="}}}',
    "a text for order": b'{"data": {"order": "T3JkZXI6MQ=="}}',
    "a list for order": b'{"data": {"order": [1]}}',
}


@pytest.mark.parametrize("body", UNKNOWN_SHAPES.values(), ids=UNKNOWN_SHAPES.keys())
def test_in_reading_saleor_write_nothing(world: World, body: bytes) -> None:
    """Operations are validated against Saleor's schemas: such an answer is a bug of somebody's."""
    order = world.shop.order()

    with nothing_changes(world), answering(world.shop, httpx.Response(200, content=body)):
        answer = ask_as_li(world, make.CREATE, input=make.wanted(order), key="k")

    assert [error["message"] for error in answer.json()["errors"]] == [MASKED]


@pytest.mark.parametrize(
    "table", ["saleor_wechat_returns_returnrequest", "saleor_wechat_returns_shopapp"]
)
def test_say_nothing_of_tables(world: World, table: str) -> None:
    order = world.shop.order()

    with without_table(table):
        answer = ask_as_li(world, make.CREATE, input=make.wanted(order), key="k")
        listed = ask_as_li(world, "{ returnRequests { edges { cursor } } }")

    for text in (answer.text, listed.text):
        for word in ("relation", "saleor_wechat_returns", "psycopg", "SELECT", "Traceback"):
            assert word not in text
