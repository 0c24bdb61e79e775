"""A picture or video of a customer's is put before WeChat once it was made anew …

WeChat fetches it by a link of ours, and pushes what it thinks within half an hour.
"""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import OperationalError, connection, transaction
from PIL import Image

from saleor_wechat_returns import vault
from saleor_wechat_returns.domain.talk import Safety
from saleor_wechat_returns.models import (
    Evidence,
    InboxMessage,
    OutboxMessage,
    ReturnRequest,
    SafetyCheck,
    StoredFile,
    WechatPush,
)
from saleor_wechat_returns.usecases import safety
from saleor_wechat_returns.usecases.erase_evidence import erase_due
from saleor_wechat_returns.usecases.locks import lock_order_row, lock_request
from tests import evidence, make, videos
from tests.graphql.wechat_logins import link, log_in
from tests.world import APPID, US, TestShop, World

OPENID = "openid-of-li"
PICTURES = "/wxa/media_check_async"
TASKS = "query($id: ID) { returnRequest(id: $id) { tasks { kind } } }"
DECIDE = """mutation($id: ID!, $show: Boolean!) {
  returnSafetyDecide(id: $id, isShown: $show) { safety errors { field code message } } }"""


@pytest.fixture
def shop(world: World) -> TestShop:
    world.shop.add_push()
    link(world.shop, OPENID, world.shop.saleor.user_token(world.shop.li))
    return world.shop


def picture_sent(shop: TestShop, *, ask: Any = None) -> str:
    """A picture that the worker has made anew, and asked about."""
    id = evidence.uploaded(shop, evidence.picture(), ask=ask)
    shop.world.work()
    return id


def attached(shop: TestShop, id: str) -> dict[str, Any]:
    return make.requested(shop, shop.order(), evidence=[{"id": id}], note="")


def seen(shop: TestShop, request: dict[str, Any], *, ask: Any = None) -> tuple[str, bool]:
    """What somebody (Li, unless told) learns of its check, and whether there is a link to it."""
    (found,) = evidence.shown(shop, request, ask=ask)
    assert (found["url"] is None) == (found["thumbnailUrl"] is None)
    return found["safety"], found["url"] is not None


def tasks(shop: TestShop, request: dict[str, Any]) -> list[str]:
    answer = shop.as_clerk(TASKS, id=request["id"])
    return [task["kind"] for task in answer.data["returnRequest"]["tasks"]]


def asked(world: World) -> int:
    return sum(call.path == PICTURES for call in world.mini.calls)


def answered(world: World) -> None:
    """WeChat has looked."""
    world.clock.forward(seconds=30)
    world.quiet()


def trouble() -> str:
    return SafetyCheck.objects.get().trouble


def test_and_shown_to_both_sides_if_it_passes(shop: TestShop) -> None:
    id = picture_sent(shop)
    request = attached(shop, id)
    before = seen(shop, request)

    answered(shop.world)

    assert before == ("CHECKING", True)
    assert seen(shop, request) == ("PASSED", True)
    assert (asked(shop.world), SafetyCheck.objects.get().label) == (1, 100)


@pytest.mark.parametrize("said", ["risky", "review"])
def test_and_shown_to_staff_only_if_wechat_doubts(shop: TestShop, said: str) -> None:
    shop.world.mini.content.next_pictures.append(said)
    request = attached(shop, picture_sent(shop))

    answered(shop.world)

    assert seen(shop, request) == (said.upper(), False)
    assert seen(shop, request, ask=shop.as_clerk) == (said.upper(), True)
    assert tasks(shop, request) == ["CONTENT_HELD"]


def test_and_staff_learn_of_it_when_it_is_attached_after_that(shop: TestShop) -> None:
    shop.world.mini.content.next_pictures.append("risky")
    id = picture_sent(shop)
    answered(shop.world)

    request = attached(shop, id)

    assert seen(shop, request) == ("RISKY", False)
    assert tasks(shop, request) == ["CONTENT_HELD"]


