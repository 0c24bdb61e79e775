"""A return number that is taken …"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import pytest

from saleor_wechat_returns.models import ReturnRequest
from tests import make
from tests.world import World


def drawing(monkeypatch: pytest.MonkeyPatch, *drawn: str) -> list[str]:
    """Chance gives these characters first. What is left of them."""
    left, by_chance = list("".join(drawn)), secrets.choice

    def choose(among: Sequence[Any]) -> Any:
        return left.pop(0) if left else by_chance(among)

    monkeypatch.setattr(secrets, "choice", choose)
    return left


def test_is_given_to_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """EC62: also of another shop, as the refund's number at WeChat Pay is made of it."""
    first = make.requested(world.shop, world.shop.order())
    drawn = first["number"][9:15]
    left = drawing(monkeypatch, drawn, drawn, "K7M2QX")

    second = make.requested(world.other_shop, world.other_shop.order())

    assert left == []
    assert second["number"][9:15] == "K7M2QX"
    assert ReturnRequest.objects.count() == 2


def test_five_times_in_a_row_is_no_chance(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """EC62: a bug then, and nothing is kept."""
    first = make.requested(world.shop, world.shop.order())
    order = world.shop.order()
    drawing(monkeypatch, first["number"][9:15] * 5)

    answer = world.shop.as_li(make.CREATE, input=make.wanted(order), key="k")

    assert answer.body["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert ReturnRequest.objects.count() == 1
    assert make.requested(world.shop, order)["status"] == "REQUESTED"


def test_cannot_be_guessed_from_the_one_before(world: World) -> None:
    """EC62: thirty bits of chance in each, and a check character."""
    order = world.shop.order()
    numbers = [make.requested(world.shop, order, {at: 1})["number"] for at in (0, 1)]

    parts = [number[9:15] for number in numbers]
    assert parts[0] != parts[1]
    assert len(set("".join(parts))) > 3
