"""The mini-program's content checks through the adapter …"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_wechat_returns.domain.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
)
from saleor_wechat_returns.sandbox.wechat_mini import WechatMiniSandbox
from saleor_wechat_returns.wechat.mini import MiniClient, MiniProgram
from saleor_wechat_returns.wechat.mini_errors import QuotaUsedUp
from saleor_wechat_returns.wechat.mini_safety import Suggest, Verdict
from tests.wechat.test_mini import APPID, SECRET, Store, answering

TEXTS, PICTURES = "/wxa/msg_sec_check", "/wxa/media_check_async"
URL = "https://shop.example/p.jpg"


@pytest.fixture
def wechat(clock: Any) -> WechatMiniSandbox:
    def shop(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path == "/p.jpg":
            return httpx.Response(200, content=b"\xff\xd8\xff...")
        return httpx.Response(404)

    wechat = WechatMiniSandbox(clock, httpx.Client(transport=httpx.MockTransport(shop)))
    wechat.add_app(APPID, SECRET)
    wechat.visit("oLi")
    return wechat


@pytest.fixture
def mini(wechat: WechatMiniSandbox, clock: Any) -> Iterator[MiniClient]:
    with httpx.Client(transport=wechat.transport) as http:
        yield MiniClient(MiniProgram(APPID, SECRET), http, Store(), clock)


def ask(mini: MiniClient, path: str) -> object:
    if path == TEXTS:
        return mini.check_text("衣服有破洞", "oLi")
    return mini.ask_about_picture(URL, "oLi")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("衣服有破洞", Verdict(Suggest.PASS, 100)),
        ("违规", Verdict(Suggest.RISKY, 20002)),
        ("存疑", Verdict(Suggest.REVIEW, 21000)),
    ],
)
def test_say_what_wechat_makes_of_a_text(mini: MiniClient, text: str, verdict: Verdict) -> None:
    assert mini.check_text(text, "oLi") == verdict


def test_ask_as_documented(mini: MiniClient, wechat: WechatMiniSandbox) -> None:
    mini.check_text("衣服有破洞", "oLi")
    mini.ask_about_picture(URL, "oLi")

    text, picture = (call for call in wechat.calls if call.path in (TEXTS, PICTURES))
    assert json.loads(text.body) == {
        "content": "衣服有破洞",
        "version": 2,
        "scene": 2,
        "openid": "oLi",
    }
    assert "衣服有破洞".encode() in text.body  # WeChat wants no \\u escapes
    assert json.loads(picture.body) == {
        "media_url": URL,
        "media_type": 2,
        "version": 2,
        "scene": 2,
        "openid": "oLi",
    }
    assert set(text.query) == set(picture.query) == {"access_token"}


def test_give_a_picture_a_trace_of_its_own(mini: MiniClient) -> None:
    traces = {mini.ask_about_picture(URL, "oLi") for _ in range(3)}

    assert len(traces) == 3


def test_show_and_log_neither_text_nor_person(mini: MiniClient) -> None:
    with structlog.testing.capture_logs() as logs:
        mini.check_text("衣服有破洞", "oLi")
        mini.ask_about_picture(URL, "oLi")

    assert [entry["path"] for entry in logs][-2:] == [TEXTS, PICTURES]
    for secret in ("衣服有破洞", "oLi", URL):
        assert secret not in str(logs)


@pytest.mark.parametrize("path", [TEXTS, PICTURES])
def test_are_refused_two_hours_after_the_visit(mini: MiniClient, clock: Any, path: str) -> None:
    clock.pass_seconds(timedelta(hours=2).total_seconds())
    ask(mini, path)
    clock.pass_seconds(1)

    with pytest.raises(ProviderRejected) as rejected:
        ask(mini, path)

    assert rejected.value.code == "61010"


@pytest.mark.parametrize("path", [TEXTS, PICTURES])
@pytest.mark.parametrize(
    ("fault", "kind", "after_seconds"),
    [
        ("connect_refused", ProviderUnavailable, None),
        ("timeout_before_accept", OutcomeUnknown, None),
        ("timeout_after_accept", OutcomeUnknown, None),
        ("http_502", OutcomeUnknown, None),
        ("garbage", OutcomeUnknown, None),
        ("system_busy", ProviderUnavailable, None),
        ("rate_limited", ProviderUnavailable, 60),
        ("minute_quota_of_checks", ProviderUnavailable, 60),
        ("quota_used_up", QuotaUsedUp, 3600),
    ],
)
def test_may_be_repeated_after(
    mini: MiniClient,
    wechat: WechatMiniSandbox,
    path: str,
    fault: str,
    kind: type[ProviderError],
    after_seconds: int | None,
) -> None:
    wechat.faults.add(fault, path=path)

    with pytest.raises(kind) as trouble:
        ask(mini, path)

    assert type(trouble.value) is kind
    assert getattr(trouble.value, "after_seconds", None) == after_seconds
    assert ask(mini, path)


@pytest.mark.parametrize("path", [TEXTS, PICTURES])
def test_fetch_a_token_anew_if_it_is_refused(
    mini: MiniClient, wechat: WechatMiniSandbox, path: str
) -> None:
    ask(mini, path)
    wechat.revoke_token()

    assert ask(mini, path)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"result": []},
        {"result": {"suggest": ""}},
        {"result": {"suggest": "pass", "label": "x"}},
        {"trace_id": ""},
        {"trace_id": "a b"},
        {"trace_id": "x" * 97},
        {"trace_id": "é"},
    ],
)
@pytest.mark.parametrize("path", [TEXTS, PICTURES])
def test_do_not_understand(clock: Any, path: str, answer: object) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        is_token = request.url.path.endswith("stable_token")
        token = {"access_token": "t", "expires_in": 7200}
        return httpx.Response(200, json=token if is_token else answer)

    with pytest.raises(OutcomeUnknown, match="not understood"):
        ask(answering(Store(), clock, handle), path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.dictionaries(
        st.sampled_from(["result", "trace_id", "errcode", "detail"]),
        st.none()
        | st.text(st.characters())
        | st.integers()
        | st.dictionaries(st.sampled_from(["suggest", "label"]), st.text() | st.integers()),
    )
)
def test_end_in_nothing_else_for_any_answer(clock: Any, content: dict[str, Any]) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        is_token = request.url.path.endswith("stable_token")
        token = {"access_token": "t", "expires_in": 7200}
        body = json.dumps(token if is_token else content).encode()
        return httpx.Response(200, content=body)

    mini = answering(Store(), clock, handle)
    for path in (TEXTS, PICTURES):
        with suppress(ProviderError):
            ask(mini, path)
