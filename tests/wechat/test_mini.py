"""The mini-program's server API through the adapter: logins, tokens, and what every fault does."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from saleor_wechat_returns.domain.errors import (
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from saleor_wechat_returns.sandbox.wechat_mini import WechatMiniSandbox
from saleor_wechat_returns.wechat.mini import AccessToken, MiniClient, MiniProgram, MiniSession

APPID, SECRET = "wx0000000000000001", "s3cret0000000000000000000000000"


class Store:
    """One process's tokens; a real one is shared and encrypted."""

    def __init__(self) -> None:
        self.tokens: dict[str, AccessToken] = {}
        self.lock = threading.Lock()

    def get(self, appid: str) -> AccessToken | None:
        return self.tokens.get(appid)

    def set(self, appid: str, token: AccessToken) -> None:
        assert self.lock.locked()
        self.tokens[appid] = token

    def locked(self, appid: str) -> threading.Lock:
        return self.lock


@pytest.fixture
def wechat(clock: Any) -> WechatMiniSandbox:
    wechat = WechatMiniSandbox(clock)
    wechat.add_app(APPID, SECRET)
    return wechat


@pytest.fixture
def store() -> Store:
    return Store()


Connect = Callable[..., MiniClient]


@pytest.fixture
def connect(wechat: WechatMiniSandbox, store: Store, clock: Any) -> Iterator[Connect]:
    with httpx.Client(transport=wechat.transport) as http:

        def make(secret: str = SECRET, appid: str = APPID) -> MiniClient:
            return MiniClient(MiniProgram(appid, secret), http, store, clock)

        yield make


@pytest.fixture
def mini(connect: Connect) -> MiniClient:
    return connect()


def answering(store: Store, clock: Any, handler: Callable[[httpx.Request], Any]) -> MiniClient:
    http = httpx.Client(transport=httpx.MockTransport(handler))
    return MiniClient(MiniProgram(APPID, SECRET), http, store, clock)


def test_says_who_logged_in(mini: MiniClient, wechat: WechatMiniSandbox) -> None:
    assert mini.code_to_session(wechat.login("oLi")) == MiniSession("oLi", None)
    assert mini.code_to_session(wechat.login("oLi", unionid="uLi")) == MiniSession("oLi", "uLi")


def test_asks_as_documented_and_needs_no_token(mini: MiniClient, wechat: WechatMiniSandbox) -> None:
    js_code = wechat.login("oLi")

    mini.code_to_session(js_code)

    [call] = wechat.calls
    assert (call.method, call.path) == ("GET", "/sns/jscode2session")
    assert call.query == {
        "appid": APPID,
        "secret": SECRET,
        "js_code": js_code,
        "grant_type": "authorization_code",
    }


def test_shows_and_logs_no_openid_and_no_secret(
    mini: MiniClient, wechat: WechatMiniSandbox, store: Store
) -> None:
    js_code = wechat.login("oLi", unionid="uLi")

    with structlog.testing.capture_logs() as logs:
        session = mini.code_to_session(js_code)
        mini.check_access()

    shown = f"{session!r} {logs} {MiniProgram(APPID, SECRET)!r} {store.tokens}"
    assert [entry["path"] for entry in logs] == [
        "/sns/jscode2session",
        "/cgi-bin/stable_token",
        "/cgi-bin/get_api_domain_ip",
    ]
    for secret in ("oLi", "uLi", SECRET, js_code, store.tokens[APPID].value):
        assert secret not in shown


def test_takes_a_code_once(mini: MiniClient, wechat: WechatMiniSandbox) -> None:
    js_code = wechat.login("oLi")
    mini.code_to_session(js_code)

    with pytest.raises(ProviderRejected) as rejected:
        mini.code_to_session(js_code)

    assert (rejected.value.kind, rejected.value.code) == (Rejection.REQUEST, "40163")


def test_takes_a_code_for_five_minutes(
    mini: MiniClient, wechat: WechatMiniSandbox, clock: Any
) -> None:
    in_time, too_late = wechat.login("oLi"), wechat.login("oLi")
    clock.pass_seconds(300)
    mini.code_to_session(in_time)
    clock.pass_seconds(1)

    with pytest.raises(ProviderRejected) as rejected:
        mini.code_to_session(too_late)

    assert (rejected.value.kind, rejected.value.code) == (Rejection.REQUEST, "40029")


