"""An evidence bundle …

One ZIP of one return, for each side its own: to read, to compute with, and to prove something.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
from django.core.files.storage import FileSystemStorage

from saleor_wechat_returns import tasks, vault
from saleor_wechat_returns.models import (
    EvidenceBundle,
    OutboxMessage,
    Parcel,
    ReturnMessage,
    ReturnRequest,
    StoredFile,
)
from saleor_wechat_returns.secretbox import blind_index
from saleor_wechat_returns.usecases.stored_files import store, take
from tests import evidence, make, videos
from tests.graphql.wechat_logins import link
from tests.returning import SENDER, book, call_off, to_be_fetched
from tests.usecases import parcels
from tests.usecases.test_freight import compensate
from tests.usecases.test_pictures_checked import DECIDE
from tests.usecases.together import together
from tests.usecases.unchanged import nothing_changes
from tests.usecases.wires import Killer, work_until_killed
from tests.world import TestShop, World

FIELDS = "id status statusLabel progress url sha256 size expiresAt"
ASK = f"""mutation($id: ID!, $key: String!) {{
  returnEvidenceBundleCreate(id: $id, idempotencyKey: $key) {{
    bundle {{ {FIELDS} }} {make.ERRORS} }} }}"""
LOOK = f"query($id: ID!) {{ returnEvidenceBundle(id: $id) {{ {FIELDS} }} }}"
MOST_CHANCES = 30


def asked(shop: TestShop, request: dict[str, Any], *, ask: Any = None) -> dict[str, Any]:
    payload = (ask or shop.as_li)(ASK, id=request["id"], key=make.key()).payload
    assert payload["errors"] == []
    return dict(payload["bundle"])


def built(shop: TestShop, request: dict[str, Any], *, ask: Any = None) -> dict[str, Any]:
    bundle = asked(shop, request, ask=ask)
    shop.world.quiet()
    return look(shop, bundle, ask=ask)


def look(shop: TestShop, bundle: dict[str, Any], *, ask: Any = None) -> dict[str, Any]:
    return dict((ask or shop.as_li)(LOOK, id=bundle["id"]).data["returnEvidenceBundle"])


def download(shop: TestShop, bundle: dict[str, Any]) -> httpx.Response:
    return shop.world.us.get(httpx.URL(bundle["url"]).path)


def opened(shop: TestShop, bundle: dict[str, Any]) -> zipfile.ZipFile:
    answer = download(shop, bundle)
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.content))


def facts(shop: TestShop, bundle: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(opened(shop, bundle).read("timeline.json")))


def page(shop: TestShop, bundle: dict[str, Any]) -> str:
    return opened(shop, bundle).read("index.html").decode()


def with_evidence(shop: TestShop, **changes: Any) -> dict[str, Any]:
    given = [
        {"id": evidence.uploaded(shop, evidence.picture()), "shows": "DAMAGE"},
        {"id": evidence.uploaded(shop, videos.video(), "VIDEO")},
    ]
    request = make.requested(shop, shop.order(), evidence=given, **changes)
    shop.world.quiet()
    return request


class Links(HTMLParser):
    """What a page points to, and what it could run."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


class Watched(FileSystemStorage):
    """A folder; somebody looks whenever a file is read from it or written to it."""

    look: Callable[[], None]

    def open(self, name: str, mode: str = "rb") -> Any:
        type(self).look()
        return super().open(name, mode)

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> Any:
        type(self).look()
        return super().save(name, content, max_length)


def test_is_built_by_the_worker(world: World) -> None:
    shop = world.shop
    request = with_evidence(shop)

    bundle = asked(shop, request)
    world.quiet()
    done = look(shop, bundle)

    assert (bundle["status"], bundle["statusLabel"], bundle["progress"]) == (
        "WAITING",
        "正在生成",
        0,
    )
    assert (bundle["url"], bundle["sha256"], bundle["size"]) == (None, "", None)
    assert (done["status"], done["progress"], done["expiresAt"]) == (
        "READY",
        100,
        "2026-11-30T02:00:00+00:00",
    )
    answer = download(shop, done)
    assert answer.headers["content-type"] == "application/zip"
    name = f'attachment; filename="{request["number"]}.zip"'
    assert answer.headers["content-disposition"] == name
    assert hashlib.sha256(answer.content).hexdigest() == done["sha256"]
    assert len(answer.content) == done["size"] == int(answer.headers["content-length"])


