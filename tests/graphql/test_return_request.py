"""Reading one return: by id, or by its number as a person writes it."""

from __future__ import annotations

from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnRequest
from tests import make
from tests.usecases.unchanged import nothing_changes
from tests.world import World

NUMBER = "R20261123K10QXPQ"  # its check digit is right
WORDS = """query($id: ID, $language: ReturnLanguageCode) { returnRequest(id: $id) {
  kindLabel(languageCode: $language) statusLabel(languageCode: $language)
  reasonLabel(languageCode: $language)
  events { statusLabel(languageCode: $language) }
  availableActions { label(languageCode: $language) } } }"""


def numbered(world: World) -> dict[str, Any]:
    """A return whose number has a 1 and a 0 in it."""
    request = make.requested(world.shop, world.shop.order())
    ReturnRequest.objects.update(number=NUMBER)
    return request


@pytest.mark.parametrize(
    "written",
    [
        "R20261123K10QXPQ",
        "r20261123k10qxpq",
        " R20261123K10QXPQ\n",
        "R 2026 1123 K10Q XPQ",
        "R-20261123-K10QXPQ",
        "R20261123KLOQXPQ",
        "R2O26II23KlOQXPQ",
        "r2o26ii23kioqxpq",
    ],
)
def test_forgives_how_its_number_is_written(world: World, written: str) -> None:
    request = numbered(world)

    found = world.shop.as_li(make.READ, number=written).data["returnRequest"]

    assert found["id"] == request["id"]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "R",
        "20261123K10QXPQ",
        "R20261123K10QXP",
        "R20261123K10QXPQQ",
        "R20261123K10QXPE",
        "R20261132K10QXPQ",
        "R20261123K01QXPQ",
        "R20261123K10QXPɊ",
        "R20261123K10QX\x00D",
        "R20261123K10QXP%",
        "退" * 10_000,
    ],
)
def test_finds_nothing_by_another_number(world: World, written: str) -> None:
    numbered(world)

    with nothing_changes(world):
        answer = world.shop.as_li(make.READ, number=written)

    assert answer.data == {"returnRequest": None}


def test_tells_nobody_that_a_guessed_number_exists(world: World) -> None:
    """EC62."""
    numbered(world)

    assert world.shop.as_wang(make.READ, number=NUMBER).data == {"returnRequest": None}


def test_finds_nothing_when_asked_for_nothing(world: World) -> None:
    make.requested(world.shop, world.shop.order())

    assert world.shop.as_li(make.READ).data == {"returnRequest": None}


def test_goes_by_the_id_when_a_number_is_given_too(world: World) -> None:
    first = make.requested(world.shop, world.shop.order())
    second = make.requested(world.shop, world.shop.order())

    answer = world.shop.as_li(make.READ, id=first["id"], number=second["number"])

    assert answer.data["returnRequest"]["id"] == first["id"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (None, ["退货退款", "待审核", "尺码不合", "待审核", "修改申请"]),
        ("ZH_HANS", ["退货退款", "待审核", "尺码不合", "待审核", "修改申请"]),
        (
            "EN",
            [
                "Return and refund",
                "Waiting for review",
                "The size does not fit",
                "Waiting for review",
                "Change the request",
            ],
        ),
    ],
)
def test_is_told_in_words(world: World, language: str | None, words: list[str]) -> None:
    request = make.requested(world.shop, world.shop.order())

    told = world.shop.as_li(WORDS, id=request["id"], language=language).data["returnRequest"]

    assert [
        told["kindLabel"],
        told["statusLabel"],
        told["reasonLabel"],
        told["events"][0]["statusLabel"],
        told["availableActions"][0]["label"],
    ] == words