@pytest.mark.parametrize("js_code", ["", "a b", "a\n", "登录", "x" * 129])
def test_asks_nothing_for_what_is_no_code(
    mini: MiniClient, wechat: WechatMiniSandbox, js_code: str
) -> None:
    with pytest.raises(ProviderRejected) as rejected:
        mini.code_to_session(js_code)

    assert (rejected.value.kind, rejected.value.field) == (Rejection.REQUEST, "js_code")
    assert wechat.calls == []


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("risky_user", Rejection.BUSINESS, "40226"),
        ("address_not_listed", Rejection.CONFIGURATION, "40164"),
        ("secret_frozen", Rejection.CONFIGURATION, "40243"),
    ],
)
def test_is_told_no(
    mini: MiniClient, wechat: WechatMiniSandbox, fault: str, kind: Rejection, code: str
) -> None:
    js_code = wechat.login("oLi")
    wechat.faults.add(fault)

    with pytest.raises(ProviderRejected) as rejected:
        mini.code_to_session(js_code)

    assert (rejected.value.kind, rejected.value.code) == (kind, code)


@pytest.mark.parametrize(
    ("fault", "after_seconds"),
    [
        ("connect_refused", None),
        ("timeout_before_accept", None),
        ("http_502", None),
        ("system_busy", None),
        ("rate_limited", 60),
        ("quota_used_up", 3600),
    ],
)
def test_may_ask_again_later_after(
    mini: MiniClient, wechat: WechatMiniSandbox, fault: str, after_seconds: int | None
) -> None:
    js_code = wechat.login("oLi")
    wechat.faults.add(fault)

    with pytest.raises(ProviderUnavailable) as unavailable:
        mini.code_to_session(js_code)

    assert unavailable.value.after_seconds == after_seconds
    assert mini.code_to_session(js_code).openid == "oLi"


@pytest.mark.parametrize("fault", ["timeout_after_accept", "garbage"])
def test_finds_the_code_used_up_when_the_answer_was_lost(
    mini: MiniClient, wechat: WechatMiniSandbox, fault: str
) -> None:
    js_code = wechat.login("oLi")
    wechat.faults.add(fault)

    with pytest.raises(ProviderUnavailable):
        mini.code_to_session(js_code)
    with pytest.raises(ProviderRejected) as rejected:
        mini.code_to_session(js_code)

    assert rejected.value.code == "40163"


def test_waits_a_minute_for_a_user_who_logs_in_without_end(
    mini: MiniClient, wechat: WechatMiniSandbox, clock: Any
) -> None:
    for _ in range(100):
        mini.code_to_session(wechat.login("oLi"))

    with pytest.raises(ProviderUnavailable) as unavailable:
        mini.code_to_session(wechat.login("oLi"))
    mini.code_to_session(wechat.login("oWang"))
    clock.pass_seconds(60)
    mini.code_to_session(wechat.login("oLi"))

    assert unavailable.value.after_seconds == 60


@pytest.mark.parametrize(
    ("credentials", "code"),
    [({"secret": "wrong"}, "40125"), ({"appid": "wx9"}, "40013")],
)
def test_is_a_task_for_the_operator_when_the_credentials_are_wrong(
    connect: Connect, wechat: WechatMiniSandbox, credentials: dict[str, str], code: str
) -> None:
    mini = connect(**credentials)

    for call in (lambda: mini.code_to_session(wechat.login("oLi")), mini.check_access):
        with pytest.raises(ProviderRejected) as rejected:
            call()
        assert (rejected.value.kind, rejected.value.code) == (Rejection.CONFIGURATION, code)


@pytest.mark.parametrize(
    ("field", "value"),
    [("appid", ""), ("appid", "wx/1"), ("secret", ""), ("secret", "密"), ("base_url", "api.x")],
)
def test_shows_unusable_settings_before_anything_is_sent(field: str, value: str) -> None:
    with pytest.raises(ProviderRejected) as rejected:
        MiniProgram(**({"appid": APPID, "secret": SECRET} | {field: value}))

    assert rejected.value.kind is Rejection.CONFIGURATION
    assert (rejected.value.code, rejected.value.field) == ("MINI_PROGRAM_UNUSABLE", field)


