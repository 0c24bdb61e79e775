"""Pictures and videos are erased … (EC58)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import Evidence, ReturnEvent, StoredFile, UploadTicket
from tests import evidence, make
from tests.usecases.stages import do
from tests.usecases.unchanged import nothing_changes
from tests.world import TestShop, World

PICTURE = evidence.picture(40, 30)
YEARS = 3 * 365 + 1
HOLD = f"""mutation($id: ID!, $held: Boolean!, $why: String!, $version: Int!) {{
  returnLegalHoldSet(id: $id, isHeld: $held, reason: $why, expectedVersion: $version) {{
    returnRequest {{ {make.FIELDS} legalHold }} {make.ERRORS} }} }}"""


def files(shop: TestShop) -> list[Path]:
    folder = Path(settings.EVIDENCE_DIR, shop.row.pk.hex)
    return sorted(folder.iterdir()) if folder.exists() else []


def tick() -> None:
    """What the clock does."""
    tasks.erase_evidence()
    tasks.delete_files()


def over(world: World) -> dict[str, Any]:
    """A return with a picture, made anew, which the customer then canceled."""
    shop = world.shop
    given = [{"id": evidence.uploaded(shop, PICTURE)}]
    request = make.requested(shop, shop.order(), evidence=given)
    world.quiet()
    return shop.as_li(make.CANCEL, id=request["id"], key=make.key()).request


def hold(world: World, request: dict[str, Any], *, held: bool, why: str = "12315 投诉") -> Any:
    seen = make.read(world.shop, request)
    answer = world.shop.as_clerk(
        HOLD, id=request["id"], held=held, why=why, version=seen["version"]
    )
    return answer.request


def test_three_years_after_their_return_ended(world: World) -> None:
    shop = world.shop
    request = over(world)
    tick()
    before = evidence.shown(shop, request)[0]
    assert len(files(shop)) == 2

    world.clock.forward(days=YEARS, minutes=-1)
    tick()
    assert len(files(shop)) == 2
    world.clock.forward(minutes=1, seconds=1)
    tick()

    assert files(shop) == []
    assert not StoredFile.objects.exists()
    (after,) = evidence.shown(shop, request)
    assert (after["status"], after["url"], after["thumbnailUrl"]) == ("ERASED", None, None)
    assert (after["sha256"], after["receivedAt"]) == (before["sha256"], before["receivedAt"])


def test_also_where_one_file_cannot_be_deleted(world: World) -> None:
    shop = world.shop
    over(world)
    tick()
    stuck, other = (
        Path(settings.EVIDENCE_DIR, row.key) for row in StoredFile.objects.order_by("id")
    )
    stuck.unlink()
    (stuck / "in the way").mkdir(parents=True)
    world.clock.forward(days=YEARS, minutes=1)

    tick()
    tick()

    assert (stuck.exists(), other.exists()) == (True, False)
    (stuck / "in the way").rmdir()
    world.clock.forward(minutes=5)
    tick()
    assert files(shop) == []


def test_never_while_staff_hold_them_for_a_dispute(world: World) -> None:
    request = over(world)
    held = hold(world, request, held=True)
    assert held["legalHold"] is True
    world.clock.forward(days=2 * YEARS)
    tick()
    assert len(files(world.shop)) == 2

    hold(world, request, held=False, why="调解结束")
    tick()
    assert len(files(world.shop)) == 2  # the hold's end is the latest thing that happened
    world.clock.forward(days=YEARS, seconds=1)
    tick()

    assert files(world.shop) == []
    kinds = ReturnEvent.objects.order_by("sequence").values_list("kind", "data")
    assert list(kinds)[-2:] == [
        ("legal_hold_set", {"reason": "12315 投诉"}),
        ("legal_hold_ended", {"reason": "调解结束"}),
    ]


def test_that_a_dispute_is_expected_is_for_staff_to_know(world: World) -> None:
    shop = world.shop
    request = over(world)
    hold(world, request, held=True)
    asked = "query($id: ID!) { returnRequest(id: $id) { legalHold events { kind } } }"

    told, of_staff = (ask(asked, id=request["id"]).data for ask in (shop.as_li, shop.as_clerk))

    assert (told["returnRequest"]["legalHold"], of_staff["returnRequest"]["legalHold"]) == (
        False,
        True,
    )
    kinds = [event["kind"] for event in of_staff["returnRequest"]["events"]]
    assert kinds[-1] == "legal_hold_set"
    assert [event["kind"] for event in told["returnRequest"]["events"]] == kinds[:-1]


@pytest.mark.parametrize("stage", ["requested", "rejected"])
def test_never_while_their_return_is_open(world: World, stage: str) -> None:
    shop = world.shop
    order = shop.order()
    request = make.requested(shop, order, evidence=[{"id": evidence.uploaded(shop, PICTURE)}])
    world.quiet()
    if stage == "rejected":  # the customer may appeal
        do(shop, "reject", request, order)

    world.clock.forward(days=2 * YEARS)
    tick()

    assert len(files(shop)) == 2


def test_a_day_after_they_came_where_they_are_attached_to_nothing(world: World) -> None:
    shop = world.shop
    evidence.uploaded(shop, PICTURE)
    evidence.ticket(shop)  # and never used
    world.quiet()

    world.clock.forward(hours=24)
    tick()
    assert len(files(shop)) == 2
    world.clock.forward(seconds=1)
    tick()

    assert files(shop) == []
    assert Evidence.objects.get().status == "erased"
    assert UploadTicket.objects.count() == 1


def test_and_cannot_be_attached_any_more(world: World) -> None:
    shop = world.shop
    id = evidence.uploaded(shop, PICTURE)
    world.clock.forward(hours=25)
    tick()

    answer = shop.as_li(
        make.CREATE, input=make.wanted(shop.order(), evidence=[{"id": id}]), key=make.key()
    )

    assert answer.refusals == [("EVIDENCE_UNREADABLE", "evidence.id")]


def test_before_the_worker_came_to_them(world: World) -> None:
    shop = world.shop
    evidence.uploaded(shop, PICTURE)
    world.clock.forward(hours=25)
    tick()

    world.quiet()

    assert (files(shop), Evidence.objects.get().status) == ([], "erased")


def test_although_the_storage_was_away_at_first(world: World) -> None:
    shop = world.shop
    over(world)
    tick()
    world.clock.forward(days=YEARS, seconds=1)
    folder = Path(settings.EVIDENCE_DIR, shop.row.pk.hex)
    away = folder.with_suffix(".away")
    folder.rename(away)
    folder.write_text("no folder")

    tick()
    assert Evidence.objects.get().status == "erased"
    assert StoredFile.objects.exclude(delete_after=None).count() == 2
    folder.unlink()
    away.rename(folder)
    world.clock.forward(minutes=5)
    tick()

    assert files(shop) == []
    assert not StoredFile.objects.exists()


def test_a_file_that_no_row_took_goes_after_an_hour(world: World) -> None:
    """As after a kill between the storage and the row."""
    shop = world.shop
    evidence.uploaded(shop, PICTURE)
    world.quiet()
    tick()
    orphan = StoredFile.objects.create(
        shop=shop.row,
        key=f"{shop.row.pk.hex}/orphan",
        delete_after=world.clock.now.replace(hour=world.clock.now.hour + 1),
    )
    Path(settings.EVIDENCE_DIR, orphan.key).write_bytes(b"half a picture")

    world.clock.forward(minutes=59)
    tick()
    assert len(files(shop)) == 3
    world.clock.forward(minutes=1)
    tick()

    assert len(files(shop)) == 2
    assert Path(settings.EVIDENCE_DIR, orphan.key) not in files(shop)


def test_hold_is_for_staff_with_a_reason_and_what_they_saw(world: World) -> None:
    shop = world.shop
    request = over(world)
    version = request["version"]
    tries: list[tuple[Any, dict[str, Any], tuple[str, str | None]]] = [
        (shop.as_li, {}, ("FORBIDDEN", None)),
        (shop.as_clerk, {"why": " "}, ("REQUIRED", "reason")),
        (shop.as_clerk, {"why": "x" * 501}, ("TOO_LONG", "reason")),
        (shop.as_clerk, {"version": version - 1}, ("VERSION_CONFLICT", "expectedVersion")),
        (shop.as_clerk, {"id": "x"}, ("NOT_FOUND", "id")),
        (world.other_shop.as_clerk, {}, ("NOT_FOUND", "id")),
    ]

    for ask, changes, expected in tries:
        given = {"id": request["id"], "held": True, "why": "投诉", "version": version} | changes
        with nothing_changes(world):
            assert ask(HOLD, **given).refusals == [expected]
