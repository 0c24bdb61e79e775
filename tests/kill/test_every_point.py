"""Whichever process is killed by SIGKILL, at whichever of its points, in the end … (EC34)"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.kill import inventory
from tests.kill.mortal import Mortal, mortal_world
from tests.kill.points import ONCE
from tests.kill.stories import STORIES, return_of_a_hoodie
from tests.usecases.timers import NO_LIMITS, follow

# What the return of a hoodie has, if nothing but the one death goes wrong.
FEWEST_POINTS = 60

# For whoever tells the same story in another process of this run.
LONGEST_STORY_SECONDS = 900
FAILED = "failed"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for each story that was told in this run, with the deaths in it."""
    mine = tmp_path_factory.getbasetemp()
    folder = (mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine) / "kill stories"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def mortal(transactional_db: None) -> Iterator[Mortal]:
    with mortal_world() as world:
        yield world


@pytest.mark.parametrize("story", STORIES)
def test_money_has_moved_once_and_saleor_knows_it(mortal: Mortal, told: Path, story: str) -> None:
    """One refund, and a death at every point of it, each when the one before was got over."""
    live_through(mortal, story, told)


def test_no_effect_no_call_and_no_commit_of_a_refund_was_left_out(
    transactional_db: None, told: Path
) -> None:
    """Of all the stories, in this run: those that nobody has told yet are told now."""
    deaths: set[str] = set()
    for story in STORIES:
        if not (told / story).exists():
            with mortal_world() as mortal:
                live_through(mortal, story, told)
            call_command("flush", verbosity=0, interactive=False)
        deaths |= set(_heard(told / story))

    assert inventory.missing(deaths) == set()


def test_each_of_a_row_of_refunds_gets_over_its_one_death(mortal: Mortal) -> None:
    """A refund for every point: one process dies once, and everything else goes well."""
    follow(mortal.world.shop, limits=NO_LIMITS)
    died, deaths = -1, 0
    while died < deaths:
        mortal.mode, died = ONCE, deaths
        check = return_of_a_hoodie(mortal)
        mortal.work()
        check()
        deaths = len(mortal.points.deaths())
    assert deaths >= FEWEST_POINTS


def live_through(mortal: Mortal, story: str, told: Path) -> None:
    """Tell the story, unless somebody does or did, and write down where processes died."""
    record = told / story
    try:
        record.touch(exist_ok=False)
    except FileExistsError:
        _heard(record)
        return
    try:
        check = STORIES[story](mortal)
        mortal.work()
        check()
    except BaseException:
        record.write_text(FAILED)
        raise
    record.write_text("\n".join(mortal.points.deaths()))


def _heard(record: Path) -> list[str]:
    for _ in range(LONGEST_STORY_SECONDS * 5):
        if text := record.read_text():
            assert text != FAILED, f"{record.name}: failed when it was told"
            return text.splitlines()
        time.sleep(0.2)
    raise AssertionError(f"{record.name}: never told to its end")
