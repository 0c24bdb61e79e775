"""Both sides write to each other in the thread of a return …"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from saleor_wechat_returns.domain.talk import MOST_MESSAGES
from saleor_wechat_returns.models import ReturnMessage, SafetyCheck
from tests import evidence, make
from tests.graphql.raw import ask_escaped
from tests.usecases.stages import at
from tests.usecases.timers import follow
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.world import Answer, World

PICTURE = evidence.picture(40, 30)
PAGE = """query($id: ID!, $first: Int, $after: String) { returnRequest(id: $id) {
  messages(first: $first, after: $after) {
    edges { cursor node { text } } pageInfo { hasNextPage endCursor } } } }"""


def say(ask: Any, request: dict[str, Any], text: str = "在吗", **changes: Any) -> Answer:
    input = {"text": text} | changes
    return ask(make.MESSAGE, id=request["id"], input=input, key=make.key())  # type: ignore[no-any-return]


def thread(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Newest first."""
    return [edge["node"] for edge in request["messages"]["edges"]]


def texts(request: dict[str, Any]) -> list[str]:
    return [message["text"] for message in thread(request)]


def test_newest_first(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    say(world.shop.as_li, request, "可以换大一号吗")
    seen = say(world.shop.as_clerk, request, "可以,请先寄回").request

    assert [(m["actor"], m["text"], m["readAt"]) for m in thread(seen)] == [
        ("STAFF", "可以,请先寄回", None),
        ("CUSTOMER", "可以换大一号吗", None),
    ]


def test_as_events_that_raise_the_version(world: World) -> None:
    """Staff who decide on what they saw before hear that something was said meanwhile."""
    request = make.requested(world.shop, world.shop.order())

    told = say(world.shop.as_li, request).request

    assert (told["status"], told["version"]) == ("REQUESTED", 2)
    assert told["events"][-1] == {"kind": "message", "actor": "CUSTOMER", "status": "REQUESTED"}
    late = world.shop.as_clerk(make.APPROVE, id=request["id"], version=1)
    assert late.refusals == [("VERSION_CONFLICT", "expectedVersion")]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "👨‍👩‍👧 太小了 🥲",
        "'; DROP TABLE--",
        "a\nb\u202e{{x}}",
        "长" * 1000,
    ],
)
def test_with_every_sign_kept_as_it_is(world: World, text: str) -> None:
    """EC59: stored and answered verbatim; whoever shows it escapes it."""
    request = make.requested(world.shop, world.shop.order())

    seen = say(world.shop.as_li, request, text).request

    assert texts(seen) == [text]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "REQUIRED"), (" \n　", "REQUIRED"), ("长" * 1001, "TOO_LONG"), ("a\x00b", "MALFORMED")],
    ids=["empty", "space", "1001 characters", "NUL"],
)
def test_but_nothing_that_cannot_be_read(world: World, text: str, code: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    li = world.shop.saleor.user_token(world.shop.li)

    with nothing_changes(world):
        answer = ask_escaped(
            world.shop, make.MESSAGE, li, id=request["id"], input={"text": text}, key="k"
        )

    assert answer.refusals == [(code, "input.text")]


def test_once_for_each_key(world: World) -> None:
    """EC2."""
    request = make.requested(world.shop, world.shop.order())
    tap = partial(
        world.shop.as_li, make.MESSAGE, id=request["id"], input={"text": "在吗"}, key="tap"
    )

    answers = together([tap] * 4)

    assert [texts(answer.request) for answer in answers] == [["在吗"]] * 4
    assert ReturnMessage.objects.count() == 1


@pytest.mark.parametrize("stage", ["REFUNDED", "REJECTED", "CANCELED", "CLOSED"])
def test_for_half_a_year_after_the_end(world: World, stage: str) -> None:
    request = at(stage, world, world.shop.order())
    world.clock.forward(days=179)

    assert texts(say(world.shop.as_li, request, "还有问题").request) == ["还有问题"]


def test_but_no_longer(world: World) -> None:
    request = at("CANCELED", world, world.shop.order())
    world.clock.forward(days=170)
    say(world.shop.as_li, request)  # does not hold the door open
    world.clock.forward(days=11)

    with nothing_changes(world):
        answer = say(world.shop.as_li, request)

    assert answer.refusals == [("THREAD_CLOSED", "id")]


def test_but_not_without_end(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())
    say(world.shop.as_li, request)
    one = ReturnMessage.objects.get()
    ReturnMessage.objects.bulk_create(
        ReturnMessage(
            shop=one.shop, request=one.request, actor="staff", text=str(n), sent_at=one.sent_at
        )
        for n in range(MOST_MESSAGES - 1)
    )

    with nothing_changes(world):
        answer = say(world.shop.as_li, request)

    assert answer.refusals == [("THREAD_CLOSED", "id")]


def test_but_not_too_fast(world: World) -> None:
    """Staff may always answer."""
    follow(world.shop, limits={"messages_per_hour": 1})
    request = make.requested(world.shop, world.shop.order())
    say(world.shop.as_li, request)

    with nothing_changes(world):
        answer = say(world.shop.as_li, request)

    assert answer.refusals == [("TOO_MANY_MESSAGES", None)]
    say(world.shop.as_clerk, request).request  # noqa: B018
    world.clock.forward(hours=1)
    assert len(thread(say(world.shop.as_li, request).request)) == 3


def test_in_pages(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())
    for n in range(5):
        say(world.shop.as_li, request, str(n))
    seen, after = [], None

    for _ in range(3):
        page = world.shop.as_li(PAGE, id=request["id"], first=2, after=after).data
        page = page["returnRequest"]["messages"]
        seen.append([edge["node"]["text"] for edge in page["edges"]])
        after = page["pageInfo"]["endCursor"]

    assert seen == [["4", "3"], ["2", "1"], ["0"]]
    assert not page["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(("first", "code"), [(0, "MALFORMED"), (51, "TOO_MANY")])
def test_in_pages_of_some_size(world: World, first: int, code: str) -> None:
    request = make.requested(world.shop, world.shop.order())

    answer = world.shop.as_li(PAGE, id=request["id"], first=first)

    assert answer.body["errors"][0]["extensions"] == {"code": code, "field": "first"}


# --- what was read


def read_up_to(ask: Any, request: dict[str, Any], message: str) -> Answer:
    return ask(make.MARK_READ, id=request["id"], upTo=message)  # type: ignore[no-any-return]


def test_and_see_what_the_other_side_has_read(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())
    say(world.shop.as_li, request, "一")
    say(world.shop.as_li, request, "二")
    seen = say(world.shop.as_clerk, request, "三").request
    third, _, first = thread(seen)
    assert seen["unreadMessageCount"] == 2
    world.clock.forward(minutes=5)

    marked = read_up_to(world.shop.as_clerk, request, first["id"]).request

    assert marked["unreadMessageCount"] == 1
    lis = world.shop.as_li(make.READ_TALK, id=request["id"]).data["returnRequest"]
    assert lis["unreadMessageCount"] == 1  # the clerk's
    at_ = (world.clock.now).isoformat()
    assert [m["readAt"] for m in thread(lis)] == [None, None, at_]
    assert read_up_to(world.shop.as_li, request, third["id"]).request["unreadMessageCount"] == 0


def test_and_reading_changes_nothing_to_decide_on(world: World) -> None:
    """The first time counts, and staff's version stays good."""
    request = make.requested(world.shop, world.shop.order())
    asked = say(world.shop.as_li, request).request
    (message,) = thread(asked)
    read_up_to(world.shop.as_clerk, request, message["id"])
    first = ReturnMessage.objects.get().read_at
    world.clock.forward(hours=1)

    again = read_up_to(world.shop.as_clerk, request, message["id"]).request

    assert again["version"] == asked["version"]
    assert ReturnMessage.objects.get().read_at == first


@pytest.mark.parametrize("whose", ["another return's", "no message", "the return itself"])
def test_and_cannot_have_read_what_is_not_there(world: World, whose: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    other = say(world.shop.as_li, make.requested(world.shop, world.shop.order())).request
    up_to = {
        "another return's": thread(other)[0]["id"],
        "no message": "nonsense",
        "the return itself": request["id"],
    }[whose]

    with nothing_changes(world):
        answer = read_up_to(world.shop.as_clerk, request, up_to)

    assert answer.refusals == [("NOT_FOUND", "upTo")]


@pytest.mark.parametrize("who", ["another customer", "another shop's staff", "nobody"])
def test_but_nobody_else_does(world: World, who: str) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    (message,) = thread(say(shop.as_clerk, request).request)
    ask: Any = {
        "another customer": shop.as_wang,
        "another shop's staff": world.other_shop.as_clerk,
        "nobody": lambda query, **variables: shop.ask(query, variables),
    }[who]
    code = ("UNAUTHENTICATED", None) if who == "nobody" else ("NOT_FOUND", "id")

    with nothing_changes(world):
        answers = [say(ask, request), read_up_to(ask, request, message["id"])]

    assert [answer.refusals for answer in answers] == [[code], [code]]


# --- what is shown


def test_with_evidence_and_no_word(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    ids = [evidence.uploaded(shop, PICTURE), evidence.uploaded(shop, PICTURE)]
    line = request["lines"][0]["orderLineId"]
    given = [{"id": ids[0], "shows": "LABEL", "orderLineId": line}, {"id": ids[1]}]

    seen = say(shop.as_li, request, "", evidence=given).request

    (message,) = thread(seen)
    assert message["text"] == ""
    assert [(e["id"], e["shows"], e["orderLineId"]) for e in message["evidence"]] == [
        (ids[0], "LABEL", line),
        (ids[1], "OTHER", None),
    ]


def test_with_evidence_of_ones_own(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    wangs = evidence.uploaded(shop, PICTURE, ask=shop.as_wang)

    with nothing_changes(world):
        answer = say(shop.as_li, request, evidence=[{"id": wangs}])

    assert answer.refusals == [("NOT_FOUND", "input.evidence.id")]


@pytest.mark.parametrize("safety", ["risky", "review"])
def test_and_what_wechat_doubts_is_for_staff_only(world: World, safety: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    say(world.shop.as_li, request, "加微信返现")
    ReturnMessage.objects.update(safety=safety)

    staffs = thread(make.read_talk(world.shop, request))
    lis = thread(world.shop.as_li(make.READ_TALK, id=request["id"]).data["returnRequest"])

    assert [(m["text"], m["isHidden"]) for m in staffs] == [("加微信返现", False)]
    assert [(m["text"], m["isHidden"]) for m in lis] == [("", True)]
    assert lis[0]["safety"] == safety.upper()


def test_and_what_customers_write_is_checked(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    say(world.shop.as_li, request)
    say(world.shop.as_clerk, request)

    checked = SafetyCheck.objects.filter(message__isnull=False).values_list("message__actor")
    assert list(checked) == [("customer",)]


# --- staff ask for more


def asked(world: World, request: dict[str, Any], **changes: Any) -> Answer:
    wants = [
        {"shows": "LABEL", "orderLineId": request["lines"][0]["orderLineId"]},
        {"shows": "PARCEL_SLIP"},
    ]
    given = {"version": request["version"], "text": "请补拍吊牌", "wants": wants} | changes
    return world.shop.as_clerk(make.ASK_EVIDENCE, id=request["id"], **given)


def test_and_staff_ask_for_more_evidence(world: World) -> None:
    request = make.requested(world.shop, world.shop.order())

    seen = asked(world, request).request

    assert seen["status"] == "AWAITING_CUSTOMER"
    assert seen["events"][-1] == {
        "kind": "request_evidence",
        "actor": "STAFF",
        "status": "AWAITING_CUSTOMER",
    }
    (message,) = thread(seen)
    assert (message["actor"], message["text"]) == ("STAFF", "请补拍吊牌")
    assert message["wants"] == [
        {
            "shows": "LABEL",
            "label": "吊牌或水洗标",
            "orderLineId": request["lines"][0]["orderLineId"],
        },
        {"shows": "PARCEL_SLIP", "label": "快递单", "orderLineId": None},
    ]


@pytest.mark.parametrize("how", ["evidence", "isAnswer", "update"])
def test_and_the_answer_gives_the_turn_back(world: World, how: str) -> None:
    """Asked and answered again and again, nothing jams; the approval still goes through."""
    shop = world.shop
    request = make.requested(shop, shop.order())

    for _ in range(2):
        request = asked(world, request).request
        if how == "update":
            new = {"note": f"补充说明 {make.key()}"}
            request = shop.as_li(make.UPDATE, id=request["id"], input=new, key=make.key()).request
            assert request["events"][-1]["kind"] == "update"
        else:
            given = (
                {"isAnswer": True}
                if how == "isAnswer"
                else {"evidence": [{"id": evidence.uploaded(shop, PICTURE)}]}
            )
            request = say(shop.as_li, request, "见图", **given).request
            assert request["events"][-1]["kind"] == "answer"
        assert request["status"] == "REQUESTED"

    approve = {"id": request["id"], "version": request["version"]}
    assert shop.as_clerk(make.APPROVE, **approve).request["status"] == "APPROVED"


def test_and_a_mere_message_is_no_answer(world: World) -> None:
    request = asked(world, make.requested(world.shop, world.shop.order())).request

    seen = say(world.shop.as_li, request, "哪个吊牌?").request

    assert (seen["status"], seen["events"][-1]["kind"]) == ("AWAITING_CUSTOMER", "message")


@pytest.mark.parametrize("who", ["li before she is asked", "staff"])
def test_and_only_who_was_asked_answers(world: World, who: str) -> None:
    request = make.requested(world.shop, world.shop.order())
    ask: Any = world.shop.as_li
    if who == "staff":
        request, ask = asked(world, request).request, world.shop.as_clerk

    with nothing_changes(world):
        answer = say(ask, request, isAnswer=True)

    assert answer.refusals == [("MOVE_NOT_ALLOWED", "id")]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"text": " "}, ("REQUIRED", "text")),
        ({"text": "长" * 1001}, ("TOO_LONG", "text")),
        ({"wants": [{"shows": "LABEL"}] * 21}, ("TOO_MANY", "wants")),
        (
            {"wants": [{"shows": "LABEL", "orderLineId": "T3JkZXJMaW5lOjE="}]},
            ("LINE_NOT_IN_ORDER", "wants.orderLineId"),
        ),
    ],
)
def test_and_staff_ask_for_what_can_be_shown(
    world: World, changes: dict[str, Any], refusal: tuple[str, str]
) -> None:
    request = make.requested(world.shop, world.shop.order())

    with nothing_changes(world):
        answer = asked(world, request, **changes)

    assert answer.refusals == [refusal]