def test_shows_how_far_it_is(world: World, settings: Any) -> None:
    """Whoever looks while the worker packs the files, over a connection of his own."""
    shop = world.shop
    given = [{"id": evidence.uploaded(shop, evidence.picture(n, n))} for n in (40, 50, 60)]
    request = make.requested(shop, shop.order(), evidence=given)
    world.quiet()
    bundle = asked(shop, request)
    seen: list[dict[str, Any]] = []
    Watched.look = lambda: seen.extend(together([lambda: look(shop, bundle)]))
    kept = settings.STORAGES["evidence"] | {"BACKEND": f"{__name__}.{Watched.__name__}"}
    settings.STORAGES = {"evidence": kept}

    world.work()

    assert [(it["status"], it["progress"], it["url"]) for it in seen] == [
        ("WAITING", 0, None),
        ("WAITING", 33, None),
        ("WAITING", 66, None),
        ("WAITING", 99, None),  # packed, and about to be stored
    ]
    assert (look(shop, bundle)["status"], look(shop, bundle)["progress"]) == ("READY", 100)


def test_is_built_without_any_picture(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())

    bundle = built(shop, request)

    assert (bundle["status"], bundle["progress"]) == ("READY", 100)
    assert set(opened(shop, bundle).namelist()) == {"index.html", "timeline.json", "manifest.json"}
    assert facts(shop, bundle)["evidence"] == []


