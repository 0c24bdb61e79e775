"""The simulated mini-program API's own rules, met with requests made here and by wechatpy."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.util import setup_testing_defaults

import httpx
import pytest
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from saleor_wechat_returns.sandbox.wechat_mini import WechatMiniSandbox

APPID, SECRET = "wx0000000000000001", "s3cret"


@pytest.fixture
def wechat(clock: Any) -> WechatMiniSandbox:
    wechat = WechatMiniSandbox(clock)
    wechat.add_app(APPID, SECRET)
    return wechat


@pytest.fixture
def http(wechat: WechatMiniSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(transport=wechat.transport, base_url="https://mini.example") as http:
        yield http


def session(http: httpx.Client, code: str, **changes: str) -> dict[str, Any]:
    query = {
        "appid": APPID,
        "secret": SECRET,
        "js_code": code,
        "grant_type": "authorization_code",
    } | changes
    response = http.get("/sns/jscode2session", params=query)
    assert response.status_code == 200
    return dict(response.json())


def token(http: httpx.Client, **changes: object) -> dict[str, Any]:
    question = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET} | changes
    response = http.post("/cgi-bin/stable_token", json=question)
    assert response.status_code == 200
    return dict(response.json())


def check(http: httpx.Client, access_token: str) -> int:
    answer = http.get("/cgi-bin/get_api_domain_ip", params={"access_token": access_token}).json()
    return int(answer.get("errcode", 0))


def test_answers_a_login_with_the_documented_fields(
    http: httpx.Client, wechat: WechatMiniSandbox
) -> None:
    without = session(http, wechat.login("oLi"))
    bound = session(http, wechat.login("oLi", unionid="uLi"))

    assert without.keys() == {"openid", "session_key"}
    assert bound.keys() == {"openid", "session_key", "unionid"}
    assert without["session_key"] != bound["session_key"]


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": "wx9"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "client_credential"}, 40002),
        ({"js_code": "guessed"}, 40029),
    ],
)
def test_refuses_a_login_with_200_and_an_errcode(
    http: httpx.Client, wechat: WechatMiniSandbox, changes: dict[str, str], errcode: int
) -> None:
    js_code = wechat.login("oLi")

    assert session(http, js_code, **changes)["errcode"] == errcode
    assert session(http, js_code)["openid"] == "oLi"


def test_gives_a_code_to_one_app_only(http: httpx.Client, wechat: WechatMiniSandbox) -> None:
    wechat.add_app("wx2", "other")
    js_code = wechat.login("oLi", appid="wx2")

    assert session(http, js_code)["errcode"] == 40029
    assert session(http, js_code, appid="wx2", secret="other")["openid"] == "oLi"


def test_gives_the_same_token_within_its_life(http: httpx.Client, clock: Any) -> None:
    first = token(http)
    clock.pass_seconds(7199)
    second = token(http)
    clock.pass_seconds(1)
    third = token(http)

    assert (first["expires_in"], second["expires_in"], third["expires_in"]) == (7200, 1, 7200)
    assert first["access_token"] == second["access_token"] != third["access_token"]
    assert len(first["access_token"]) <= 512
    assert [check(http, it["access_token"]) for it in (first, third)] == [42001, 0]


def test_ends_the_token_when_a_new_one_is_forced(http: httpx.Client) -> None:
    first = token(http)["access_token"]
    forced = token(http, force_refresh=True)["access_token"]

    assert (check(http, first), check(http, forced)) == (42001, 0)
    assert token(http)["access_token"] == forced


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [({"appid": "wx9"}, 40013), ({"secret": 7}, 40125), ({"grant_type": "x"}, 40002)],
)
def test_refuses_a_token(http: httpx.Client, changes: dict[str, object], errcode: int) -> None:
    assert token(http, **changes)["errcode"] == errcode


def test_tells_a_missing_token_from_a_made_up_one(http: httpx.Client) -> None:
    assert (check(http, ""), check(http, "made-up")) == (41001, 40001)


def test_wants_the_documented_method(http: httpx.Client) -> None:
    assert http.post("/sns/jscode2session").json()["errcode"] == 43001
    assert http.get("/cgi-bin/stable_token").json()["errcode"] == 43002
    assert http.post("/cgi-bin/stable_token", content=b"a=b").json()["errcode"] == 47001
    assert http.get("/cgi-bin/token").status_code == 404


def test_knows_its_faults_by_name(wechat: WechatMiniSandbox) -> None:
    with pytest.raises(ValueError, match="no fault 'system_bussy'"):
        wechat.faults.add("system_bussy")


def test_uses_up_a_fault_and_then_works_again(
    http: httpx.Client, wechat: WechatMiniSandbox
) -> None:
    wechat.faults.add("system_busy", 2)

    assert [token(http).get("errcode", 0) for _ in range(3)] == [-1, -1, 0]


def test_is_understood_by_wechatpy_as_it_comes(wechat: WechatMiniSandbox) -> None:
    server = wechat.serve("127.0.0.1", 0)
    theirs = WeChatClient(APPID, SECRET, access_token="unused", timeout=5)
    theirs.wxa.API_BASE_URL = f"http://127.0.0.1:{server.server_address[1]}/"
    js_code = wechat.login("oLi")

    found = theirs.wxa.code_to_session(js_code)
    with pytest.raises(WeChatClientException) as refused:
        theirs.wxa.code_to_session(js_code)
    server.shutdown()
    server.server_close()

    assert found["openid"] == "oLi"
    assert refused.value.errcode == 40163


def test_is_a_wsgi_application(wechat: WechatMiniSandbox) -> None:
    body = json.dumps(
        {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    ).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/cgi-bin/stable_token",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    begun: list[str] = []

    def start_response(status: str, headers: Any, error: Any = None) -> Callable[[bytes], object]:
        begun.append(status)
        return io.BytesIO().write

    content = b"".join(wechat.wsgi(environ, start_response))

    assert begun[0].startswith("200 ")
    assert json.loads(content)["expires_in"] == 7200
