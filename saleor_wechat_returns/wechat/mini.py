"""The mini-program's server API (小程序服务端): who is logging in, and is this fit to be shown?

Owns what is asked and what the answers mean. `wechatpy` lends the calling conventions; it gets no
network, no storage and no retries of its own. What may happen in every call here:
ProviderRejected, ProviderUnavailable, OutcomeUnknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from ..domain.errors import OutcomeUnknown, ProviderRejected, ProviderUnavailable, Rejection
from .forwarding import ForwardedAnswer, ForwardingSession, lost
from .mini_errors import TOKEN_CODES, read_errcode
from .mini_program import MiniProgram, MiniSession
from .mini_safety import MEDIA_IMAGE, SCENE, Verdict, read_trace, read_verdict
from .mini_shipping import ShippedOrder, ShippingInfo, read_order, write_upload
from .mini_tokens import AccessToken, TokenKeeper, TokenStore
from .wire import JsonObject, Malformed, read_object, read_seconds, read_text

__all__ = ["AccessToken", "MiniClient", "MiniProgram", "MiniSession", "TokenStore"]

TIMEOUT_SECONDS = 4.0  # somebody waits in the mini-program

T = TypeVar("T")


class MiniClient:
    """One mini-program's calls. Safe to use from several threads.

    Repeats by itself in one case only: once, with a token fetched anew, if WeChat refuses the old.
    """

    def __init__(
        self,
        program: MiniProgram,
        http: httpx.Client,
        tokens: TokenStore,
        now: Callable[[], datetime],
        seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._program = program
        self._now = now
        self._tokens = TokenKeeper(tokens, program.appid, self._fetch_token, now)
        self._wechatpy = _Wechatpy(program, http, self._tokens, seconds)

    def code_to_session(self, js_code: str) -> MiniSession:
        """Whose wx.login gave this code; it works once, for 5 minutes.

        A lost answer is ProviderUnavailable, but the code may be used up: repeated, it is then
        rejected with 40163, and the mini-program logs in again.
        Source: mini-program documentation, "auth.code2Session", read 2026-11.
        """
        if not re.fullmatch(r"[!-~]{1,128}", js_code):
            raise ProviderRejected(Rejection.REQUEST, "CODE_UNFIT", field="js_code")
        # Pairs, not a dict: to a dict wechatpy would add an access token.
        question = (
            ("appid", self._program.appid),
            ("secret", self._program.secret),
            ("js_code", js_code),
            ("grant_type", "authorization_code"),
        )
        address = f"{self._program.base_url}/sns/jscode2session"
        return self._ask("GET", address, _read_session, params=question)

    def check_access(self) -> None:
        """Return only if WeChat takes the appid, the secret and the address we call from.

        Source: mini-program documentation, "getApiDomainIp", read 2026-11.
        """
        self._ask_with_token("GET", "get_api_domain_ip", lambda _: None)

    def check_text(self, text: str, openid: str) -> Verdict:
        """What WeChat makes of a text, 2500 characters at most. Asking twice does no harm.

        Rejected with 61010 unless that person was in the mini-program within two hours.
        Source: mini-program documentation, "msgSecCheck" version 2, read 2026-11.
        """
        question = {"content": text, "version": 2, "scene": SCENE, "openid": openid}
        address = f"{self._program.base_url}/wxa/msg_sec_check"
        return self._ask_with_token("POST", address, read_verdict, data=question)

    def ask_about_picture(self, url: str, openid: str) -> str:
        """Let WeChat fetch a picture (JPEG, 10 MB at most) and look at it: the trace of its answer.

        The answer is pushed within half an hour. Asking twice does no harm: after a lost answer
        the first trace is one that nobody waits for. 61010 as for `check_text`.
        Source: mini-program documentation, "mediaCheckAsync" version 2, read 2026-11.
        """
        question = {
            "media_url": url,
            "media_type": MEDIA_IMAGE,
            "version": 2,
            "scene": SCENE,
            "openid": openid,
        }
        address = f"{self._program.base_url}/wxa/media_check_async"
        return self._ask_with_token("POST", address, read_trace, data=question)

    def get_order(self, transaction_id: str) -> ShippedOrder:
        """What WeChat knows of a payment's parcels. Asking twice does no harm.

        Source: mini-program documentation, "getOrder" of order shipping management, read 2026-11.
        """
        address = f"{self._program.base_url}/wxa/sec/order/get_order"
        question = {"transaction_id": transaction_id}
        try:
            return self._ask_with_token("POST", address, read_order, data=question)
        except OutcomeUnknown as unknown:
            raise ProviderUnavailable(str(unknown)) from unknown

    def upload_shipping_info(
        self, info: ShippingInfo, transaction_id: str, openid: str, at: datetime
    ) -> None:
        """Tell WeChat what has gone out for a payment.

        Told whole before, this is its one correction: after OutcomeUnknown ask `get_order` first.
        `at` must be later than at any call before.
        Source: mini-program documentation, "uploadShippingInfo", read 2026-11.
        """
        address = f"{self._program.base_url}/wxa/sec/order/upload_shipping_info"
        body = write_upload(info, transaction_id, openid, at)
        self._ask_with_token("POST", address, lambda _: None, data=body)

    def _fetch_token(self) -> AccessToken:
        """Asking twice gives the same token, so a lost answer does no harm.

        Source: mini-program documentation, "getStableAccessToken", read 2026-11.
        """
        now = self._now()
        question = {
            "grant_type": "client_credential",
            "appid": self._program.appid,
            "secret": self._program.secret,
        }
        try:
            return self._ask(
                "POST",
                "stable_token",
                lambda data: _read_token(data, now),
                params=(),
                data=question,
            )
        except OutcomeUnknown as unknown:
            raise ProviderUnavailable(str(unknown)) from unknown

    def _ask_with_token(
        self, method: str, endpoint: str, read: Callable[[JsonObject], T], **question: Any
    ) -> T:
        token = self._tokens.current()
        try:
            return self._ask(method, endpoint, read, params={"access_token": token}, **question)
        except ProviderRejected as rejected:
            if rejected.code not in TOKEN_CODES:
                raise
        token = self._tokens.renew(bad=token)
        return self._ask(method, endpoint, read, params={"access_token": token}, **question)

    def _ask(
        self, method: str, endpoint: str, read: Callable[[JsonObject], T], **question: Any
    ) -> T:
        try:
            return read(self._wechatpy.request(method, endpoint, **question))
        except WeChatClientException as refused:
            raise read_errcode(refused.errcode, str(refused.errmsg)) from None
        except Malformed as malformed:
            raise lost(method, f"answer not understood: {malformed}") from None


class _Wechatpy(WeChatClient):  # type: ignore[misc] # wechatpy carries no types
    """wechatpy with its transport, its token and its reading of answers replaced."""

    def __init__(
        self, program: MiniProgram, http: httpx.Client, tokens: TokenKeeper, seconds: float
    ) -> None:
        super().__init__(program.appid, program.secret, timeout=seconds, auto_retry=False)
        self.API_BASE_URL = f"{program.base_url}/cgi-bin/"
        self._http = ForwardingSession(http)
        self._tokens = tokens

    def request(self, method: str, endpoint: str, **question: Any) -> JsonObject:
        """`endpoint` is below /cgi-bin, or a whole address. Raises WeChatClientException."""
        answer: JsonObject = self._request(method, endpoint, **question)
        return answer

    @property
    def access_token(self) -> str:
        return self._tokens.current()

    def fetch_access_token(self) -> None:
        """Never wechatpy's own way: /cgi-bin/token ends the token that others use."""
        self._tokens.renew()

    def _decode_result(self, answer: ForwardedAnswer) -> Mapping[str, object]:
        data = dict(read_object(answer.content))
        # wechatpy would unfold this, and put whatever it holds through int().
        data.pop("base_resp", None)
        if not isinstance(data.get("errcode", 0), int):
            raise Malformed("errcode is not a number")
        return data


def _read_session(data: JsonObject) -> MiniSession:
    unionid = read_text(data, "unionid", default="")
    return MiniSession(openid=read_text(data, "openid"), unionid=unionid or None)


def _read_token(data: JsonObject, asked_at: datetime) -> AccessToken:
    lifetime = timedelta(seconds=read_seconds(data, "expires_in"))
    return AccessToken(read_text(data, "access_token"), asked_at + lifetime)