def paths(wechat: WechatMiniSandbox) -> list[str]:
    return [call.path.rpartition("/")[2] for call in wechat.calls]


def test_fetches_one_stable_token_for_all_clients(
    connect: Connect, wechat: WechatMiniSandbox, store: Store, clock: Any
) -> None:
    for _ in range(3):
        connect().check_access()

    assert paths(wechat) == ["stable_token", *["get_api_domain_ip"] * 3]
    assert json.loads(wechat.calls[0].body) == {
        "grant_type": "client_credential",
        "appid": APPID,
        "secret": SECRET,
    }
    assert store.tokens[APPID].expires_at == clock() + timedelta(seconds=7200)


def test_fetches_a_token_once_when_many_need_it_at_the_same_moment(
    connect: Connect, wechat: WechatMiniSandbox
) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: connect().check_access(), range(16)))

    assert paths(wechat).count("stable_token") == 1


def test_fetches_a_new_token_a_minute_before_the_old_one_ends(
    mini: MiniClient, wechat: WechatMiniSandbox, clock: Any
) -> None:
    mini.check_access()
    clock.pass_seconds(7200 - 61)
    mini.check_access()
    clock.pass_seconds(1)
    mini.check_access()

    assert paths(wechat).count("stable_token") == 2


def test_fetches_a_token_anew_once_when_it_was_revoked(
    mini: MiniClient, wechat: WechatMiniSandbox
) -> None:
    mini.check_access()
    wechat.revoke_token()

    mini.check_access()

    assert paths(wechat)[2:] == ["get_api_domain_ip", "stable_token", "get_api_domain_ip"]


def test_takes_the_token_that_another_process_fetched_meanwhile(store: Store, clock: Any) -> None:
    old, new = (AccessToken(value, clock() + timedelta(hours=1)) for value in ("old", "new"))
    store.tokens[APPID] = old
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url.params["access_token"]))
        store.tokens[APPID] = new
        return httpx.Response(200, json={"errcode": 42001 if asked == ["old"] else 0})

    answering(store, clock, answer).check_access()

    assert asked == ["old", "new"]


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_gives_up_when_a_fresh_token_is_refused_as_well(
    store: Store, clock: Any, errcode: int
) -> None:
    asked: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path.endswith("/stable_token"):
            return httpx.Response(200, json={"access_token": f"t{len(asked)}", "expires_in": 7200})
        return httpx.Response(200, json={"errcode": errcode, "errmsg": "no"})

    with pytest.raises(ProviderRejected) as rejected:
        answering(store, clock, refuse).check_access()

    assert (rejected.value.kind, rejected.value.code) == (Rejection.CONFIGURATION, str(errcode))
    assert len(asked) == 4


@pytest.mark.parametrize(
    "fault",
    [
        *("connect_refused", "timeout_before_accept", "timeout_after_accept", "http_502"),
        *("garbage", "system_busy", "rate_limited"),
    ],
)
def test_may_ask_for_a_token_again_after(
    mini: MiniClient, wechat: WechatMiniSandbox, store: Store, fault: str
) -> None:
    wechat.faults.add(fault)

    with pytest.raises(ProviderUnavailable):
        mini.check_access()
    assert store.tokens == {}
    mini.check_access()

    assert store.tokens[APPID].value


def test_takes_an_errcode_that_nobody_told_us_about_to_staff(store: Store, clock: Any) -> None:
    answer = {"errcode": 99999, "errmsg": "新规则" * 300}

    with pytest.raises(ProviderRejected) as rejected:
        answering(store, clock, lambda _: httpx.Response(200, json=answer)).code_to_session("c")

    assert (rejected.value.kind, rejected.value.code) == (Rejection.BUSINESS, "99999")
    assert len(rejected.value.message) == 500


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"openid": ""},
        {"openid": 7},
        {"openid": "o\0"},
        {"openid": "\ud800"},
        {"openid": "oLi", "unionid": None},
        {"errcode": "40029"},
        {"errcode": None},
        {"base_resp": {"errcode": "x"}},
        [],
    ],
)
def test_does_not_understand(store: Store, clock: Any, answer: object) -> None:
    content = json.dumps(answer).encode()

    with pytest.raises(ProviderUnavailable, match="not understood"):
        answering(store, clock, lambda _: httpx.Response(200, content=content)).code_to_session("c")


