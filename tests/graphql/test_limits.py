"""How much may be asked at once; what is too much is refused before anything is done."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from graphql import get_introspection_query

from tests.graphql.raw import post
from tests.usecases.unchanged import nothing_changes
from tests.world import World


def ask(world: World, query: str) -> tuple[int, list[str]]:
    """Status, and the messages of the errors."""
    with nothing_changes(world):
        answer = post(world.shop, json.dumps({"query": query}).encode())
    body: dict[str, Any] = answer.json()
    return answer.status_code, [error["message"] for error in body.get("errors", [])]


def fields(count: int) -> str:
    return " ".join(f"f{n}: __typename" for n in range(count))


def chain(fragments: int) -> str:
    """Every fragment spreads the next one twice: 2 ** fragments fields, written in a few lines."""
    links = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(fragments)]
    last = f"fragment F{fragments} on Query {{ __typename }}"
    return "\n".join(["{ ...F0 }", *links, last])


TOO_MANY = (400, ["More than 500 fields."])
TOO_DEEP = (400, ["Deeper than 12 levels."])


def test_let_500_fields_pass(world: World) -> None:
    assert ask(world, f"{{ returnRequest {{ {fields(499)} }} }}") == (200, [MEANS_LOG_IN])


MEANS_LOG_IN = "请重新登录。"


def test_stop_at_501_fields(world: World) -> None:
    assert ask(world, f"{{ returnRequest {{ {fields(500)} }} }}") == TOO_MANY


def test_count_fields_in_fragments_where_they_stand(world: World) -> None:
    query = f"""{{ returnRequest {{ ...A }} }}
        fragment A on ReturnRequest {{ a: lines {{ ...B }} b: lines {{ ...B }} }}
        fragment B on ReturnLine {{ {fields(260)} }}"""

    assert ask(world, query) == TOO_MANY


def test_count_fields_in_inline_fragments(world: World) -> None:
    assert ask(world, f"{{ returnRequest {{ ... {{ {fields(500)} }} }} }}") == TOO_MANY


def test_count_every_operation_of_the_document(world: World) -> None:
    query = f"query A {{ __typename }} query B {{ returnRequest {{ {fields(500)} }} }}"

    assert ask(world, query) == TOO_MANY


def test_count_fragments_that_nobody_uses(world: World) -> None:
    query = f"{{ __typename }} fragment F on ReturnRequest {{ {fields(500)} }}"

    assert ask(world, query) == TOO_MANY


def test_stop_fragments_that_double_thirty_times(world: World) -> None:
    started = time.process_time()

    assert ask(world, chain(30)) == TOO_MANY
    assert time.process_time() - started < 1


def test_stop_thousands_of_equal_fields_at_once(world: World) -> None:
    """Whether equal fields can be merged is asked of every pair: 8000 fields take minutes."""
    started = time.process_time()

    assert ask(world, "{ returnRequest { " + "id " * 8000 + "} }") == TOO_MANY
    assert time.process_time() - started < 1


@pytest.mark.parametrize("length", [1, 2, 3])
def test_refuse_fragments_in_a_circle(world: World, length: int) -> None:
    circle = [
        f"fragment F{n} on ReturnRequest {{ id ...F{(n + 1) % length} }}" for n in range(length)
    ]

    status, messages = ask(world, "{ returnRequest { ...F0 } }" + "\n".join(circle))

    assert status == 400
    assert messages[0].startswith("Cannot spread fragment 'F0' within itself")


def test_refuse_a_thousand_fragments_in_a_row(world: World) -> None:
    row = [f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(1000)]

    status, _ = ask(world, "\n".join(["{ ...F0 }", *row, "fragment F1000 on Query { __typename }"]))

    assert status == 400


def test_let_12_levels_pass(world: World) -> None:
    query = "{ a " + "{ a " * 11 + "}" * 12

    status, messages = ask(world, query)

    assert status == 400
    assert messages == ["Cannot query field 'a' on type 'Query'."]


def test_stop_at_13_levels(world: World) -> None:
    assert ask(world, "{ a " + "{ a " * 12 + "}" * 13) == TOO_DEEP


def test_count_levels_through_fragments(world: World) -> None:
    query = "{ a { a { a { a { a { a { ...F } } } } } } } fragment F on Query " + (
        "{ a " * 7 + "}" * 7
    )

    assert ask(world, query) == TOO_DEEP


@pytest.mark.parametrize("levels", [100, 200, 1000, 8000])
def test_refuse_nesting_without_end(world: World, levels: int) -> None:
    status, _ = ask(world, "{a" * levels + "}" * levels)

    assert status == 400


def test_refuse_inline_fragments_without_end(world: World) -> None:
    status, _ = ask(world, "{ ... " * 1000 + "{ __typename }" + "}" * 1000)

    assert status == 400


def test_refuse_reading_the_schema_in_circles(world: World) -> None:
    """Every level of these multiplies the answer by the number of all fields."""
    query = "{ __schema { types { " + "fields { type { " * 4 + "name" + "} }" * 4 + "} } }"

    assert ask(world, query) == (400, ["Maximum introspection depth exceeded"])


def test_let_tools_read_the_schema(world: World) -> None:
    assert ask(world, get_introspection_query()) == (200, [])


def test_let_ten_things_be_asked_at_once(world: World) -> None:
    query = "{" + " ".join(f'r{n}: returnRequest(id: "x") {{ id }}' for n in range(10)) + "}"

    assert ask(world, query)[0] == 200


def test_stop_at_eleven_things_at_once(world: World) -> None:
    """Each may cost a call to Saleor, and a request has seconds."""
    query = "{" + " ".join(f'r{n}: returnRequest(id: "x") {{ id }}' for n in range(11)) + "}"

    assert ask(world, query) == (400, ["More than 10 fields at the top."])


def test_let_64_kb_of_document_pass(world: World) -> None:
    assert ask(world, "{ __typename }".ljust(64 * 1024))[0] == 200


@pytest.mark.parametrize("filler", ["#" + "x" * 64 * 1024, "#" + "长" * 22_000])
def test_stop_beyond_64_kb_of_document(world: World, filler: str) -> None:
    assert ask(world, "{ __typename }" + filler) == (
        400,
        ["The document is larger than 64 KB."],
    )


def test_stop_at_8193_tokens(world: World) -> None:
    status, messages = ask(world, "{" + "a " * 9000 + "}")

    assert status == 400
    assert "Document contains more than 8192 tokens" in messages[0]
