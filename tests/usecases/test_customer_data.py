"""What is kept about one customer …

EC60: it is handed over whole, evidence too; and it goes as far as the law and open matters let.
"""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from saleor_wechat_returns import tasks
from saleor_wechat_returns.models import (
    Evidence,
    EvidenceBundle,
    PickupBooking,
    ReturnAppeal,
    ReturnMessage,
    ReturnRequest,
    ReverseDelivery,
    SafetyCheck,
    StoredFile,
    UploadTicket,
    WechatAccount,
    WechatPayment,
    WechatVisit,
)
from saleor_wechat_returns.secretbox import open_sealed
from tests import evidence, make
from tests.graphql.guests import guest_order, guest_session
from tests.graphql.wechat_logins import link, session
from tests.returning import SENDER, book, call_off, to_be_fetched
from tests.usecases import payer
from tests.usecases.test_bundle import ASK as BUNDLE
from tests.usecases.test_bundle import asked
from tests.usecases.timers import EXTEND
from tests.usecases.unchanged import rows_stay
from tests.world import TestShop, World

OPENID = "openid-of-li"
YEARS = {"days": 1097}


@pytest.fixture
def shop(world: World) -> TestShop:
    link(world.shop, OPENID, world.shop.saleor.user_token(world.shop.li))
    return world.shop


def command(name: str, shop: TestShop, customer: str, *more: str) -> list[str]:
    said = io.StringIO()
    arguments = ["--shop", shop.row.api_url, "--customer", customer, *more]
    call_command(name, *arguments, stdout=said)
    return said.getvalue().splitlines()


def exported(shop: TestShop, customer: str, folder: Path) -> dict[str, bytes]:
    file = folder / f"{len(list(folder.iterdir()))}.zip"
    command("export_customer", shop, customer, "--to", str(file))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def everything(shop: TestShop) -> dict[str, Any]:
    """A return of Li's that is over, with all that a customer can leave behind."""
    given = [{"id": evidence.uploaded(shop, evidence.picture())}]
    request = make.inspected(shop, shop.order(), evidence=given, note="李的尺码不合")
    shop.world.run()
    row = ReturnRequest.objects.get(number=request["number"])
    now = shop.world.clock.now
    ReturnMessage.objects.create(
        shop=shop.row, request=row, actor="customer", actor_id=shop.li.id, text="谢谢", sent_at=now
    )
    found = row.events.get(kind="inspect")
    appeal = {"request": row, "decision": found, "text": "请再看看", "made_at": now}
    ReturnAppeal.objects.create(shop=shop.row, **appeal)
    asked(shop, request)
    shop.world.quiet()
    return request


def test_is_handed_over_with_its_evidence(shop: TestShop, tmp_path: Path) -> None:
    request = everything(shop)
    of_wang = make.wanted(shop.order(user=shop.wang), note="王的")
    shop.as_wang(make.CREATE, input=of_wang, key=make.key())

    files = exported(shop, shop.li.id, tmp_path)

    folder = f"returns/{request['number']}/"
    assert {name for name in files if not name.startswith(f"{folder}evidence/")} == {
        f"{folder}index.html",
        f"{folder}timeline.json",
        f"{folder}data.json",
        "customer.json",
        "manifest.json",
    }
    (picture,) = [name for name in files if name.startswith(f"{folder}evidence/")]
    assert files[picture].startswith(b"\xff\xd8\xff")
    told = json.loads(files[f"{folder}timeline.json"])
    assert (told["note"], told["messages"][0]["text"]) == ("李的尺码不合", "谢谢")
    about = json.loads(files["customer.json"])
    assert about["account"] == shop.li.id
    assert [it["appid"] for it in about["WechatAccount"]] == [WechatAccount.objects.get().appid]
    assert [it["openid"] for it in about["WechatVisit"]] == [OPENID]
    data = json.loads(files[f"{folder}data.json"])
    assert data["WechatRefund"][0]["received_account"] == "支付用户零钱"
    assert shop.clerk.id.encode() not in b"".join(files.values())
    assert "王的".encode() not in b"".join(files.values())