def test_while_somebody_works_on_its_return(
    shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telling staff needs no lock that whoever waits for the picture has."""
    attached(shop, picture_sent(shop))
    check, row = SafetyCheck.objects.get(), ReturnRequest.objects.get()
    tell, has_lock, is_told = safety._tell_staff, threading.Event(), threading.Event()
    troubles: list[Exception] = []

    def tell_while_locked(*given: Any) -> None:
        assert has_lock.wait(10)
        tell(*given)
        is_told.set()

    def work_on_return() -> None:
        try:
            with transaction.atomic():
                lock_order_row(row.order_id)
                lock_request(row.pk)
                has_lock.set()
                list(row.evidence.select_for_update())
        except OperationalError as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    monkeypatch.setattr(safety, "_tell_staff", tell_while_locked)
    worker = threading.Thread(target=work_on_return)
    with transaction.atomic():
        safety.lock_check(check.pk)
        worker.start()
        safety.settle(check.pk, check.round, Safety.RISKY, now=shop.world.clock.now)
    worker.join()

    assert (troubles, is_told.is_set()) == ([], True)


def test_and_a_link_given_out_before_leads_nowhere_then(shop: TestShop) -> None:
    shop.world.mini.content.next_pictures.append("risky")
    request = attached(shop, picture_sent(shop))
    (found,) = evidence.shown(shop, request)
    before = evidence.get(shop, found["url"]).status_code

    answered(shop.world)

    assert (before, evidence.get(shop, found["url"]).status_code) == (200, 404)


def test_and_staff_decide(shop: TestShop) -> None:
    shop.world.mini.content.next_pictures.append("review")
    request = attached(shop, picture_sent(shop))
    answered(shop.world)
    (found,) = evidence.shown(shop, request)

    answer = shop.as_clerk(DECIDE, id=found["id"], show=True)

    assert answer.payload == {"safety": "PASSED", "errors": []}
    assert seen(shop, request) == ("PASSED", True)
    assert tasks(shop, request) == []


# A video


def test_a_video_by_four_pictures_out_of_it(shop: TestShop) -> None:
    world = shop.world
    world.mini.content.next_pictures.extend(["pass", "review", "risky", "pass"])
    id = evidence.uploaded(shop, videos.video(seconds=4), "VIDEO")
    world.work()
    request = attached(shop, id)
    frames = [Image.open(io.BytesIO(fetched(world, url).content)) for url in urls(world)]
    before = seen(shop, request)

    answered(world)

    assert [(frame.format, frame.size) for frame in frames] == [("JPEG", (320, 240))] * 4
    assert (before, seen(shop, request)) == (("CHECKING", True), ("RISKY", False))
    outcomes = SafetyCheck.objects.order_by("part").values_list("outcome", flat=True)
    assert list(outcomes) == ["passed", "review", "risky", "passed"]


def test_a_video_of_a_moment(shop: TestShop) -> None:
    evidence.uploaded(shop, videos.video(seconds=0.1), "VIDEO")
    shop.world.work()

    answered(shop.world)

    assert Evidence.objects.get().safety == "passed"
    assert SafetyCheck.objects.count() == 4


def test_and_its_frames_go_with_it(shop: TestShop) -> None:
    """Also while WeChat still owes an answer; and nobody asks again about what is gone."""
    world = shop.world
    evidence.uploaded(shop, videos.video(), "VIDEO")
    world.work()
    kept = StoredFile.objects.filter(delete_after=None).count()
    world.mini.content.looks.clear()

    world.clock.forward(hours=25)
    erase_due(now=world.clock.now)
    log_in(shop, OPENID)
    world.quiet()

    assert (kept, StoredFile.objects.filter(delete_after=None).count()) == (6, 0)
    told = {(c.media_key, c.outcome, c.trouble) for c in SafetyCheck.objects.all()}
    assert told == {("", "unchecked", "erased")}
    assert asked(world) == 4


# The link


def urls(world: World) -> list[str]:
    return [look.url for look in world.mini.content.looks]


def fetched(world: World, url: str) -> httpx.Response:
    return world.us.get(url)


def test_by_a_link_to_what_was_made_anew(shop: TestShop) -> None:
    picture_sent(shop)

    (url,) = urls(shop.world)
    answer = fetched(shop.world, url)

    assert url.startswith(f"{US}/s/{shop.row.key}/wechat-check/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["content-length"] == str(len(answer.content))
    row = Evidence.objects.get()
    assert answer.content == b"".join(
        vault.read(row.shown_key, first=0, length=row.shown_size or 0)
    )
    assert shop.world.us.head(url).headers["content-length"] == str(len(answer.content))


def test_by_a_link_that_is_good_for_an_hour(shop: TestShop) -> None:
    """EC58: whoever finds it later finds nothing; nor anybody who changes it."""
    world = shop.world
    world.mini.faults.add("timeout_after_accept", 99, path=PICTURES)
    picture_sent(shop)
    (url,) = urls(world)

    world.clock.forward(minutes=60, seconds=-1)
    before = fetched(world, url).status_code
    world.clock.forward(seconds=1)

    assert (before, fetched(world, url).status_code) == (200, 404)


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("/wechat-check/", "/wechat-check/x"),
        lambda url: url[:-2] + "/",
        lambda url: url.replace("/wechat-check/", "/evidence/").rstrip("/"),
    ],
)
def test_by_a_link_that_nobody_can_change(shop: TestShop, change: Any) -> None:
    picture_sent(shop)
    (url,) = urls(shop.world)

    assert fetched(shop.world, change(url)).status_code == 404


def test_by_a_link_of_this_shop(shop: TestShop) -> None:
    picture_sent(shop)
    (url,) = urls(shop.world)

    other = url.replace(shop.row.key, shop.world.other_shop.row.key)

    assert fetched(shop.world, other).status_code == 404


def test_by_a_link_that_ends_with_the_answer(shop: TestShop) -> None:
    picture_sent(shop)
    (url,) = urls(shop.world)

    answered(shop.world)

    assert fetched(shop.world, url).status_code == 404


def test_by_a_link_that_links_for_people_cannot_stand_for(shop: TestShop) -> None:
    request = attached(shop, picture_sent(shop))
    (found,) = evidence.shown(shop, request)
    token = found["url"].rpartition("/")[2]

    answer = fetched(shop.world, f"{US}/s/{shop.row.key}/wechat-check/{token}/")

    assert answer.status_code == 404


def test_in_vain_if_wechat_cannot_fetch_it(shop: TestShop) -> None:
    """-1008. It is asked about again when the customer comes back."""
    world = shop.world
    world.mini.faults.add("timeout_after_accept", path=PICTURES)
    request = attached(shop, picture_sent(shop))
    key = Evidence.objects.get().shown_key
    world.clock.forward(minutes=2)
    world.work()
    Evidence.objects.update(shown_key="gone")
    SafetyCheck.objects.update(media_key="gone")
    answered(world)
    before = (seen(shop, request), trouble())

    Evidence.objects.update(shown_key=key)
    SafetyCheck.objects.update(media_key=key)
    log_in(shop, OPENID)
    world.quiet()
    answered(world)

    assert before == (("UNCHECKED", True), "-1008")
    assert seen(shop, request) == ("PASSED", True)


# What may go wrong


REFUSALS = {"openid_of_another_app": "43104", "quota_used_up": "45009", "secret_frozen": "40243"}


@pytest.mark.parametrize(("fault", "code"), REFUSALS.items(), ids=REFUSALS.keys())
def test_in_vain_if_wechat_refuses(shop: TestShop, fault: str, code: str) -> None:
    """Refused: unchecked, which staff see; it is evidence all the same."""
    shop.world.mini.faults.add(fault, path=PICTURES)
    request = attached(shop, picture_sent(shop))

    shop.world.run(minutes=5)

    assert seen(shop, request) == ("UNCHECKED", True)
    assert (trouble(), asked(shop.world), tasks(shop, request)) == (code, 1, [])


@pytest.mark.parametrize(
    "fault", ["connect_refused", "timeout_before_accept", "http_502", "system_busy"]
)
def test_again_if_wechat_is_away(shop: TestShop, fault: str) -> None:
    shop.world.mini.faults.add(fault, 3, path=PICTURES)
    request = attached(shop, picture_sent(shop))

    shop.world.run(minutes=20)

    assert seen(shop, request) == ("PASSED", True)


@pytest.mark.parametrize("fault", ["timeout_after_accept", "garbage"])
def test_again_if_its_answer_is_lost(shop: TestShop, fault: str) -> None:
    """The first trace is one that we never learned: what is pushed for it is of nothing."""
    world = shop.world
    world.mini.faults.add(fault, path=PICTURES)
    world.mini.content.next_pictures.extend(["risky", "pass"])
    request = attached(shop, picture_sent(shop))

    world.run(minutes=5)

    assert (asked(world), InboxMessage.objects.count()) == (2, 2)
    assert seen(shop, request) == ("PASSED", True)


def test_no_longer_than_35_minutes_if_nothing_is_pushed(shop: TestShop) -> None:
    world = shop.world
    request = attached(shop, picture_sent(shop))
    world.mini.content.looks.clear()

    world.clock.forward(minutes=35, seconds=-1)
    world.work()
    before = seen(shop, request)
    world.clock.forward(seconds=1)
    world.work()

    assert (before, seen(shop, request)) == (("CHECKING", True), ("UNCHECKED", True))
    assert trouble() == "no_answer"


def test_and_an_answer_that_comes_too_late_counts_no_more(shop: TestShop) -> None:
    """It says so as `unchecked`, and the next visit asks again."""
    world = shop.world
    world.mini.content.next_pictures.append("risky")
    request = attached(shop, picture_sent(shop))
    (look,) = world.mini.content.looks
    look.due_at += timedelta(minutes=40)
    world.clock.forward(minutes=36)
    world.work()

    world.clock.forward(minutes=10)
    world.quiet()

    assert seen(shop, request) == ("UNCHECKED", True)


def test_and_heard_also_before_its_trace_is_known(shop: TestShop) -> None:
    """The push may overtake the answer that names the trace."""
    world = shop.world
    ask_about = world.mini.content.picture

    def overtaken(app: Any, data: Any, now: Any) -> dict[str, object]:
        answer = ask_about(app, data, now)
        world.clock.forward(seconds=30)
        world.mini.deliver_due()
        return answer

    world.mini.content.picture = overtaken  # type: ignore[method-assign]
    world.mini.content.next_pictures.append("risky")
    id = evidence.uploaded(shop, evidence.picture())
    world.work()

    assert Evidence.objects.get().safety == "risky"
    assert id
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_and_a_push_told_twice_is_heard_once(shop: TestShop) -> None:
    """EC40, of the message push."""
    world = shop.world
    picture_sent(shop)
    (look,) = world.mini.content.looks
    answered(world)
    before = SafetyCheck.objects.values().get()

    world.clock.forward(minutes=1)
    world.mini.push(
        {
            "FromUserName": "oTESTplatform",
            "CreateTime": int(world.clock.now.timestamp()),
            "Event": "wxa_media_check",
            "appid": APPID,
            "trace_id": look.trace_id,
            "errcode": 0,
            "result": {"suggest": "risky", "label": 20001},
        }
    )
    world.quiet()

    assert SafetyCheck.objects.values().get() == before


def test_by_a_push_that_comes_to_another_shop_of_the_mini_program(world: World) -> None:
    """It has one address for its push, whatever shops sell in it."""
    world.other_shop.add_push()
    link(world.shop, OPENID, world.shop.saleor.user_token(world.shop.li))
    request = attached(world.shop, picture_sent(world.shop))

    answered(world)

    assert seen(world.shop, request) == ("PASSED", True)


# Where it cannot be checked


def test_not_without_a_message_push(shop: TestShop) -> None:
    """Nothing could come back, so nothing is asked."""
    WechatPush.objects.all().delete()
    request = attached(shop, picture_sent(shop))

    assert (seen(shop, request), trouble()) == (("UNCHECKED", True), "no_push")
    assert asked(shop.world) == 0


def test_not_of_a_customer_without_wechat(world: World) -> None:
    world.shop.add_push()
    request = attached(world.shop, picture_sent(world.shop))

    assert (seen(world.shop, request), trouble()) == (("UNCHECKED", True), "no_visit")
    assert world.mini.calls == []


def test_not_of_staff(shop: TestShop) -> None:
    picture_sent(shop, ask=shop.as_clerk)

    assert (Evidence.objects.get().safety, SafetyCheck.objects.count()) == ("unchecked", 0)


def test_at_the_next_visit_if_it_could_not_be_before(shop: TestShop) -> None:
    """61010, or two hours by our own clock."""
    world = shop.world
    world.clock.forward(hours=3)
    world.mini.content.next_pictures.append("risky")
    request = attached(shop, picture_sent(shop))
    before = (seen(shop, request), asked(world))

    log_in(shop, OPENID)
    world.quiet()
    answered(world)

    assert before == (("UNCHECKED", True), 0)
    assert seen(shop, request) == ("RISKY", False)
    assert tasks(shop, request) == ["CONTENT_HELD"]


def test_while_the_worker_died_between_asking_and_hearing(shop: TestShop) -> None:
    """The lease runs out; whoever takes the step over sees that it was asked."""
    world = shop.world
    picture_sent(shop)
    message = OutboxMessage.objects.get(topic="safety.check")
    assert message.latest_error == "WeChat looks at the picture"
    OutboxMessage.objects.filter(pk=message.pk).update(due_at=world.clock.now)

    world.work()

    assert asked(world) == 1
