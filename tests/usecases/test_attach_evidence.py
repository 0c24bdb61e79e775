"""Evidence is attached … (EC58)"""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import Evidence, ReturnRequest
from tests import evidence, make
from tests.usecases.unchanged import nothing_changes
from tests.world import World

HISTORY = """query($id: ID) { returnRequest(id: $id) {
  events { zh: label en: label(languageCode: EN) } } }"""
PICTURE = evidence.picture(40, 30)


def refused(world: World, order: Any, given: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    """A request with this evidence, which must change nothing."""
    wanted = make.wanted(order, evidence=given)
    world.shop.as_li(make.RETURNABLE, order=order.id)  # the order is known by now
    before = list(Evidence.objects.order_by("pk").values())
    answer = world.shop.as_li(make.CREATE, input=wanted, key=make.key())
    assert list(Evidence.objects.order_by("pk").values()) == before
    assert not ReturnRequest.objects.filter(evidence=None).exists()
    return answer.refusals


def test_once(world: World) -> None:
    shop = world.shop
    id = evidence.uploaded(shop, PICTURE)
    make.requested(shop, shop.order(), evidence=[{"id": id}])

    assert refused(world, shop.order(), [{"id": id}]) == [("EVIDENCE_ATTACHED", "evidence.id")]


def test_by_whoever_uploaded_it(world: World) -> None:
    shop, other = world.shop, world.other_shop
    wangs = evidence.uploaded(shop, PICTURE, ask=shop.as_wang)
    staffs = evidence.uploaded(shop, PICTURE, ask=shop.as_clerk)
    elsewhere = evidence.uploaded(other, PICTURE)
    order = shop.order()

    for id in (wangs, staffs, elsewhere, order.id, "rubbish", ""):
        assert refused(world, order, [{"id": id}]) == [("NOT_FOUND", "evidence.id")], id


def test_with_every_reason_at_once_why_not(world: World) -> None:
    shop = world.shop
    used, broken, fine = (evidence.uploaded(shop, PICTURE) for _ in range(3))
    make.requested(shop, shop.order(), evidence=[{"id": used}])
    pk = Evidence.objects.order_by("id")[1].pk
    Evidence.objects.filter(pk=pk).update(status="unreadable", trouble="broken")

    codes = refused(
        world,
        shop.order(),
        [
            {"id": used},
            {"id": broken},
            {"id": fine, "orderLineId": "T3JkZXJMaW5lOjE="},
            {"id": "x"},
        ],
    )

    assert codes == [
        ("EVIDENCE_ATTACHED", "evidence.id"),
        ("EVIDENCE_UNREADABLE", "evidence.id"),
        ("LINE_NOT_IN_ORDER", "evidence.orderLineId"),
        ("NOT_FOUND", "evidence.id"),
    ]


def test_and_the_history_tells_with_what_it_came(world: World) -> None:
    shop = world.shop
    first, second, third = ({"id": evidence.uploaded(shop, PICTURE)} for _ in range(3))
    request = make.requested(shop, shop.order(), evidence=[first, second])
    rejected = shop.as_clerk(make.REJECT, id=request["id"], version=1, why="看不清").request
    appeal = {"text": "再看看", "evidence": [third]}
    shop.as_li(make.APPEAL, id=rejected["id"], input=appeal, key="k").request  # noqa: B018

    seen = shop.as_li(HISTORY, id=request["id"]).data["returnRequest"]

    assert [(event["zh"], event["en"]) for event in seen["events"]] == [
        ("提交申请(附凭证 2 件)", "Return requested (2 pictures or videos)"),
        ("商家拒绝", "Rejected"),
        ("买家申诉(附凭证 1 件)", "Appealed (1 picture or video)"),
    ]


def test_up_to_what_a_return_may_have(world: World, settings: Any) -> None:
    shop = world.shop
    settings.EVIDENCE_PER_RETURN = 2
    ids = [{"id": evidence.uploaded(shop, PICTURE)} for _ in range(3)]
    assert refused(world, shop.order(), ids) == [("TOO_MANY", "evidence")]
    request = make.requested(shop, shop.order(), evidence=ids[:2])

    with nothing_changes(world, reads=1):
        answer = shop.as_li(
            make.UPDATE, id=request["id"], input={"evidence": ids[2:]}, key=make.key()
        )

    assert answer.refusals == [("TOO_MANY", "evidence")]


def test_to_a_return_that_is_not_decided_yet(world: World) -> None:
    shop = world.shop
    order = shop.order()
    first, second = (evidence.uploaded(shop, PICTURE) for _ in range(2))
    request = make.requested(shop, order, evidence=[{"id": first}])

    # The first is there already: a client may give its whole list.
    more = {"evidence": [{"id": first}, {"id": second, "shows": "LABEL"}]}
    answer = shop.as_li(make.UPDATE, id=request["id"], input=more, key=make.key())

    assert answer.refusals == []
    assert [(it["id"], it["shows"]) for it in evidence.shown(shop, request)] == [
        (first, "OTHER"),
        (second, "LABEL"),
    ]


def test_to_a_line_and_stays_when_the_lines_are_changed(world: World) -> None:
    shop = world.shop
    order = shop.order()
    line = order.lines[0].id
    id = evidence.uploaded(shop, PICTURE)
    request = make.requested(shop, order, evidence=[{"id": id, "orderLineId": line}])

    lines = [{"orderLineId": line, "quantity": 2}]
    shop.as_li(make.UPDATE, id=request["id"], input={"lines": lines}, key=make.key()).request  # noqa: B018

    (found,) = evidence.shown(shop, request)
    assert found["orderLineId"] == line


def test_the_same_with_the_same_key(world: World) -> None:
    shop = world.shop
    wanted = make.wanted(shop.order(), evidence=[{"id": evidence.uploaded(shop, PICTURE)}])

    numbers = {shop.as_li(make.CREATE, input=wanted, key="tap").request["number"] for _ in range(2)}

    assert len(numbers) == 1


def test_or_not_at_all(world: World) -> None:
    """A return that is refused for another reason leaves its evidence free for the next try."""
    shop = world.shop
    order = shop.order()
    given = [{"id": evidence.uploaded(shop, PICTURE)}]
    refusals = shop.as_li(
        make.CREATE, input=make.wanted(order, {0: 99}, evidence=given), key=make.key()
    ).refusals
    assert refusals == [("QUANTITY_EXCEEDS_DELIVERED", "lines.quantity")]

    request = make.requested(shop, order, evidence=given)

    assert len(evidence.shown(shop, request)) == 1