def test_is_the_same_by_account_and_by_openid(shop: TestShop, tmp_path: Path) -> None:
    everything(shop)

    assert set(exported(shop, shop.li.id, tmp_path)) == set(exported(shop, OPENID, tmp_path))


def test_is_handed_over_also_where_a_check_holds_it_back(shop: TestShop, tmp_path: Path) -> None:
    request = make.requested(shop, shop.order(), note="违规的话")
    shop.world.work()

    files = exported(shop, shop.li.id, tmp_path)

    assert "违规的话".encode() in files[f"returns/{request['number']}/timeline.json"]


def test_is_handed_over_with_what_was_paid(world: World, tmp_path: Path) -> None:
    shop = world.shop
    payer.pay(shop, payer.begin(shop, payer.fill(shop)))
    world.run()
    payment = WechatPayment.objects.get()

    about = json.loads(exported(shop, OPENID, tmp_path)["customer.json"])

    (told,) = about["WechatPayment"]
    assert (told["out_trade_no"], told["openid"]) == (payment.out_trade_no, OPENID)


def test_is_handed_over_to_the_guest_of_an_order(world: World, tmp_path: Path) -> None:
    """Who has no account and no WeChat log-in is known by the order, and forgotten by it."""
    shop = world.shop
    order = guest_order(shop)
    token = guest_session(shop, order)
    wanted = {"input": make.wanted(order, note="客人的话"), "key": make.key()}
    request = shop.ask(make.CREATE, wanted, token).request
    shop.ask(make.CANCEL, {"id": request["id"], "key": make.key()}, token)

    files = exported(shop, order.id, tmp_path)
    world.clock.forward(**YEARS)
    said = command("erase_customer", shop, order.id)

    assert "客人的话".encode() in files[f"returns/{request['number']}/data.json"]
    assert "returns: 1 erased" in said
    row = ReturnRequest.objects.get()
    assert (row.note, row.customer_id[:7]) == ("", "erased-")
    again = shop.ask(make.READ, {"id": request["id"]}, guest_session(shop, order))
    assert again.data == {"returnRequest": None}


def test_is_handed_over_with_what_is_attached_to_nothing(shop: TestShop, tmp_path: Path) -> None:
    evidence.uploaded(shop, evidence.picture())
    shop.world.work()

    files = exported(shop, shop.li.id, tmp_path)

    (told,) = json.loads(files["customer.json"])["uploads"]
    assert files[told["file"]].startswith(b"\xff\xd8\xff")


def test_is_a_whole_file_or_none(shop: TestShop, tmp_path: Path, settings: Any) -> None:
    everything(shop)
    away = settings.STORAGES["evidence"]["OPTIONS"] | {"location": "/nowhere"}
    settings.STORAGES = {"evidence": settings.STORAGES["evidence"] | {"OPTIONS": away}}

    with pytest.raises(CommandError, match="storage"):
        exported(shop, shop.li.id, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_is_readable_by_nobody_else_and_replaces_nothing(shop: TestShop, tmp_path: Path) -> None:
    file = tmp_path / "li.zip"
    command("export_customer", shop, shop.li.id, "--to", str(file))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="File exists"):
        command("export_customer", shop, shop.li.id, "--to", str(file))


def test_is_not_changed_by_looking(shop: TestShop, tmp_path: Path) -> None:
    everything(shop)

    with rows_stay():
        exported(shop, shop.li.id, tmp_path)


@pytest.mark.parametrize("name", ["export_customer", "erase_customer"])
def test_is_of_a_shop_that_is_installed(world: World, tmp_path: Path, name: str) -> None:
    more = ["--to", str(tmp_path / "x.zip")] if name == "export_customer" else []
    with pytest.raises(CommandError, match="no shop with the API URL"):
        call_command(name, "--shop", "https://nobody.example/", "--customer", "x", *more)


