"""The address for WeChat's message push …"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from wechatpy.crypto import WeChatCrypto

from saleor_wechat_returns.models import InboxMessage, WechatPush
from saleor_wechat_returns.sandbox.wechat_mini import PushAddress
from saleor_wechat_returns.sandbox.wechat_mini.pushes import request_of
from saleor_wechat_returns.sandbox.wechat_mini.sealing import sign
from tests.usecases.unchanged import nothing_changes
from tests.world import APPID, PUSH_AES_KEY, PUSH_TOKEN, TestShop, World

FORMS = [
    pytest.param({}, id="safe JSON"),
    pytest.param({"is_xml": True}, id="safe XML"),
    pytest.param({"is_plain": True}, id="plain JSON"),
    pytest.param({"is_plain": True, "is_xml": True}, id="plain XML"),
]
Change = dict[str, Any]


@pytest.fixture
def shop(world: World) -> TestShop:
    return world.shop


def checked(shop: TestShop, **changes: Any) -> dict[str, Any]:
    """What is pushed once a picture was looked at."""
    return {
        "ToUserName": "gh_0000000000aa",
        "FromUserName": "oTESTplatform",
        "CreateTime": int(shop.world.clock.now.timestamp()),
        "MsgType": "event",
        "Event": "wxa_media_check",
        "appid": APPID,
        "trace_id": "60f96f1d-3845297a-1976a3ae",
        "version": 2,
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": "risky", "label": 20002},
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": "risky"}],
    } | changes


def post(
    shop: TestShop, message: dict[str, Any], address: PushAddress, appid: str = APPID
) -> httpx.Response:
    return shop.world.us.send(request_of(message, address, appid, shop.world.clock.now))


def changed(shop: TestShop, request: httpx.Request, **query: str) -> httpx.Response:
    return shop.world.us.post(
        request.url.copy_merge_params(query), content=request.content, headers=request.headers
    )


def kept() -> list[tuple[str, dict[str, Any]]]:
    return [(message.key, message.payload) for message in InboxMessage.objects.order_by("id")]


RISKY = {"outcome": "risky", "label": 20002, "trouble": ""}


@pytest.mark.parametrize("form", FORMS)
def test_takes_what_wechat_tells(shop: TestShop, form: Change) -> None:
    address = shop.add_push(**form)

    answer = post(shop, checked(shop), address)

    assert (answer.status_code, answer.text) == (200, "success")
    assert kept() == [(f"{APPID} 60f96f1d-3845297a-1976a3ae", RISKY)]


@pytest.mark.parametrize("form", FORMS)
def test_answers_the_consoles_check(shop: TestShop, form: Change) -> None:
    """`add_push` saves the address in the console, which refuses one that does not echo."""
    address = shop.add_push(**form)

    query = {"timestamp": "1", "nonce": "2", "echostr": "3", "signature": "4"}
    forged = shop.world.us.get(address.url, params=query)

    assert (forged.status_code, forged.text) == (403, "refused")


def test_reads_the_sealed_part_of_the_compatible_mode(shop: TestShop) -> None:
    """兼容模式 brings the message twice; what is not sealed anybody could have written."""
    address = shop.add_push()
    request = request_of(checked(shop), address, APPID, shop.world.clock.now)
    forged = checked(shop, result={"suggest": "pass", "label": 100})
    body = json.dumps(forged | json.loads(request.content)).encode()

    answer = shop.world.us.post(request.url, content=body)

    assert answer.text == "success"
    assert [payload for _, payload in kept()] == [RISKY]


def test_takes_what_another_program_has_sealed(shop: TestShop) -> None:
    shop.add_push()
    now, nonce = str(int(shop.world.clock.now.timestamp())), "415670741"
    crypto = WeChatCrypto(PUSH_TOKEN, PUSH_AES_KEY, APPID)
    xml = crypto.encrypt_message(json.dumps(checked(shop)), nonce, now)
    signature = xml.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
    query = {"timestamp": now, "nonce": nonce, "msg_signature": signature}

    answer = shop.world.us.post(
        f"/s/{shop.row.key}/wechat-push/", params=query, content=xml.encode()
    )

    assert answer.text == "success"
    assert [payload for _, payload in kept()] == [RISKY]


def test_keeps_a_repeat_once(shop: TestShop) -> None:
    address = shop.add_push()

    answers = [post(shop, checked(shop), address).text for _ in range(3)]

    assert (answers, len(kept())) == (["success"] * 3, 1)


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ({"result": {"suggest": "pass", "label": 100}}, ("passed", 100, "")),
        ({"result": {"suggest": "review", "label": 21000}}, ("review", 21000, "")),
        ({"result": {"suggest": "of next year", "label": 1}}, ("review", 1, "")),
        ({"errcode": -1008, "errmsg": "download fail"}, ("unchecked", None, "-1008")),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_knows_what_it_says(
    shop: TestShop, form: Change, said: Change, payload: tuple[str, int | None, str]
) -> None:
    address = shop.add_push(**form)

    post(shop, checked(shop, **said), address)

    ((_, found),) = kept()
    assert (found["outcome"], found["label"], found["trouble"]) == payload


def test_takes_and_forgets_other_events(shop: TestShop) -> None:
    """Refused, it would come again and again. Some name no app."""
    address = shop.add_push()
    message = {"FromUserName": "o", "MsgType": "text", "Content": "在吗"}

    with nothing_changes(shop.world):
        answer = post(shop, message, address)

    assert (answer.status_code, answer.text) == (200, "success")


def test_serves_every_mini_program_of_the_shop(shop: TestShop) -> None:
    """One per channel, each with a token and a key of its own."""
    address = shop.add_push()
    other = WechatPush.objects.get()
    other.pk, other.appid = None, "wx0000000000000000"
    other._state.adding = True
    other.token_sealed = other.aes_key_sealed
    other.save()

    assert post(shop, checked(shop), address).text == "success"


def refused(shop: TestShop, answer: httpx.Response) -> bool:
    return (answer.status_code, answer.text) == (403, "refused") and not kept()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", ["signature", "timestamp", "nonce"])
def test_believes_no_forgery(shop: TestShop, form: Change, what: str) -> None:
    address = shop.add_push(**form)
    request = request_of(checked(shop), address, APPID, shop.world.clock.now)
    name = "msg_signature" if what == "signature" and not address.is_plain else what

    with structlog.testing.capture_logs() as logs:
        answers = [
            changed(shop, request, **{name: value})
            for value in ("", "0", "é", "f" * 40, "1" * 5000)
        ]

    assert all(refused(shop, answer) for answer in answers)
    assert [entry["reason"] for entry in logs if entry["event"] == "wechat_push.refused"] == [
        "signature"
    ] * 5


@pytest.mark.parametrize("minutes", [-11, 11])
def test_believes_nothing_old(shop: TestShop, minutes: int) -> None:
    address = shop.add_push()
    at = shop.world.clock.now + timedelta(minutes=minutes)
    request = request_of(checked(shop), address, APPID, at)

    assert refused(shop, shop.world.us.send(request))


def test_believes_nothing_in_plain_that_should_be_sealed(shop: TestShop) -> None:
    """In plain the signature is of time and nonce only: anybody who saw one could use it."""
    shop.add_push()
    address = PushAddress(
        f"https://returns.example/s/{shop.row.key}/wechat-push/",
        PUSH_TOKEN,
        PUSH_AES_KEY,
        is_plain=True,
    )

    assert refused(shop, post(shop, checked(shop), address))


def test_believes_nothing_of_another_app(shop: TestShop) -> None:
    address = shop.add_push()

    assert refused(shop, post(shop, checked(shop), address, "wx0000000000000009"))


def test_believes_nothing_of_another_app_in_plain(shop: TestShop) -> None:
    address = shop.add_push(is_plain=True)

    assert refused(shop, post(shop, checked(shop, appid="wx0000000000000009"), address))


def test_believes_nothing_sealed_with_another_key(shop: TestShop) -> None:
    address = shop.add_push()
    other = PushAddress(address.url, PUSH_TOKEN, PUSH_AES_KEY[::-1])

    assert refused(shop, post(shop, checked(shop), other))


def test_believes_nobody_without_a_push(shop: TestShop) -> None:
    address = PushAddress(
        f"https://returns.example/s/{shop.row.key}/wechat-push/", PUSH_TOKEN, PUSH_AES_KEY
    )

    assert refused(shop, post(shop, checked(shop), address))
    query = {"timestamp": "1", "nonce": "2", "echostr": "3", "signature": "4"}
    assert refused(shop, shop.world.us.get(address.url, params=query))


BILLION_LAUGHS = (
    b'<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<xml><Event>&b;</Event></xml>"
)
FILE_OF_OURS = (
    b'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b"<xml><Event>wxa_media_check</Event><trace_id>&f;</trace_id></xml>"
)
NONSENSE = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "deep JSON": b"[" * 60_000,
    "no UTF-8": b'{"Event": "\xff\xfe"}',
    "UTF-16": "<xml><Event>wxa_media_check</Event></xml>".encode("utf-16-le"),
    "XML that says UTF-16": b'<?xml version="1.0" encoding="UTF-16"?><xml><a>b</a></xml>',
    "XML of an unknown encoding": b'<?xml version="1.0" encoding="klingon"?><xml><a>b</a></xml>',
    "half an XML": b"<xml><Event>",
    "another root": b"<html><xml>1</xml></html>",
    "an empty root": b"<xml></xml>",
    "deep XML": b"<xml>" + b"<a>" * 8_000 + b"</a>" * 8_000 + b"</xml>",
    "entities without end": BILLION_LAUGHS,
    "a file of ours": FILE_OF_OURS,
    "a NUL": b'{"Event": "wxa_media_check", "trace_id": "a\\u0000b", "errcode": 0}',
    "half a surrogate": b'{"Encrypt": "\\ud800"}',
    "a trace of two words": b'{"Event": "wxa_media_check", "trace_id": "a b", "errcode": 0}',
    "no result": b'{"Event": "wxa_media_check", "trace_id": "a", "errcode": 0}',
    "a long errcode": b'{"Event": "wxa_media_check", "trace_id": "a", "errcode": 1' + b"0" * 5000,
    "an odd label": b'{"Event":"wxa_media_check","trace_id":"a","result":{"suggest":"pass",'
    b'"label":[1]}}',
    "a payment without number": b'{"Event": "trade_manage_remind_shipping"}',
    "a payment of an odd number": b'{"Event": "trade_manage_order_settlement", "transaction_id": '
    b'"42 00"}',
    "no text in Encrypt": b'{"Encrypt": {"a": 1}}',
    "no base64": b'{"Encrypt": "!!"}',
}


# A message like any other, only of no use.
HARMLESS = {"XML that says UTF-16", "XML of an unknown encoding", "deep XML"}


@pytest.mark.parametrize("what", NONSENSE)
@pytest.mark.parametrize("is_plain", [True, False], ids=["plain", "safe"])
def test_refuses_nonsense_that_is_signed(shop: TestShop, is_plain: bool, what: str) -> None:
    body = NONSENSE[what]
    address = shop.add_push(is_plain=is_plain)
    request = request_of(checked(shop), address, APPID, shop.world.clock.now)
    now = request.url.params["timestamp"]
    signed = sign(PUSH_TOKEN, now, "2", "!!" if b"!!" in body else "")
    query = {"signature": sign(PUSH_TOKEN, now, "2"), "nonce": "2", "msg_signature": signed}

    with nothing_changes(shop.world):
        answer = shop.world.us.post(request.url.copy_merge_params(query), content=body)

    is_taken = is_plain and what in HARMLESS
    assert (answer.status_code, answer.text) == ((200, "success") if is_taken else (403, "refused"))


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024])
@pytest.mark.parametrize("says_so", [True, False])
def test_reads_no_large_body(shop: TestShop, size: int, says_so: bool) -> None:
    address = shop.add_push(is_plain=True)
    request = request_of(checked(shop), address, APPID, shop.world.clock.now)
    body = b" " * size

    answer = shop.world.us.post(request.url, content=body if says_so else iter([body]))

    assert answer.status_code in ({413} if says_so else {413, 403})
    assert kept() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
def test_takes_no_other_method(shop: TestShop, method: str) -> None:
    address = shop.add_push()

    assert shop.world.us.request(method, address.url).status_code == 405


@pytest.mark.parametrize("key", ["unknown", "a%00b"])
def test_knows_no_other_shop(shop: TestShop, key: str) -> None:
    assert shop.world.us.get(f"/s/{key}/wechat-push/").status_code == 404


def test_is_not_open_with_keys_that_cannot_be_read(shop: TestShop) -> None:
    address = shop.add_push()
    WechatPush.objects.update(sealed_key_id="lost")

    with structlog.testing.capture_logs() as logs:
        answer = post(shop, checked(shop), address)

    assert refused(shop, answer)
    assert "wechat_push.unreadable" in [entry["event"] for entry in logs]