def test_has_every_file_with_its_hash(world: World) -> None:
    shop = world.shop
    request = with_evidence(shop)

    archive = opened(shop, built(shop, request))

    manifest = json.loads(archive.read("manifest.json"))["files"]
    assert {entry["file"] for entry in manifest} | {"manifest.json"} == set(archive.namelist())
    assert archive.testzip() is None
    for entry in manifest:
        content = archive.read(entry["file"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            entry["size"],
            entry["sha256"],
        )
    found = evidence.shown(shop, request)
    told = json.loads(archive.read("timeline.json"))["evidence"]
    assert [(it["received_sha256"], it["shows"], it["medium"]) for it in told] == [
        (it["sha256"], it["shows"].lower(), it["medium"].lower()) for it in found
    ]
    for it in told:
        assert hashlib.sha256(archive.read(it["file"])).hexdigest() == it["sha256"]
        assert it["received_at"] == "2026-11-23T02:00:00Z"
        form = rf"evidence/00[12]-{it['shows']}-{it['received_sha256'][:8]}\.(jpg|mp4)"
        assert re.fullmatch(form, it["file"])


def test_tells_the_whole_story_to_a_program(world: World) -> None:
    shop = world.shop
    order = shop.order()
    request = make.inspected(shop, order)
    world.run()
    row = ReturnRequest.objects.get()
    ReturnMessage.objects.create(
        shop=shop.row, request=row, actor="staff", text="已退款", sent_at=world.clock.now
    )

    told = facts(shop, built(shop, request))

    assert (told["number"], told["status"], told["order_number"]) == (
        request["number"],
        "refunded",
        order.number,
    )
    assert [event["kind"] for event in told["timeline"]][:5] == [
        "create",
        "approve",
        "submit_delivery",
        "receive",
        "inspect",
    ]
    assert [(it["by"], it["text"]) for it in told["messages"]] == [("staff", "已退款")]
    (parcel,) = told["parcels"]
    assert (parcel["carrier"], parcel["waybill_no"]) == ("顺丰速运", "SF1234567890123")
    (refund,) = told["refunds"]
    assert (refund["amount_fen"], refund["amount_yuan"]) == (19900, "199.00")
    (paid,) = refund["wechat_refunds"]
    assert paid["out_refund_no"] == f"{request['number']}-1-1"
    assert paid["wechat_refund_id"]
    assert paid["status"] == "success"
    (psp,) = refund["saleor_requests"]
    assert psp["psp_reference"]
    (line,) = told["lines"]
    assert (line["product"], line["accepted_quantity"], line["paid_fen"]) == (
        "连帽卫衣 Hoodie",
        1,
        19900,
    )
    (found,) = line["inspected"]
    assert (found["quantity"], found["outcome"], found["is_refunded"]) == (1, "accepted", True)
    assert (found["disposition"], found["superseded_at"], told["splits"]) == ("restock", None, [])


def test_tells_the_whole_story_to_a_person(world: World) -> None:
    shop = world.shop
    request = make.inspected(shop, shop.order())
    world.run()

    read = page(shop, built(shop, request))

    for words in (
        request["number"],
        "已退款",
        "2026-11-23 10:00:00",  # in the shop's time
        "连帽卫衣 Hoodie",
        "1 × 合格",
        "199.00 元",
        "SF1234567890123",
        f"{request['number']}-1-1",
        "12315",
        "商家同意",
    ):
        assert words in read, words
    assert read.index("退款") < read.index("Refund")


def test_tells_the_words_of_each_decision(world: World) -> None:
    """The return has only what was said last, an appeal may be against what was said before."""
    shop = world.shop
    granted = make.resolve(
        shop, make.appeal(shop, make.rejected(shop, shop.order())).request, granted=True
    ).request
    found = shop.as_clerk(make.RECEIVE, id=granted["id"], version=granted["version"]).request
    refused = [{"orderLineId": found["lines"][0]["orderLineId"], "acceptedQuantity": 0}]
    inspect = {"id": found["id"], "version": found["version"], "lines": refused}
    seen = shop.as_clerk(make.INSPECT, **inspect).request
    world.clock.forward(days=7)  # nobody may close it while she may appeal
    close = {"id": seen["id"], "version": seen["version"], "why": "已电话沟通"}
    shop.as_clerk(make.CLOSE, **close).request  # noqa: B018 - refusals fail

    bundle = built(shop, seen)

    told, read = facts(shop, bundle), page(shop, bundle)
    said = [(it["kind"], it["rejection_code"], it["explanation"]) for it in told["timeline"]]
    assert [it for it in said if it[2]] == [
        ("reject", "not_covered", "不符合条件"),
        ("inspect", "not_intact", "有污渍"),
        ("close", "", "已电话沟通"),
    ]
    assert told["appeals"][0]["decision"]["explanation"] == "不符合条件"
    shown = ["不符合条件", "商品不支持此类退货", "有污渍", "商品不完好,影响二次销售"]
    assert [words for words in shown if words not in read] == []


def test_tells_what_was_asked_for_and_offered(world: World) -> None:
    shop = world.shop
    order = shop.order()
    request = make.requested(shop, order, {0: 2})
    wants = [{"shows": "LABEL"}]
    ask = {"id": request["id"], "version": request["version"], "text": "请补拍"}
    waiting = shop.as_clerk(make.ASK_EVIDENCE, **ask, wants=wants).request
    seen = make.offer(shop, order, waiting, {0: (2, 3000)}).request

    bundle = built(shop, seen)

    told, read = facts(shop, bundle), page(shop, bundle)
    assert told["messages"][0]["wants"][0]["shows"] == "label"
    (offer,) = told["offers"]
    assert [(it["quantity"], it["amount_fen"]) for it in offer["lines"]] == [(2, 3000)]
    for words in (
        "吊牌或水洗标",
        "仅退款",
        "连帽卫衣 Hoodie M × 2:30.00 元",
        "待买家确认",
        "2026-11-26 10:00:00",  # until when the offer stands, and the customer has time
    ):
        assert words in read, words


def test_tells_how_the_goods_travelled_and_what_it_cost(world: World) -> None:
    shop = world.shop
    shop.add_courier()
    world.couriers.post_parcel("jd", parcels.NUMBER, journey="delivered")
    request = make.approved(shop, shop.order(), **evidence.of_fault(shop))
    parcels.submit(shop, request)
    parcels.let_pass(world, hours=72)
    row = parcels.read(shop, request)
    received = shop.as_clerk(make.RECEIVE, id=row["id"], version=row["version"]).request
    compensate(shop, received, 1200).request  # noqa: B018 - refusals fail

    bundle = built(shop, request)

    (parcel,), read = facts(shop, bundle)["parcels"], page(shop, bundle)
    assert [scan["status"] for scan in parcel["tracking"]][-1] == "collected"
    assert (parcel["tracking"][0]["status"], bool(parcel["signed_at"])) == ("signed", True)
    shown = ["退回商家", "自行寄回", "已签收", parcel["tracking"][0]["text"]]
    assert [words for words in [*shown, "运费补偿"] if words not in read] == []
    assert "12.00 元" in read


def test_of_customers_tells_nothing_of_somebody_elses_parcel(world: World) -> None:
    shop = world.shop
    shop.add_courier()
    parcels.sent(shop)
    parcels.let_pass(world, hours=72)
    wanted = make.wanted(shop.order(user=shop.wang))
    request = shop.as_wang(make.CREATE, input=wanted, key=make.key()).request
    shop.as_clerk(make.APPROVE, id=request["id"], version=request["version"])
    named = {"carrier": "京东物流", "waybillNo": parcels.NUMBER}
    shop.as_wang(make.SUBMIT, id=request["id"], input=named, key=make.key())

    told = {}
    for ask in (shop.as_wang, shop.as_clerk):
        bundle = built(shop, request, ask=ask)
        (parcel,) = facts(shop, bundle)["parcels"]
        told[ask] = (bool(parcel["signed_at"]), len(parcel["tracking"]))

    assert told == {shop.as_wang: (False, 0), shop.as_clerk: (True, 5)}


def test_shows_a_corrected_number_as_one(world: World) -> None:
    """EC42: when which number came is what a dispute may be about; a stranger's way is not."""
    shop = world.shop
    shop.add_courier()
    request = parcels.sent(shop)
    right = {
        "carrier": "京东物流",
        "waybillNo": "JD0009876543210",
        "replacesId": parcels.delivery_of(shop, request)["id"],
    }
    shop.as_li(make.SUBMIT, id=request["id"], input=right, key=make.key()).request  # noqa: B018
    parcels.let_pass(world, hours=72)  # the parcel of the wrong number is on its way

    for ask in (shop.as_li, shop.as_clerk):
        bundle = built(shop, request, ask=ask)
        told = facts(shop, bundle)["parcels"]
        assert [(it["waybill_no"], it["is_corrected"]) for it in told] == [
            (parcels.NUMBER, True),
            ("JD0009876543210", False),
        ]
        assert (told[0]["tracking"], told[0]["signed_at"]) == ([], None)
        assert told[0]["submitted_at"]
        assert f"<s>{parcels.NUMBER}</s><br>已更正,不再有效" in page(shop, bundle)
    assert Parcel.objects.get(waybill_index=blind_index(parcels.NUMBER)).tracking.exists()


def test_tells_of_pickups_and_not_where_they_were(world: World) -> None:
    shop = world.shop
    request = to_be_fetched(shop)
    book(shop, request)
    world.work()
    call_off(shop, request)
    world.work()

    for ask in (shop.as_li, shop.as_clerk):
        bundle = built(shop, request, ask=ask)
        (pickup,), read = facts(shop, bundle)["pickups"], page(shop, bundle)
        assert (pickup["status"], pickup["consent_version"]) == ("canceled", "kuaidi100-1")
        shown = ["上门取件", "京东物流", "2026-11-23 14:00–16:00", "已取消", "买家承担"]
        assert [words for words in shown if words not in read] == []
        everything = read + str(facts(shop, bundle))
        assert [words for words in SENDER.values() if words in everything] == []


def test_runs_nothing_and_points_nowhere_else(world: World) -> None:
    """EC59: what people wrote is shown as they wrote it."""
    shop = world.shop
    nasty = "<script>alert(1)</script><img src=x onerror=alert(2)> & 😭"
    request = with_evidence(shop, note=nasty)
    bundle = built(shop, request)

    read = page(shop, bundle)

    seen = Links()
    seen.feed(read)
    assert "script" not in seen.tags
    assert seen.handlers == []
    assert set(seen.links) == {
        name for name in opened(shop, bundle).namelist() if name.startswith("evidence/")
    }
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in read
    assert facts(shop, bundle)["note"] == nasty


def test_names_nobody(world: World) -> None:
    shop = world.shop
    request = make.received(shop, shop.order())

    for ask in (shop.as_li, shop.as_clerk):
        archive = opened(shop, built(shop, request, ask=ask))
        content = archive.read("timeline.json") + archive.read("index.html")
        for person in (shop.li, shop.clerk):
            assert person.id.encode() not in content
            assert person.email.encode() not in content


# Each side its own


def test_of_customers_lacks_what_a_content_check_holds_back(world: World) -> None:
    shop = world.shop
    shop.add_push()
    link(shop, "openid-of-li", shop.saleor.user_token(shop.li))
    world.mini.content.next_pictures.extend(["risky", "review", "pass"])
    given = [{"id": evidence.uploaded(shop, evidence.picture(n, n))} for n in (100, 200, 300)]
    request = make.requested(shop, shop.order(), evidence=given, note="违规的话")
    world.quiet()
    world.clock.forward(seconds=30)
    world.quiet()

    mine = built(shop, request)
    theirs = built(shop, request, ask=shop.as_clerk)

    def files(bundle: dict[str, Any]) -> int:
        return sum(name.startswith("evidence/") for name in opened(shop, bundle).namelist())

    assert (files(mine), files(theirs)) == (1, 3)
    told, of_staff = facts(shop, mine), facts(shop, theirs)
    assert (told["note"], told["note_is_held_back"]) == ("", True)
    assert of_staff["note"] == "违规的话"
    assert sorted(it["is_held_back"] for it in told["evidence"]) == [False, True, True]
    assert page(shop, mine).count("未通过内容检测,未收录") == 3
    assert "违规的话" not in page(shop, mine)


def test_of_customers_goes_when_something_in_it_is_held_back_later(world: World) -> None:
    shop = world.shop
    link(shop, "openid-of-li", shop.saleor.user_token(shop.li))
    request = make.requested(shop, shop.order(), note="太小了")
    mine, theirs = built(shop, request), built(shop, request, ask=shop.as_clerk)
    assert "太小了" in page(shop, mine)

    assert shop.as_clerk(DECIDE, id=request["id"], show=False).payload["safety"] == "RISKY"

    assert download(shop, mine).status_code == 404
    after = look(shop, mine)
    assert (after["status"], after["url"]) == ("DELETED", None)
    assert look(shop, theirs, ask=shop.as_clerk)["status"] == "READY"
    assert "太小了" not in page(shop, built(shop, request))


def test_of_customers_lacks_what_staff_expect(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    hold = """mutation($id: ID!, $version: Int!) { returnLegalHoldSet(
      id: $id, isHeld: true, reason: "12315", expectedVersion: $version) { errors { code } } }"""
    shop.as_clerk(hold, id=request["id"], version=request["version"])

    mine, theirs = built(shop, request), built(shop, request, ask=shop.as_clerk)

    assert [event["kind"] for event in facts(shop, mine)["timeline"]] == ["create"]
    assert [event["kind"] for event in facts(shop, theirs)["timeline"]] == [
        "create",
        "legal_hold_set",
    ]


def test_is_seen_by_nobody_else(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    bundle = built(shop, request)

    for ask in (shop.as_wang, shop.as_clerk, world.other_shop.as_clerk):
        assert ask(LOOK, id=bundle["id"]).data == {"returnEvidenceBundle": None}
    with nothing_changes(world):
        answer = shop.as_wang(ASK, id=request["id"], key=make.key())
    assert answer.refusals == [("NOT_FOUND", "id")]
    assert shop.as_li(LOOK, id="rubbish").data == {"returnEvidenceBundle": None}


# Asking


def test_is_one_for_a_repeated_key(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    key = make.key()

    first = shop.as_li(ASK, id=request["id"], key=key).payload["bundle"]
    world.quiet()
    again = shop.as_li(ASK, id=request["id"], key=key).payload["bundle"]

    assert (first["id"], first["status"]) == (again["id"], "WAITING")
    assert again["status"] == "READY"
    assert EvidenceBundle.objects.count() == 1


def test_is_one_while_it_is_being_built(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())

    assert asked(shop, request)["id"] == asked(shop, request)["id"]
    assert asked(shop, request, ask=shop.as_clerk)["id"] != asked(shop, request)["id"]


def test_is_refused_for_a_key_of_another_return(world: World) -> None:
    shop = world.shop
    order = shop.order()
    key = make.key()
    shop.as_li(ASK, id=make.requested(shop, order)["id"], key=key)
    other = make.requested(shop, order)

    with nothing_changes(world):
        answer = shop.as_li(ASK, id=other["id"], key=key)

    assert answer.refusals == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_is_built_five_times_an_hour_at_most(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    for _ in range(5):
        built(shop, request)

    answer = shop.as_li(ASK, id=request["id"], key=make.key())
    world.clock.forward(hours=1, seconds=1)

    assert answer.refusals == [("RATE_LIMITED", None)]
    assert built(shop, request)["status"] == "READY"


# The file


def test_is_downloaded_by_a_link_of_some_minutes(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    bundle = built(shop, request)
    token = bundle["url"].rpartition("/")[2]

    def status(path: str) -> int:
        return world.us.get(path).status_code

    good = f"/s/{shop.row.key}/bundles/{token}"
    answers = {
        "good": status(good),
        "altered": status(good[:-1]),
        "of another shop": status(f"/s/{world.other_shop.row.key}/bundles/{token}"),
        "as a picture": status(f"/s/{shop.row.key}/evidence/{token}"),
    }
    world.clock.forward(minutes=10)

    assert answers == {"good": 200, "altered": 404, "of another shop": 404, "as a picture": 404}
    assert status(good) == 404
    assert download(shop, look(shop, bundle)).status_code == 200


def test_is_deleted_after_a_week(world: World) -> None:
    shop = world.shop
    request = make.requested(shop, shop.order())
    bundle = built(shop, request)

    world.clock.forward(days=7)
    tasks.erase_evidence()
    tasks.delete_files()

    gone = look(shop, bundle)
    assert (gone["status"], gone["url"]) == ("DELETED", None)
    assert gone["statusLabel"] == "已过期,请重新生成"
    assert StoredFile.objects.count() == 0


def test_is_built_once_wherever_the_worker_is_killed(world: World) -> None:
    shop = world.shop
    request = with_evidence(shop)
    for at in range(1, MOST_CHANCES):
        killer = Killer(at)
        bundle = asked(shop, request)
        with killer.around(world):
            was_killed = work_until_killed(world, killer)
        world.clock.forward(minutes=61)
        world.quiet()

        assert look(shop, bundle)["status"] == "READY"
        if not was_killed:
            break
    assert not was_killed
    tasks.delete_files()
    kept = set(StoredFile.objects.values_list("key", flat=True))
    used = set(EvidenceBundle.objects.values_list("key", flat=True))
    assert used <= kept
    assert all(file.delete_after is None for file in StoredFile.objects.all())


def test_waits_while_the_storage_is_away(world: World, settings: Any) -> None:
    shop = world.shop
    request = with_evidence(shop)
    bundle = asked(shop, request)
    good = dict(settings.STORAGES["evidence"]["OPTIONS"])
    settings.STORAGES = {
        "evidence": settings.STORAGES["evidence"] | {"OPTIONS": good | {"location": "/nowhere"}}
    }

    world.work()
    away = look(shop, bundle)["status"]
    settings.STORAGES = {"evidence": settings.STORAGES["evidence"] | {"OPTIONS": good}}
    world.run(minutes=10)

    assert (away, look(shop, bundle)["status"]) == ("WAITING", "READY")


def test_that_cannot_be_built_becomes_a_task(world: World) -> None:
    """A picture was lost from the storage: whoever has a copy puts it back."""
    shop = world.shop
    request = with_evidence(shop)
    lost = ReturnRequest.objects.get().evidence.get(medium="image").shown_key
    kept = io.BytesIO()
    vault.fetch(lost, kept)
    vault.delete(lost)

    bundle = asked(shop, request)
    world.run(minutes=30)
    ((kind, detail),) = make.tasks(shop, request)
    vault.save(lost, kept)
    world.run(minutes=15)

    assert (kind, detail[:22]) == ("STUCK", "bundle.build: storage:")
    assert make.tasks(shop, request) == []
    assert look(shop, bundle)["status"] == "READY"


def test_takes_no_more_memory_for_larger_files(world: World) -> None:
    """Forty megabytes of video pass through; none of them is held."""
    shop = world.shop
    request = with_evidence(shop)
    row = ReturnRequest.objects.get()
    video = row.evidence.get(medium="video")
    with io.BytesIO(bytes(40 * 1024 * 1024)) as large:
        key = store(shop.row, large, now=world.clock.now)
    take(key, now=world.clock.now)
    video.shown_key, video.shown_size = key, 40 * 1024 * 1024
    video.save()
    asked(shop, request)

    tracemalloc.start()
    world.work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (EvidenceBundle.objects.get().size or 0) > 40 * 1024 * 1024
    assert peak < 10 * 1024 * 1024
    assert not OutboxMessage.objects.filter(done_at=None, topic="bundle.build").exists()


def test_lives_for_days_and_a_shop_may_say_how_many(world: World, settings: Any) -> None:
    settings.EVIDENCE_BUNDLE_DAYS = 2
    request = make.requested(world.shop, world.shop.order())

    built(world.shop, request)

    assert EvidenceBundle.objects.get().delete_at == world.clock.now + timedelta(days=2)