# Forgetting


def left_of_li(shop: TestShop) -> set[str]:
    """Which tables still hold something of Li's own."""
    words = (shop.li.id, "李的", "谢谢", "请再看看", OPENID)
    found = set()
    for model in apps.get_app_config("saleor_wechat_returns").get_models():
        for row in model._default_manager.values():
            text = str(row)
            if any(word in text for word in words):
                found.add(model.__name__)
    return found


def test_of_a_pickup_is_handed_over_and_goes(shop: TestShop, tmp_path: Path) -> None:
    request = to_be_fetched(shop)
    book(shop, request)
    shop.world.work()
    call_off(shop, request)
    shop.as_li(make.CANCEL, id=request["id"], key=make.key())
    shop.world.work()

    files = exported(shop, shop.li.id, tmp_path)
    told = json.loads(files[f"returns/{request['number']}/data.json"])["PickupBooking"][0]
    assert json.loads(told["sender"]) == {
        "name": SENDER["name"],
        "phone": SENDER["phone"],
        "province": SENDER["province"],
        "city": SENDER["city"],
        "area": SENDER["area"],
        "street_address": SENDER["streetAddress"],
    }
    assert told["consent_version"] == "kuaidi100-1"
    shop.world.clock.forward(**YEARS)

    command("erase_customer", shop, shop.li.id)

    row = PickupBooking.objects.get()
    sealed = (row.sender_sealed, row.salt_sealed, row.courier_name_sealed, row.courier_phone_sealed)
    assert [open_sealed(bytes(one), row.sealed_key_id) for one in sealed] == [""] * 4
    assert (row.provider_ids, row.status) == ({}, "canceled")


def test_goes_from_what_staff_wrote_of_decisions(shop: TestShop, tmp_path: Path) -> None:
    """History still says that there were words, and which code went with them."""
    request = make.requested(shop, shop.order())
    reject = {"id": request["id"], "version": request["version"], "why": "李的吊牌已剪"}
    appealed = make.appeal(shop, shop.as_clerk(make.REJECT, **reject).request).request
    make.resolve(shop, appealed, granted=False, words="李的照片看不清").request  # noqa: B018
    shop.world.clock.forward(**YEARS)

    command("erase_customer", shop, shop.li.id)

    assert left_of_li(shop) <= {"ReturnableOrder"}
    said = ReturnRequest.objects.get()
    assert (said.rejection_code, said.explanation) == ("not_covered", "–")
    assert said.appeals.get().resolution == "–"
    assert said.events.get(kind="reject").data == {"code": "not_covered", "explanation": "–"}


def test_goes_once_its_time_is_over(shop: TestShop) -> None:
    request = everything(shop)
    before = left_of_li(shop)
    shop.world.clock.forward(**YEARS)

    said = command("erase_customer", shop, shop.li.id)
    tasks.delete_files()

    assert before >= {"ReturnRequest", "ReturnMessage", "ReturnAppeal", "Evidence", "SafetyCheck"}
    assert left_of_li(shop) == set()
    assert said == [
        "orders: 1 erased",
        "returns: 1 erased",
        "visits: 1 erased",
        "wechat_links: 1 erased",
        "Nothing personal is left.",
    ]
    row = ReturnRequest.objects.get()
    assert (row.number, row.status, row.promised_fen, row.note) == (
        request["number"],
        "refunded",
        19900,
        "",
    )
    parcel = ReverseDelivery.objects.get().parcel
    waybill = open_sealed(bytes(parcel.waybill_sealed), parcel.sealed_key_id)
    assert (waybill, parcel.waybill_index) == ("", "")
    picture = Evidence.objects.get()
    assert (picture.status, len(picture.sha256)) == ("erased", 64)
    assert {picture.caller, UploadTicket.objects.get().caller, row.customer_id} == {row.customer_id}
    assert row.customer_id.startswith("erased-")
    assert StoredFile.objects.count() == 0
    assert [bundle.status for bundle in EvidenceBundle.objects.all()] == ["deleted"]
    assert (WechatVisit.objects.count(), WechatAccount.objects.count()) == (0, 0)
    assert {check.caller for check in SafetyCheck.objects.all()} == {row.customer_id}


