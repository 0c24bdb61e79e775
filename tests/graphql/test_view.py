"""The address /s/<shop key>/graphql/: what it reads, what it turns away, and how it says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import make
from tests.graphql.raw import post
from tests.usecases.unchanged import nothing_changes
from tests.world import World

LIST = "{ returnRequests { edges { node { number } } } }"
KINDS = "{ returnRequests { pageInfo { hasNextPage } } }"


def body(**changes: Any) -> bytes:
    return json.dumps({"query": KINDS} | changes).encode()


def test_answers_json_with_a_request_id(world: World) -> None:
    answer = post(world.shop, body(query="{ __typename }"))

    assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})
    assert len(answer.headers["X-Request-Id"]) == 16


def test_gives_every_request_an_id_of_its_own(world: World) -> None:
    ids = {post(world.shop, body()).headers["X-Request-Id"] for _ in range(3)}

    assert len(ids) == 3


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"]
)
def test_reads_json(world: World, content_type: str) -> None:
    answer = post(world.shop, body(query="{ __typename }"), Content_Type=content_type)

    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_takes_post_only(world: World, method: str) -> None:
    path = f"/s/{world.shop.row.key}/graphql/"

    answer = world.us.request(method, path, params={"query": "{ __typename }"})

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.content == b""


@pytest.mark.parametrize("key", ["nobody", "x" * 10_000, "%00", "%0A", "..%2F"])
def test_knows_no_other_shop(world: World, key: str) -> None:
    headers = {"Content-Type": "application/json"}

    answer = world.us.post(f"/s/{key}/graphql/", content=body(), headers=headers)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ],
)
def test_refuses_another_content_type(world: World, content_type: str) -> None:
    with nothing_changes(world):
        answer = post(world.shop, body(), Content_Type=content_type)

    assert (answer.status_code, answer.json()) == (
        400,
        {"errors": [{"message": "Send application/json."}]},
    )


NO_JSON = {
    "nothing": b"",
    "half": b'{"query": "{ __typename ',
    "not UTF-8": b'{"query": "\xff\xfe"}',
    "a document": b"{ __typename }",
    "100 000 lists": b"[" * 100_000,
    "100 000 objects": b'{"a":' * 20_000,
    "number of 5000 digits": b"1" * 5000,
}


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON.keys())
def test_refuses_what_is_no_json(world: World, content: bytes) -> None:
    with nothing_changes(world):
        answer = post(world.shop, content)

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"message": "The body is not JSON."}]}


NO_REQUESTS: dict[str, Any] = {
    "a batch": [{"query": KINDS}, {"query": KINDS}],
    "a text": KINDS,
    "null": None,
    "no query": {"variables": {}},
    "null for query": {"query": None},
    "a list for query": {"query": [KINDS]},
}


@pytest.mark.parametrize("request_body", NO_REQUESTS.values(), ids=NO_REQUESTS.keys())
def test_refuses_batches_and_what_is_no_request(world: World, request_body: Any) -> None:
    with nothing_changes(world):
        answer = post(world.shop, json.dumps(request_body).encode())

    assert answer.status_code == 400
    assert answer.json() == {
        "errors": [{"message": "Send an object with a text `query`; batches are not taken."}]
    }


@pytest.mark.parametrize("variables", [[], [1], "a", 1, 0, False, True, ""])
def test_refuses_variables_that_are_no_object(world: World, variables: Any) -> None:
    answer = post(world.shop, body(variables=variables))

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"message": "`variables` is an object."}]}


@pytest.mark.parametrize("name", [1, [], {}, False])
def test_refuses_an_operation_name_that_is_no_text(world: World, name: Any) -> None:
    answer = post(world.shop, body(operationName=name))

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"message": "`operationName` is a text."}]}


@pytest.mark.parametrize("name", [None, ""])
def test_takes_no_operation_name(world: World, name: Any) -> None:
    answer = post(world.shop, body(query="query A { __typename }", operationName=name))

    assert answer.json() == {"data": {"__typename": "Query"}}


def test_runs_the_operation_that_is_named(world: World) -> None:
    query = "query A { a: __typename } query B { b: __typename }"

    answer = post(world.shop, body(query=query, operationName="B"))

    assert answer.json() == {"data": {"b": "Query"}}


@pytest.mark.parametrize("name", [None, "C"])
def test_refuses_to_guess_the_operation(world: World, name: str | None) -> None:
    query = "query A { a: __typename } query B { b: __typename }"

    answer = post(world.shop, body(query=query, operationName=name))

    assert answer.status_code == 200
    assert [set(error) for error in answer.json()["errors"]] == [{"message"}]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "{",
        "{ }",
        "}",
        "query",
        "\x00",
        "\ud800",
        "{ a(b: }",
        "\ufeff",
        "{ __typename } garbage",
    ],
)
def test_refuses_a_document_that_cannot_be_read(world: World, query: str) -> None:
    with nothing_changes(world):
        answer = post(world.shop, body(query=query))

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["message"].startswith("The document cannot be read: Syntax Error: ")


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing }",
        "{ returnRequests }",
        "{ returnRequest(id: {}) { id } }",
        "{ ...Unknown }",
        "query($id: Nothing!) { returnRequest(id: $id) { id } }",
        "{ returnRequest(id: $id) { id } }",
        "fragment F on ReturnRequest { id }",
        "type Query { a: Int }",
        "mutation { returnRequestApprove(id: 1) { errors { code } } }",
        "{ returnRequests(filter: {status: [LOST]}) { edges { cursor } } }",
    ],
)
def test_refuses_a_document_that_does_not_fit_the_schema(world: World, query: str) -> None:
    with nothing_changes(world):
        answer = post(world.shop, body(query=query))

    assert answer.status_code == 400
    assert "data" not in answer.json()
    assert all(error["message"] for error in answer.json()["errors"])


def test_refuses_a_body_beyond_256_kb(world: World) -> None:
    answer = post(world.shop, body(variables={"a": "x" * 256 * 1024}))

    assert (answer.status_code, answer.json()) == (
        400,
        {"errors": [{"message": "The request is too large."}]},
    )


def test_refuses_a_megabyte_of_id(world: World) -> None:
    order = world.shop.order()

    with nothing_changes(world):
        answer = world.shop.as_li(
            make.CREATE, input=make.wanted(order, orderId="a" * 1024 * 1024), key="k"
        )

    assert (answer.status, answer.body) == (
        400,
        {"errors": [{"message": "The request is too large."}]},
    )


@pytest.mark.parametrize("length", ["many", "-1", "1.5", ""])
def test_survives_a_length_that_is_no_number(world: World, length: str) -> None:
    answer = post(world.shop, body(), Content_Length=length)

    assert answer.status_code == 400


def test_asks_who_is_there_before_anything_is_read(world: World) -> None:
    answer = post(world.shop, body(query=LIST))

    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED", "field": None}
