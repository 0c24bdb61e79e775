"""Errors are typed, and say to people what to do."""

from __future__ import annotations

import pytest

from saleor_wechat_returns.domain.error_words import MEANINGS
from saleor_wechat_returns.domain.errors import ErrorCode
from tests import make
from tests.world import World

CODES = """{ __type(name: "ReturnErrorCode") { enumValues { name description } } }"""
IN_ENGLISH = make.CREATE.replace("message lines", "message(languageCode: EN) lines")


@pytest.mark.parametrize("query", [make.CREATE, IN_ENGLISH], ids=["Chinese", "English"])
def test_speak_chinese_unless_asked_otherwise(world: World, query: str) -> None:
    order = world.shop.order()

    answer = world.shop.as_li(query, input=make.wanted(order, lines=[]), key="k")

    chinese, english = MEANINGS[ErrorCode.LINES_EMPTY]
    assert answer.payload["errors"] == [
        {
            "field": "lines",
            "code": "LINES_EMPTY",
            "message": english if query is IN_ENGLISH else chinese,
            "lines": None,
        }
    ]


def test_are_all_in_the_schema_with_their_meaning(world: World) -> None:
    told = world.shop.ask(CODES).data["__type"]["enumValues"]

    assert {value["name"]: value["description"] for value in told} == {
        code.name: MEANINGS[code][1] for code in ErrorCode
    }


def test_leave_the_payload_empty(world: World) -> None:
    answer = world.shop.as_li(make.APPROVE, id="x", version=1)

    assert answer.payload["returnRequest"] is None
    assert len(answer.payload["errors"]) == 1