def test_that_is_gone_is_still_shown_to_staff_and_to_nobody_else(shop: TestShop) -> None:
    request = everything(shop)
    shop.world.clock.forward(**YEARS)
    command("erase_customer", shop, shop.li.id)

    seen = make.read(shop, request)

    assert (seen["status"], seen["note"], seen["deliveries"][0]["waybillNo"]) == (
        "REFUNDED",
        "",
        "",
    )
    assert shop.as_li(make.READ, id=request["id"]).data == {"returnRequest": None}


def test_waits_for_an_open_return_and_says_so(shop: TestShop) -> None:
    request = make.requested(shop, shop.order(), note="李的尺码不合")

    with rows_stay(WechatVisit):
        said = command("erase_customer", shop, shop.li.id)

    assert said == [
        "visits: 1 erased",
        f"{request['number']} stays: still open (requested), until that is over",
        "Run this again for the rest.",
    ]


def test_waits_for_the_law_and_says_until_when(shop: TestShop) -> None:
    request = everything(shop)
    WechatVisit.objects.all().delete()

    with rows_stay():
        said = command("erase_customer", shop, OPENID)

    assert said == [
        "visits: 0 erased",
        f"{request['number']} stays: the law wants it kept, until 2029-11-23",
        "Run this again for the rest.",
    ]


def test_waits_for_the_end_of_a_dispute(shop: TestShop) -> None:
    request = everything(shop)
    ReturnRequest.objects.update(legal_hold=True)
    shop.world.clock.forward(**YEARS)

    said = command("erase_customer", shop, shop.li.id)
    ReturnRequest.objects.update(legal_hold=False)
    again = command("erase_customer", shop, shop.li.id)

    assert f"{request['number']} stays: held for a dispute, until that is over" in said
    assert again[-1] == "Nothing personal is left."


def test_goes_in_part_now_and_the_rest_later(shop: TestShop) -> None:
    old = everything(shop)
    shop.world.clock.forward(**YEARS)
    new = make.requested(shop, shop.order(), note="李的尺码不合")

    said = command("erase_customer", shop, shop.li.id)
    between = (WechatAccount.objects.count(), ReturnRequest.objects.get(number=old["number"]).note)
    shop.as_li(make.CANCEL, id=new["id"], key=make.key())
    shop.world.clock.forward(**YEARS)
    again = command("erase_customer", shop, OPENID)
    once_more = command("erase_customer", shop, shop.li.id)

    assert said[0] == "returns: 1 erased"
    assert said[-1] == "Run this again for the rest."
    assert between == (1, "")
    assert again[:2] == ["orders: 2 erased", "returns: 1 erased"]
    assert again[-1] == "Nothing personal is left."
    assert once_more[-1] == "Nothing personal is left."
    assert left_of_li(shop) == set()


def test_goes_with_the_reason_for_more_time(shop: TestShop) -> None:
    request = make.approved(shop, shop.order(), note="")
    extend = {"id": request["id"], "reason": "李的奶奶住院", "key": make.key()}
    assert shop.as_li(EXTEND, **extend).payload["errors"] == []
    before = left_of_li(shop)
    shop.as_li(make.CANCEL, id=request["id"], key=make.key())
    shop.world.clock.forward(**YEARS)

    command("erase_customer", shop, shop.li.id)

    assert before >= {"ReturnDeadline", "ReturnEvent"}
    assert left_of_li(shop) == set()


