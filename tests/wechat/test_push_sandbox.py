"""The simulated message push, read by `wechatpy`, which other people wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature

from saleor_wechat_returns.sandbox.wechat_mini import PushAddress, WechatMiniSandbox
from saleor_wechat_returns.sandbox.wechat_mini.pushes import request_of
from saleor_wechat_returns.sandbox.wechat_mini.sealing import key_of, seal, sign
from tests.wechat.conftest import APPID, Clock

TOKEN, AES_KEY = "aTokenOfTheShop", "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789ABCDEFG"
JSON = PushAddress("https://shop.example/wechat/push?from=wechat", TOKEN, AES_KEY)
XML = replace(JSON, is_xml=True)
PLAIN = replace(JSON, is_plain=True)
CHECKED: dict[str, Any] = {
    "ToUserName": "gh_0000000000aa",
    "FromUserName": "oPlatform",
    "CreateTime": 1767225600,
    "MsgType": "event",
    "Event": "wxa_media_check",
    "appid": APPID,
    "trace_id": "60f96f1d-3845297a-1976a3ae",
    "version": 2,
    "errcode": 0,
    "errmsg": "ok",
    "result": {"suggest": "risky", "label": 20002},
    "detail": [
        {"strategy": "content_model", "errcode": 0, "suggest": "risky", "label": 20002},
        {"strategy": "keyword", "errcode": 0, "suggest": "pass", "label": 100},
    ],
}


@dataclass
class Shop:
    """A mini-program's server on wechatpy. `answers`: its next ones; then it takes everything."""

    token: str = TOKEN
    arrived: list[httpx.Request] = field(default_factory=list)
    answers: list[httpx.Response | None] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.arrived.append(request)
        if self.answers:
            answer = self.answers.pop(0)
            if answer is None:
                raise httpx.ReadTimeout("not in time", request=request)
            return answer
        query = request.url.params
        try:
            check_signature(self.token, query["signature"], query["timestamp"], query["nonce"])
        except InvalidSignatureException:
            return httpx.Response(403)
        return httpx.Response(200, text=query.get("echostr", "success"))

    def read(self, request: httpx.Request, appid: str = APPID) -> str:
        """What wechatpy finds in the envelope."""
        body: Any = request.content.decode()
        if request.headers["Content-Type"] == "application/json":
            body = json.loads(body)
        query = request.url.params
        crypto = WeChatCrypto(self.token, AES_KEY, appid)
        return str(
            crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        )


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def wechat(clock: Clock, shop: Shop) -> Iterator[WechatMiniSandbox]:
    with httpx.Client(transport=httpx.MockTransport(shop.handle)) as http:
        wechat = WechatMiniSandbox(clock, http)
        wechat.add_app(APPID, "s3cret")
        yield wechat


def test_asks_an_address_before_it_is_saved(wechat: WechatMiniSandbox, shop: Shop) -> None:
    wechat.set_push_address(JSON)

    (request,) = shop.arrived
    assert (request.method, request.url.path) == ("GET", "/wechat/push")
    assert set(request.url.params) == {"from", "signature", "timestamp", "nonce", "echostr"}


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(403), httpx.Response(200, text="success"), httpx.Response(200), None],
)
def test_saves_no_address_that_does_not_echo(
    wechat: WechatMiniSandbox, shop: Shop, answer: httpx.Response | None
) -> None:
    shop.answers = [answer]

    with pytest.raises(ValueError, match="echostr"):
        wechat.set_push_address(JSON)
    wechat.push(CHECKED)

    assert wechat.deliver_due() == 0
    assert len(shop.arrived) == 1


def test_saves_no_address_with_another_token(wechat: WechatMiniSandbox) -> None:
    with pytest.raises(ValueError, match="echostr"):
        wechat.set_push_address(replace(JSON, token="another"))


def test_wants_43_letters_and_digits_for_a_key() -> None:
    for key in ("", AES_KEY[:-1], AES_KEY + "H", AES_KEY[:-1] + "="):
        with pytest.raises(ValueError, match="EncodingAESKey"):
            replace(JSON, encoding_aes_key=key)


