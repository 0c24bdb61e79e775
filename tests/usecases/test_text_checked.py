"""What customers write is put before WeChat …

It goes through whatever comes of that; what WeChat doubts is shown to staff only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from saleor_wechat_returns.models import (
    OutboxMessage,
    ReturnRequest,
    SafetyCheck,
    WechatMiniProgram,
    WechatVisit,
)
from saleor_wechat_returns.usecases.bundle_contents import contents_of
from saleor_wechat_returns.usecases.openids import openid_index
from saleor_wechat_returns.usecases.visits import forget_visits
from tests import make
from tests.graphql.wechat_logins import link, log_in
from tests.usecases.timers import EXTEND
from tests.world import APPID, TestShop, World

OPENID = "openid-of-li"
TEXTS = "/wxa/msg_sec_check"
READ = """query($id: ID) { returnRequest(id: $id) {
  note noteSafety noteSafetyLabel tasks { kind } } }"""
TOLD = """query($id: ID) { returnRequest(id: $id) {
  deadline { isExtended extensionReason } events { label }
  messages(first: 5) { edges { node { text } } } } }"""
DECIDE = """mutation($id: ID!, $show: Boolean!) {
  returnSafetyDecide(id: $id, isShown: $show) { safety errors { field code message } } }"""


@pytest.fixture
def shop(world: World) -> TestShop:
    """Li has tied her WeChat user to her account, and so was in the mini-program just now."""
    link(world.shop, OPENID, world.shop.saleor.user_token(world.shop.li))
    return world.shop


def asked(world: World) -> int:
    return sum(call.path == TEXTS for call in world.mini.calls)


def as_li(shop: TestShop, request: dict[str, Any]) -> tuple[str, str]:
    seen = shop.as_li(READ, id=request["id"]).data["returnRequest"]
    return seen["note"], seen["noteSafety"]


def as_clerk(shop: TestShop, request: dict[str, Any]) -> tuple[str, str, list[str]]:
    seen = shop.as_clerk(READ, id=request["id"]).data["returnRequest"]
    return seen["note"], seen["noteSafety"], [task["kind"] for task in seen["tasks"]]


def trouble() -> str:
    return SafetyCheck.objects.get().trouble


def test_after_it_was_written_and_not_before(shop: TestShop) -> None:
    world = shop.world

    request = make.requested(shop, shop.order(), note="太小了")
    before = (asked(world), as_li(shop, request))
    world.work()

    assert before == (0, ("太小了", "CHECKING"))
    assert (asked(world), as_li(shop, request)) == (1, ("太小了", "PASSED"))
    check = SafetyCheck.objects.get()
    assert (check.label, check.trouble, check.answered_at) == (100, "", world.clock.now)


@pytest.mark.parametrize(("word", "safety"), [("违规", "RISKY"), ("存疑", "REVIEW")])
def test_and_hidden_but_from_staff_if_wechat_doubts(shop: TestShop, word: str, safety: str) -> None:
    request = make.requested(shop, shop.order(), note=f"{word}的话")

    shop.world.work()

    assert as_li(shop, request) == ("", safety)
    assert as_clerk(shop, request) == (f"{word}的话", safety, ["CONTENT_HELD"])


def test_also_where_they_ask_for_more_time(shop: TestShop) -> None:
    """The reason stands in the thread; the history tells until when, and no words of theirs."""
    request = make.approved(shop, shop.order())
    call = {"id": request["id"], "reason": "违规的话", "key": "tap"}
    shop.as_li(EXTEND, **call).request  # noqa: B018 - refusals fail

    shop.world.work()

    for ask, said in ((shop.as_li, ""), (shop.as_clerk, "违规的话")):
        told = ask(TOLD, id=request["id"]).data["returnRequest"]
        assert told["deadline"] == {"isExtended": True, "extensionReason": said}
        assert [edge["node"]["text"] for edge in told["messages"]["edges"]] == [said]
        assert "违规" not in str(told["events"])
    packed = contents_of(ReturnRequest.objects.get(), "customer", now=shop.world.clock.now)
    assert "违规" not in str(packed.facts)


def test_with_emoji_and_markup_as_they_are(shop: TestShop) -> None:
    """EC59."""
    note = "破了 😭 <script>alert('x')</script> \"}"

    make.requested(shop, shop.order(), note=note)
    shop.world.work()

    (call,) = [call for call in shop.world.mini.calls if call.path == TEXTS]
    assert note.replace('"', '\\"').encode() in call.body
    assert SafetyCheck.objects.get().outcome == "passed"


def test_anew_when_it_is_changed(shop: TestShop) -> None:
    request = make.requested(shop, shop.order(), note="违规的话")
    shop.world.work()

    shop.as_li(make.UPDATE, id=request["id"], input={"note": "太小了"}, key=make.key())
    between = as_li(shop, request)
    shop.world.work()

    assert between == ("太小了", "CHECKING")
    assert as_clerk(shop, request) == ("太小了", "PASSED", [])
    assert asked(shop.world) == 2


def test_once_when_something_else_is_changed(shop: TestShop) -> None:
    request = make.requested(shop, shop.order())
    shop.world.work()

    shop.as_li(make.UPDATE, id=request["id"], input={"reason": "color_differs"}, key=make.key())
    shop.world.work()

    assert asked(shop.world) == 1


def test_not_at_all_when_there_is_none(shop: TestShop) -> None:
    request = make.requested(shop, shop.order(), note="")

    shop.world.work()

    assert (asked(shop.world), as_li(shop, request)) == (0, ("", "PASSED"))


def test_only_of_who_was_in_the_mini_program(world: World) -> None:
    """Wang has only an account, a guest only an order: their requests go through unchecked."""
    request = make.requested(world.shop, world.shop.order())

    world.work()

    assert as_clerk(world.shop, request) == ("太小了", "UNCHECKED", [])
    assert (trouble(), world.mini.calls) == ("no_visit", [])


def test_until_two_hours_after_the_visit(shop: TestShop) -> None:
    world = shop.world
    world.clock.forward(hours=2)

    make.requested(shop, shop.order())
    world.work()

    assert (trouble(), asked(world)) == ("no_visit", 0)


def test_unless_wechat_itself_saw_no_visit(shop: TestShop) -> None:
    """Its clock is not ours: 61010."""
    world = shop.world
    make.requested(shop, shop.order())
    world.mini._app(None).visits[OPENID] -= timedelta(hours=2, seconds=1)

    world.work()

    assert (trouble(), asked(world)) == ("61010", 1)


def test_at_the_next_visit_if_it_could_not_be_before(shop: TestShop) -> None:
    world = shop.world
    world.clock.forward(hours=3)
    request = make.requested(shop, shop.order(), note="违规的话")

    log_in(shop, OPENID)
    between = as_li(shop, request)
    world.work()
    world.work()

    assert between == ("违规的话", "UNCHECKED")
    assert as_clerk(shop, request) == ("违规的话", "RISKY", ["CONTENT_HELD"])


def test_not_at_somebody_elses_visit(shop: TestShop) -> None:
    world = shop.world
    world.clock.forward(hours=3)
    request = make.requested(shop, shop.order())

    log_in(shop, "openid-of-wang")
    world.work()

    assert as_li(shop, request) == ("太小了", "UNCHECKED")


def test_not_for_ever_at_each_visit(shop: TestShop) -> None:
    world = shop.world
    make.requested(shop, shop.order())
    world.mini.faults.add("openid_of_another_app", 99, path=TEXTS)

    for _ in range(9):
        world.run(minutes=1)
        world.clock.forward(hours=1)
        log_in(shop, OPENID)

    assert (asked(world), trouble()) == (5, "43104")


REFUSALS = {"openid_of_another_app": "43104", "quota_used_up": "45009", "secret_frozen": "40243"}


@pytest.mark.parametrize(("fault", "code"), REFUSALS.items(), ids=REFUSALS.keys())
def test_in_vain_if_wechat_refuses(shop: TestShop, fault: str, code: str) -> None:
    """Refused: unchecked, which staff see; the request went through long before."""
    world = shop.world
    world.mini.faults.add(fault, path=TEXTS)
    request = make.requested(shop, shop.order())

    world.run(minutes=5)

    assert as_clerk(shop, request) == ("太小了", "UNCHECKED", [])
    assert (trouble(), asked(world)) == (code, 1)


@pytest.mark.parametrize(
    "fault",
    [
        "connect_refused",
        "timeout_before_accept",
        "timeout_after_accept",
        "http_502",
        "garbage",
        "system_busy",
        "rate_limited",
        "minute_quota_of_checks",
    ],
)
def test_again_if_wechat_is_away_or_its_answer_lost(shop: TestShop, fault: str) -> None:
    """Away, or answer lost: nothing comes of asking twice."""
    world = shop.world
    world.mini.faults.add(fault, 3, path=TEXTS)
    request = make.requested(shop, shop.order())

    world.run(minutes=30)

    assert as_li(shop, request) == ("太小了", "PASSED")


def test_no_longer_than_two_hours_if_wechat_stays_away(shop: TestShop) -> None:
    world = shop.world
    world.mini.faults.add("connect_refused", 10_000)
    request = make.requested(shop, shop.order())

    world.wait(minutes=135)

    assert as_clerk(shop, request) == ("太小了", "UNCHECKED", [])
    assert trouble() == "no_visit"
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_not_before_midnight_in_beijing_once_the_days_calls_are_used_up(shop: TestShop) -> None:
    world = shop.world
    assert world.clock.now == datetime.fromisoformat("2026-11-23T10:00:00+08:00")
    order = shop.order()
    world.mini.faults.add("quota_used_up", path=TEXTS)
    make.requested(shop, order)
    world.work()

    make.requested(shop, order)
    world.clock.forward(hours=13, minutes=59)
    log_in(shop, OPENID)
    world.run(minutes=0.5)
    before = asked(world)
    world.clock.forward(minutes=2)
    log_in(shop, OPENID)
    world.run(minutes=0.5)

    assert (before, asked(world)) == (1, 3)
    assert {check.outcome for check in SafetyCheck.objects.all()} == {"passed"}


def test_without_a_mini_program_any_more(shop: TestShop) -> None:
    make.requested(shop, shop.order())
    WechatMiniProgram.objects.filter(shop=shop.row).delete()

    shop.world.work()

    assert (trouble(), asked(shop.world)) == ("no_program", 0)


def test_when_two_shops_sell_in_one_mini_program(world: World) -> None:
    """A visit is one of a shop: nobody is checked where he was not."""
    link(world.shop, OPENID, world.shop.saleor.user_token(world.shop.li))
    request = make.requested(world.other_shop, world.other_shop.order())

    world.work()

    assert as_li(world.other_shop, request) == ("太小了", "UNCHECKED")


# Staff decide


def decide(shop: TestShop, request: dict[str, Any], *, show: bool) -> str:
    answer = shop.as_clerk(DECIDE, id=request["id"], show=show).payload
    assert answer["errors"] == []
    return str(answer["safety"])


def test_and_shown_once_staff_say_so(shop: TestShop) -> None:
    request = make.requested(shop, shop.order(), note="违规的话")
    shop.world.work()

    assert decide(shop, request, show=True) == "PASSED"

    assert as_li(shop, request) == ("违规的话", "PASSED")
    assert as_clerk(shop, request) == ("违规的话", "PASSED", [])
    check = SafetyCheck.objects.get()
    assert (check.decided_by, check.decided_at) == (shop.clerk.id, shop.world.clock.now)


def test_and_hidden_for_good_once_staff_say_so(shop: TestShop) -> None:
    """Also what nobody could check: and no later visit brings it back."""
    shop.world.clock.forward(hours=3)
    request = make.requested(shop, shop.order())

    assert decide(shop, request, show=False) == "RISKY"
    log_in(shop, OPENID)
    shop.world.run(minutes=1)

    assert as_li(shop, request) == ("", "RISKY")
    assert as_clerk(shop, request) == ("太小了", "RISKY", [])


def test_and_staffs_word_stands_against_a_late_answer(shop: TestShop) -> None:
    request = make.requested(shop, shop.order(), note="违规的话")

    decide(shop, request, show=True)
    shop.world.work()

    assert as_li(shop, request) == ("违规的话", "PASSED")


@pytest.mark.parametrize("who", ["customer", "staff of another shop", "a wrong id"])
def test_and_nobody_else_decides(shop: TestShop, who: str) -> None:
    request = make.requested(shop, shop.order(), note="违规的话")
    shop.world.work()
    given = {"id": request["id"], "show": True}
    wrong = {"id": "UmV0dXJuTWVzc2FnZTox", "show": True}

    answer = {
        "customer": lambda: shop.as_li(DECIDE, **given),
        "staff of another shop": lambda: shop.world.other_shop.as_clerk(DECIDE, **given),
        "a wrong id": lambda: shop.as_clerk(DECIDE, **wrong),
    }[who]()

    expected = ("FORBIDDEN", None) if who == "customer" else ("NOT_FOUND", "id")
    assert answer.refusals == [expected]
    assert as_li(shop, request) == ("", "RISKY")


# Messages and appeals


SAID = """query($id: ID) { returnRequest(id: $id) {
  messages { edges { node { id text isHidden safety } } } appeal { id text safety }
  tasks { kind } } }"""


def said(shop: TestShop, request: dict[str, Any], *, ask: Any = None) -> dict[str, Any]:
    """The one message or appeal of a return as somebody sees it, Li unless told."""
    seen = (ask or shop.as_li)(SAID, id=request["id"]).data["returnRequest"]
    messages = [edge["node"] for edge in seen["messages"]["edges"]]
    (found,) = [*messages, *filter(None, [seen["appeal"]])]
    return dict(found)


def write_message(shop: TestShop, text: str) -> dict[str, Any]:
    request = make.requested(shop, shop.order(), note="")
    wanted = {"text": text}
    return shop.as_li(make.MESSAGE, id=request["id"], input=wanted, key=make.key()).request


def write_appeal(shop: TestShop, text: str) -> dict[str, Any]:
    return make.appeal(shop, make.rejected(shop, shop.order(), note=""), text).request


@pytest.mark.parametrize("write", [write_message, write_appeal])
def test_also_in_a_message_and_in_an_appeal(shop: TestShop, write: Any) -> None:
    request = write(shop, "违规的话")
    before = said(shop, request)

    shop.world.work()

    mine, theirs = said(shop, request), said(shop, request, ask=shop.as_clerk)
    assert (before["text"], before["safety"]) == ("违规的话", "CHECKING")
    assert (mine["text"], mine["safety"]) == ("", "RISKY")
    assert (theirs["text"], theirs["safety"]) == ("违规的话", "RISKY")
    assert as_clerk(shop, request)[2] == ["CONTENT_HELD"]
    assert decide(shop, theirs, show=True) == "PASSED"
    assert said(shop, request)["text"] == "违规的话"
    assert as_clerk(shop, request)[2] == []


def test_but_not_of_staff(shop: TestShop) -> None:
    """WeChat checks what its users write; staff are none."""
    request = make.requested(shop, shop.order(), note="")
    wanted = {"text": "违规的话"}

    shop.as_clerk(make.MESSAGE, id=request["id"], input=wanted, key=make.key())
    shop.world.work()

    assert (said(shop, request)["text"], asked(shop.world)) == ("违规的话", 0)


# The visit


def test_with_an_openid_that_is_sealed_and_gone_after_two_hours(shop: TestShop) -> None:
    visit = WechatVisit.objects.get()
    now = shop.world.clock.now

    kept = forget_visits(now=now + timedelta(hours=2, seconds=-1))
    gone = forget_visits(now=now + timedelta(hours=2))

    assert visit.openid_index == openid_index(APPID, OPENID)
    assert OPENID.encode() not in bytes(visit.openid_sealed)
    assert (kept, gone) == (0, 1)


def test_and_nothing_of_it_is_logged(shop: TestShop) -> None:
    with structlog.testing.capture_logs() as logs:
        make.requested(shop, shop.order(), note="违规的话")
        shop.world.work()

    assert any(entry["event"] == "safety.settled" for entry in logs)
    assert "违规的话" not in str(logs)
    assert OPENID not in str(logs)