def test_of_uploads_that_belong_to_nothing_goes_at_once(shop: TestShop) -> None:
    evidence.uploaded(shop, evidence.picture())
    evidence.ticket(shop)
    shop.world.work()

    said = command("erase_customer", shop, shop.li.id)
    tasks.delete_files()

    assert "uploads: 1 erased" in said
    assert left_of_li(shop) == set()
    assert (StoredFile.objects.count(), UploadTicket.objects.count()) == (0, 1)


def test_of_a_payment_goes_its_payer_and_not_its_amount(world: World) -> None:
    shop = world.shop
    payer.pay(shop, payer.begin(shop, payer.fill(shop)))
    world.run()
    before = WechatPayment.objects.get()

    early = command("erase_customer", shop, OPENID)
    world.clock.forward(**YEARS)
    command("erase_customer", shop, OPENID)

    after = WechatPayment.objects.get()
    assert f"{before.out_trade_no} stays: the law wants it kept, until 2029-11-23" in early
    assert (after.amount_fen, after.wechat_transaction_id) == (
        before.amount_fen,
        before.wechat_transaction_id,
    )
    assert after.openid_index.startswith("erased-")
    assert open_sealed(bytes(after.openid_sealed), after.sealed_key_id) == ""


def test_of_somebody_else_stays(shop: TestShop) -> None:
    everything(shop)
    shop.world.clock.forward(**YEARS)

    with rows_stay():
        assert command("erase_customer", shop, shop.wang.id)[-1] == "Nothing personal is left."
        assert command("erase_customer", shop, "openid-of-wang")[-1] == "Nothing personal is left."
        command("erase_customer", shop.world.other_shop, shop.li.id)


def test_goes_of_who_has_no_account_too(world: World) -> None:
    """Li asks by WeChat alone for what her openid paid."""
    shop = world.shop
    payer.pay(shop, payer.begin(shop, payer.fill(shop)))
    world.run()
    session(shop, OPENID)
    world.clock.forward(**YEARS)

    said = command("erase_customer", shop, OPENID)

    assert said[-1] == "Nothing personal is left."
    assert WechatVisit.objects.count() == 0
    assert left_of_li(shop) == set()


def test_goes_where_two_sides_used_one_idempotency_key(shop: TestShop) -> None:
    """A key belongs to its caller, and the callers become one name."""
    request = make.requested(shop, shop.order(), note="")
    for ask in (shop.as_li, shop.as_clerk):
        answer = ask(evidence.TICKET, input={"medium": "IMAGE"}, key="photo-1")
        given = evidence.send(shop, answer.payload["ticket"], evidence.picture()).id
        sent = {"text": "看", "evidence": [{"id": given}]}
        ask(make.MESSAGE, id=request["id"], input=sent, key=make.key())
        ask(BUNDLE, id=request["id"], key="bundle-1")
    shop.world.run()
    shop.as_li(make.CANCEL, id=request["id"], key=make.key())
    shop.world.clock.forward(**YEARS)

    said = command("erase_customer", shop, shop.li.id)

    assert said[-1] == "Nothing personal is left."
    assert {ticket.caller[:7] for ticket in UploadTicket.objects.all()} == {"erased-"}
    assert {bundle.caller[:7] for bundle in EvidenceBundle.objects.all()} == {"erased-"}


def test_that_is_gone_leaves_a_history_that_can_be_read(shop: TestShop) -> None:
    """Staff's words about the customer stood in it; the customer's own are a message."""
    request = make.approved(shop, shop.order(), note="")
    extend = {"id": request["id"], "reason": "李的奶奶住院", "version": request["version"]}
    assert shop.as_clerk(EXTEND, **extend).payload["errors"] == []
    shop.as_li(make.CANCEL, id=request["id"], key=make.key())
    shop.world.clock.forward(**YEARS)
    command("erase_customer", shop, shop.li.id)

    answer = shop.as_clerk(
        "query($id: ID!) { returnRequest(id: $id) { events { kind label } } }", id=request["id"]
    )

    labels = {event["kind"]: event["label"] for event in answer.data["returnRequest"]["events"]}
    assert labels["extend_deadline"].endswith(":–")