def test_seals_json_that_wechatpy_opens(wechat: WechatMiniSandbox, shop: Shop) -> None:
    wechat.set_push_address(JSON)
    message = CHECKED | {"errmsg": "衣服 😀 <b> ]]>"}

    push = wechat.push(message)
    sent = wechat.deliver_due()

    request = shop.arrived[-1]
    assert (sent, push.answers, push.is_taken) == (1, [200], True)
    assert json.loads(shop.read(request)) == message
    assert json.loads(request.content).keys() == {"ToUserName", "Encrypt"}
    assert request.url.params["encrypt_type"] == "aes"
    assert request.url.params["openid"] == "oPlatform"


def test_seals_xml_that_wechatpy_opens(wechat: WechatMiniSandbox, shop: Shop) -> None:
    wechat.set_push_address(XML)
    message = CHECKED | {"errmsg": "衣服 😀 <b> ]]>"}

    wechat.push(message)
    wechat.deliver_due()

    opened = xmltodict.parse(shop.read(shop.arrived[-1]))["xml"]
    assert opened == json.loads(json.dumps(message), parse_int=str)


def test_sends_the_plain_mode_as_it_is(wechat: WechatMiniSandbox, shop: Shop) -> None:
    wechat.set_push_address(PLAIN)

    wechat.push(CHECKED)
    wechat.deliver_due()

    request = shop.arrived[-1]
    assert json.loads(request.content) == CHECKED
    assert not {"encrypt_type", "msg_signature"} & set(request.url.params)


@pytest.mark.parametrize("length", [*range(64), 1000])
def test_pads_messages_of_every_length(length: int) -> None:
    """Up to 32 bytes: wechatpy takes away what the last byte says."""
    message = {"Content": "x" * length}
    request = request_of(message, JSON, APPID, datetime.now(UTC))

    assert json.loads(Shop().read(request)) == message


def test_is_not_believed_when_altered_or_for_another_app(
    wechat: WechatMiniSandbox, shop: Shop
) -> None:
    wechat.set_push_address(JSON)
    wechat.push(CHECKED)
    wechat.deliver_due()
    request = shop.arrived[-1]
    altered = httpx.Request(
        "POST",
        request.url,
        content=request.content.replace(b'"Encrypt":"', b'"Encrypt":"A'),
        headers=request.headers,
    )

    with pytest.raises(InvalidSignatureException):
        shop.read(altered)
    with pytest.raises(InvalidAppIdException):
        shop.read(request, appid="wx0000000000000002")


@pytest.mark.parametrize("taken", [b"success", b"SUCCESS", b""])
def test_is_repeated_until_it_is_taken(
    wechat: WechatMiniSandbox, shop: Shop, clock: Clock, taken: bytes
) -> None:
    wechat.set_push_address(JSON)
    push = wechat.push(CHECKED)
    shop.answers = [None, httpx.Response(200, content=b"fail"), httpx.Response(200, content=taken)]

    sent = [wechat.deliver_due()]
    sent.append(wechat.deliver_due())
    for _ in range(4):
        clock.pass_seconds(5)
        sent.append(wechat.deliver_due())

    assert sent == [1, 0, 1, 1, 0, 0]
    assert (push.answers, push.is_taken) == ([None, 200, 200], True)
    nonces = {request.url.params["nonce"] for request in shop.arrived[1:]}
    assert len(nonces) == 3
    assert {shop.read(request) for request in shop.arrived[1:]} == {shop.read(shop.arrived[1])}


def test_is_given_up_after_three_repeats(
    wechat: WechatMiniSandbox, shop: Shop, clock: Clock
) -> None:
    wechat.set_push_address(JSON)
    push = wechat.push(CHECKED)
    shop.answers = [httpx.Response(500) for _ in range(9)]

    for _ in range(9):
        wechat.deliver_due()
        clock.pass_seconds(5)

    assert (push.answers, push.is_taken, push.due_at) == ([500] * 4, False, None)


def test_signs_as_the_documents_example() -> None:
    """Of the page "message push", read 2026-11."""
    assert sign("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"


def test_seals_and_signs_as_other_programs_do(vectors: Callable[[str], dict[str, Any]]) -> None:
    vector = vectors("mini_program_message_push.json")
    safe, token = vector["safe_mode"], vector["token"]
    at = (vector["timestamp"], vector["nonce"])

    sealed = seal(
        safe["plain_message"].encode(),
        key_of(vector["encoding_aes_key"]),
        vector["appid"],
        salt=safe["random16"].encode(),
    )

    assert sealed == safe["Encrypt"]
    assert sign(token, *at, sealed) == safe["msg_signature"]
    assert sign(token, *at) == safe["signature"] == vector["url_verify"]["query"]["signature"]
