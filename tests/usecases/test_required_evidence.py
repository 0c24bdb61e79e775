"""Evidence that a reason asks for …"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from saleor_wechat_returns.domain.evidence import Medium, Shows
from saleor_wechat_returns.domain.policy import RequiredEvidence, missing_evidence
from saleor_wechat_returns.models import Evidence
from tests import evidence, make
from tests.usecases.allowed import with_rules
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

REQUIRED = [("EVIDENCE_REQUIRED", "evidence")]
DAMAGE = RequiredEvidence(shows=Shows.DAMAGE, count=2)
BOTH_SIDES = {
    "code": "quality_defect",
    "zh": "质量问题",
    "en": "A defect",
    "kinds": ["return_and_refund"],
    "evidence": [{"shows": "damage", "count": 2}],
}
CLIP = RequiredEvidence(shows=Shows.DAMAGE, medium=Medium.VIDEO)


def given(world: World, *shows: str) -> list[dict[str, Any]]:
    content = evidence.picture(40, 30)
    return [{"id": evidence.uploaded(world.shop, content), "shows": what} for what in shows]


def create(world: World, order: Any, files: list[dict[str, Any]]) -> Answer:
    wanted = make.wanted(order, reason="quality_defect", evidence=files)
    return world.shop.as_li(make.CREATE, input=wanted, key=make.key())


def update(world: World, request: dict[str, Any], **changes: Any) -> Answer:
    return world.shop.as_li(make.UPDATE, id=request["id"], input=changes, key=make.key())


@pytest.mark.parametrize("shows", [(), ("DAMAGE",), ("DAMAGE", "OTHER"), ("LABEL", "LABEL")])
def test_is_needed_to_ask(world: World, shows: tuple[str, ...]) -> None:
    order = world.shop.order()
    files = given(world, *shows)

    with nothing_changes(world, reads=1):
        assert create(world, order, files).refusals == REQUIRED


def test_may_come_in_any_order_and_with_more(world: World) -> None:
    files = given(world, "OTHER", "LABEL", "DAMAGE", "DAMAGE")

    assert create(world, world.shop.order(), files).request["reason"] == "quality_defect"


def test_can_be_looked_at(world: World) -> None:
    files = given(world, "DAMAGE", "LABEL")
    create(world, world.shop.order(), files)
    order, more = world.shop.order(), given(world, "DAMAGE", "LABEL")
    Evidence.objects.filter(request=None, shows="other").update(status="unreadable")

    assert create(world, order, more).refusals == [
        ("EVIDENCE_UNREADABLE", "evidence.id"),
        ("EVIDENCE_UNREADABLE", "evidence.id"),
    ]


def test_is_needed_to_change_to_that_reason(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    with nothing_changes(world, reads=1):
        assert update(world, request, reason="quality_defect").refusals == REQUIRED

    files = given(world, "DAMAGE", "LABEL")
    changed = update(world, request, reason="quality_defect", evidence=files).request
    assert changed["reason"] == "quality_defect"


def test_is_not_asked_for_again_by_a_change_of_the_note(world: World) -> None:
    request = make.requested(world.shop, world.shop.order(), **evidence.of_fault(world.shop))
    Evidence.objects.all().update(status="unreadable", trouble="broken")

    assert update(world, request, note="袖口开线").request["note"] == "袖口开线"


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ([], (DAMAGE, CLIP)),
        ([(Medium.IMAGE, Shows.DAMAGE)], (DAMAGE, CLIP)),
        ([(Medium.IMAGE, Shows.DAMAGE)] * 2, (CLIP,)),
        ([(Medium.VIDEO, Shows.DAMAGE)] * 2, (DAMAGE,)),
        ([(Medium.IMAGE, Shows.LABEL)] * 9, (DAMAGE, CLIP)),
        ([(Medium.VIDEO, Shows.DAMAGE), *[(Medium.IMAGE, Shows.DAMAGE)] * 3], ()),
    ],
)
def test_is_counted_by_what_it_is_and_shows(
    files: list[tuple[Medium, Shows]], missing: tuple[RequiredEvidence, ...]
) -> None:
    assert missing_evidence([DAMAGE, CLIP], files) == missing


def test_is_no_more_for_the_same_picture_sent_twice(world: World) -> None:
    with_rules(world, reasons=[BOTH_SIDES])
    order, same = world.shop.order(), given(world, "DAMAGE", "DAMAGE")
    other = {"id": evidence.uploaded(world.shop, evidence.picture(50, 30)), "shows": "DAMAGE"}

    assert create(world, order, same).refusals == REQUIRED
    assert create(world, order, [same[0], other]).request["status"] == "REQUESTED"


def test_is_not_insisted_on_while_the_storage_is_away(world: World) -> None:
    """What was tried counts for a day; what was not is wanted as ever."""
    tickets = [evidence.ticket(world.shop, shows=shows) for shows in ("DAMAGE", "LABEL")]
    shop_folder = Path(settings.EVIDENCE_DIR) / world.shop.row.pk.hex
    shop_folder.write_text("a file where a folder should be")  # nothing can be stored there
    content, order = evidence.picture(40, 30), world.shop.order()

    assert evidence.send(world.shop, tickets[0], content).status == 503
    assert create(world, order, []).refusals == REQUIRED
    assert evidence.send(world.shop, tickets[1], content).status == 503
    made = create(world, order, []).request
    shop_folder.unlink()

    assert (made["status"], made["reason"]) == ("REQUESTED", "quality_defect")
    world.clock.forward(hours=24)
    assert create(world, world.shop.order(), []).refusals == REQUIRED


def test_that_another_tried_to_upload_is_nothing_to_the_first(world: World) -> None:
    for shows in ("DAMAGE", "LABEL"):
        ticket = evidence.ticket(world.shop, shows=shows, ask=world.shop.as_wang)
        shop_folder = Path(settings.EVIDENCE_DIR) / world.shop.row.pk.hex
        shop_folder.write_text("a file where a folder should be")
        assert evidence.send(world.shop, ticket, evidence.picture(40, 30)).status == 503
        shop_folder.unlink()

    assert create(world, world.shop.order(), []).refusals == REQUIRED