@pytest.mark.parametrize("expires_in", [None, 0, -1, "7200", True, 10**9])
def test_keeps_no_token_of_odd_life(store: Store, clock: Any, expires_in: object) -> None:
    answer = {"access_token": "t", "expires_in": expires_in}

    with pytest.raises(ProviderUnavailable, match="not understood"):
        answering(store, clock, lambda _: httpx.Response(200, json=answer)).check_access()

    assert store.tokens == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(content=b"[" * 100_000)
@example(content=b'{"errcode": 1' + b"0" * 5000 + b"}")
@example(content=b'{"errcode": 1, "errmsg": {"errmsg": []}}')
@given(
    content=st.binary()
    | st.dictionaries(
        st.sampled_from(["openid", "unionid", "errcode", "errmsg", "base_resp", "session_key"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    ).map(lambda it: json.dumps(it).encode())
)
def test_raises_nothing_else_for_any_answer(clock: Any, content: bytes) -> None:
    mini = answering(Store(), clock, lambda _: httpx.Response(200, content=content))

    with suppress(ProviderError):
        mini.code_to_session("c")
    with suppress(ProviderError):
        mini.check_access()


def test_reads_no_answer_over_a_megabyte(store: Store, clock: Any) -> None:
    large = json.dumps({"openid": "oLi", "padding": "x" * 2**20}).encode()

    with pytest.raises(ProviderUnavailable, match="too large"):
        answering(store, clock, lambda _: httpx.Response(200, content=large)).code_to_session("c")


def test_follows_no_redirect(store: Store, clock: Any) -> None:
    seen: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    with pytest.raises(ProviderUnavailable, match="HTTP 302"):
        answering(store, clock, redirect).code_to_session("c")

    assert seen == ["api.weixin.qq.com"]


def test_waits_four_seconds_and_no_longer(store: Store, clock: Any) -> None:
    waits: list[dict[str, float]] = []

    def note(request: httpx.Request) -> httpx.Response:
        waits.append(request.extensions["timeout"])
        return httpx.Response(200, json={"access_token": "t", "expires_in": 7200, "openid": "o"})

    mini = answering(store, clock, note)
    mini.code_to_session("c")
    mini.check_access()

    assert len(waits) == 3
    assert {seconds for wait in waits for seconds in wait.values()} == {4.0}


def test_opens_no_transport_but_the_one_handed_in(
    wechat: WechatMiniSandbox, store: Store, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*args: object, **kwargs: object) -> None:
        raise AssertionError("a socket was opened")

    def nobody(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"unmounted host called: {request.url.host}")

    monkeypatch.setattr(socket, "socket", no_socket)
    mounts = {
        "all://api.weixin.qq.com": wechat.transport,
        "all://": httpx.MockTransport(nobody),
    }
    with httpx.Client(mounts=mounts) as http:
        here = MiniClient(MiniProgram(APPID, SECRET), http, store, clock)
        there = MiniClient(
            MiniProgram("wx2", SECRET, "https://elsewhere.example"), http, store, clock
        )

        here.check_access()
        assert here.code_to_session(wechat.login("oLi")).openid == "oLi"
        with pytest.raises(AssertionError, match=r"unmounted host called: elsewhere\.example"):
            there.code_to_session("c")
        with pytest.raises(AssertionError, match=r"unmounted host called: elsewhere\.example"):
            there.check_access()


def test_speaks_to_another_address_in_the_demo(
    wechat: WechatMiniSandbox, store: Store, clock: Any
) -> None:
    server = wechat.serve("127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.server_address[1]}"

    with httpx.Client(trust_env=False) as http:
        mini = MiniClient(MiniProgram(APPID, SECRET, address), http, store, clock)
        mini.check_access()
        session = mini.code_to_session(wechat.login("oLi"))
    server.shutdown()
    server.server_close()

    assert session.openid == "oLi"
