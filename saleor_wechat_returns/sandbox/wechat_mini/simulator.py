"""The mini-program's server API as one object: apps, logins, tokens, checks. In memory."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import httpx

from ..wechat_pay import WechatPaySandbox, doors
from . import pushes, shipping
from .app import App, Code, Refused
from .content import ContentChecks, event_of
from .faults import ERRCODES, Faults
from .pushes import Push, PushAddress
from .shipping import ShippingDesk, till_of


@dataclass(frozen=True)
class Call:
    """One request as it arrived; `query` as the wire had it, decoded."""

    method: str
    path: str
    query: Mapping[str, str]
    at: datetime
    body: bytes


class WechatMiniSandbox:
    """Thread-safe. `clock` gives aware times; `http` carries what is pushed to the shop.

    `pay`: whose payments there are to be shipped.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        http: httpx.Client | None = None,
        pay: WechatPaySandbox | None = None,
    ) -> None:
        self.faults = Faults()
        self._clock = clock
        self._lock = threading.RLock()
        self._apps: dict[str, App] = {}
        self._calls: list[Call] = []
        self._http = http
        self._pushes: list[Push] = []
        self.content = ContentChecks()
        self.shipping = ShippingDesk(till_of(pay))
        self.transport = doors.Transport(self._exchange)
        self.wsgi = doors.wsgi_app(self._exchange)

    def add_app(self, appid: str, secret: str) -> None:
        with self._lock:
            self._apps[appid] = App(appid, secret)

    def login(self, openid: str, *, appid: str | None = None, unionid: str = "") -> str:
        """wx.login on that user's phone: a code for code2Session. `appid` if there are several."""
        with self._lock:
            js_code = secrets.token_urlsafe(24)
            self._app(appid).codes[js_code] = Code(openid, unionid, self._clock())
            self.visit(openid, appid=appid)
            return js_code

    def visit(self, openid: str, *, appid: str | None = None) -> None:
        """That user opens the mini-program: content may be checked for the next two hours."""
        with self._lock:
            self._app(appid).visits[openid] = self._clock()

    def remind_of_shipping(self, transaction_id: str, *, appid: str | None = None) -> None:
        """Two days after the payment nobody has told of its parcels."""
        with self._lock:
            self._tell_of_order(self._app(appid).appid, transaction_id, "")

    def confirm_receipt(self, transaction_id: str, *, appid: str | None = None) -> None:
        """The customer confirms (确认收货), or ten days have passed: the money is let go."""
        with self._lock:
            self.shipping.told[transaction_id].is_received = True
            self._tell_of_order(self._app(appid).appid, transaction_id, "settlement_time")

    def _tell_of_order(self, appid: str, transaction_id: str, settling: str) -> None:
        paid = self.shipping.find(transaction_id)
        if paid is None:
            return
        now = self._clock()
        if not settling:
            event = shipping.event_of("trade_manage_remind_shipping", paid, now)
        else:
            at = now + (shipping.SETTLES_AFTER if settling.startswith("est") else timedelta())
            more = {settling: int(at.timestamp())}
            event = shipping.event_of("trade_manage_order_settlement", paid, now, **more)
        self.push(event, appid=appid)

    def revoke_token(self, *, appid: str | None = None) -> None:
        """As when somebody else asks for a token with force_refresh: 42001 from now on."""
        with self._lock:
            self._app(appid).revoke_token()

    def set_push_address(self, address: PushAddress, *, appid: str | None = None) -> None:
        """In the console: saved only if the address answers the check; ValueError if not."""
        if not pushes.is_answered(address, self._courier, self._clock()):
            raise ValueError(f"{address.url} does not give the echostr back")
        with self._lock:
            self._app(appid).push_address = address

    def push(self, message: pushes.Message, *, appid: str | None = None) -> Push:
        """Queue a message or event; `deliver_due` sends it. It is lost without an address."""
        with self._lock:
            app = self._app(appid)
            push = Push(app.appid, message, self._clock() if app.push_address else None)
            self._pushes.append(push)
            return push

    def deliver_due(self) -> int:
        """Look at every picture that is due, send every due message once; how many were sent."""
        self._look_at_pictures()
        with self._lock:
            now = self._clock()
            due = [push for push in self._pushes if push.due_at is not None and push.due_at <= now]
            for push in due:
                push.due_at = None  # claimed: another thread must not send it as well
        for push in due:
            # Not under the lock: the shop may ask us something before it answers.
            address = self._apps[push.appid].push_address
            assert address is not None  # noqa: S101 - addresses change, but do not vanish
            status, content = pushes.send(push, address, self._courier, now)
            with self._lock:
                push.record(status, content, now)
        return len(due)

    def _look_at_pictures(self) -> None:
        """Not under the lock, as above."""
        with self._lock:
            now = self._clock()
            due = self.content.due(now)
        for look in due:
            self.push(event_of(look, self._courier, now), appid=look.appid)

    @property
    def _courier(self) -> httpx.Client:
        if self._http is None:
            raise RuntimeError("this simulator has no http client to push messages with")
        return self._http

    @property
    def calls(self) -> list[Call]:
        """Everything that arrived, in order."""
        with self._lock:
            return list(self._calls)

    def serve(self, host: str, port: int) -> ThreadingHTTPServer:
        return doors.serve(self._exchange, host, port)

    def _exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],  # noqa: ARG002 - WeChat looks at none of them
        body: bytes,
    ) -> doors.Answer:
        fault = self.faults.take(urlsplit(target).path)
        if fault == "connect_refused":
            raise doors.ConnectionRefused
        parts = urlsplit(target)
        with self._lock:
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            call = Call(method, parts.path, query, self._clock(), body)
            self._calls.append(call)
            if fault == "timeout_before_accept":
                raise doors.AnswerLost
            if fault == "http_502":
                return doors.Answer(502, {"Content-Type": "text/html"}, b"<html>502</html>")
            answer = self._answer(call, fault)
        if fault == "timeout_after_accept":
            raise doors.AnswerLost
        if fault == "garbage":
            return doors.Answer(200, {"Content-Type": "text/html"}, b"<html>")
        return answer

    def _answer(self, call: Call, fault: str) -> doors.Answer:
        handlers = {
            "/sns/jscode2session": ("GET", self._code_to_session),
            "/cgi-bin/stable_token": ("POST", self._stable_token),
            "/cgi-bin/get_api_domain_ip": ("GET", self._api_addresses),
            "/wxa/msg_sec_check": ("POST", self._check_text),
            "/wxa/media_check_async": ("POST", self._check_picture),
            "/wxa/sec/order/upload_shipping_info": ("POST", self._upload_shipping),
            "/wxa/sec/order/get_order": ("POST", self._shipped_order),
        }
        if call.path not in handlers:
            return doors.Answer(404, {"Content-Type": "text/html"}, b"<html>404</html>")
        method, handle = handlers[call.path]
        try:
            if fault in ERRCODES:
                raise Refused(*ERRCODES[fault])
            if call.method != method:
                raise Refused(43001 if method == "GET" else 43002, f"require {method} method")
            found = handle(call)
        except Refused as refused:
            found = refused.body
        # Text, as WeChat says; whoever goes by the header does not see the JSON.
        return doors.Answer(200, {"Content-Type": "text/plain"}, json.dumps(found).encode())

    def _code_to_session(self, call: Call) -> Mapping[str, object]:
        app = self._known(call.query)
        app.check_secret(call.query.get("secret", ""))
        if call.query.get("grant_type") != "authorization_code":
            raise Refused(40002, "invalid grant_type")
        return app.session(call.query.get("js_code", ""), call.at)

    def _stable_token(self, call: Call) -> Mapping[str, object]:
        data = _object_in(call)
        app = self._known(data)
        app.check_secret(str(data.get("secret", "")))
        if data.get("grant_type") != "client_credential":
            raise Refused(40002, "invalid grant_type")
        return app.stable_token(call.at, anew=data.get("force_refresh") is True)

    def _api_addresses(self, call: Call) -> Mapping[str, object]:
        self._authorised(call)
        return {"ip_list": ["203.205.239.82"]}

    def _check_text(self, call: Call) -> Mapping[str, object]:
        return self.content.text(self._authorised(call), _object_in(call), call.at)

    def _check_picture(self, call: Call) -> Mapping[str, object]:
        return self.content.picture(self._authorised(call), _object_in(call), call.at)

    def _upload_shipping(self, call: Call) -> Mapping[str, object]:
        app, data = self._authorised(call), _object_in(call)
        if self.shipping.upload(app.appid, data):
            number = data["order_key"]["transaction_id"]  # type: ignore[index]
            self._tell_of_order(app.appid, number, "estimated_settlement_time")
        return {"errcode": 0, "errmsg": "ok"}

    def _shipped_order(self, call: Call) -> Mapping[str, object]:
        return self.shipping.order(self._authorised(call).appid, _object_in(call))

    def _authorised(self, call: Call) -> App:
        given = call.query.get("access_token", "")
        if not given:
            raise Refused(41001, "access_token missing")
        owner = next((app for app in self._apps.values() if app.has_issued(given)), None)
        if owner is None:
            raise Refused(40001, "invalid credential, access_token is invalid or not latest")
        if not owner.is_latest(given, call.at):
            raise Refused(42001, "access_token expired")
        return owner

    def _known(self, given: Mapping[str, object]) -> App:
        app = self._apps.get(str(given.get("appid", "")))
        if app is None:
            raise Refused(40013, "invalid appid")
        return app

    def _app(self, appid: str | None) -> App:
        if appid is None:
            (app,) = self._apps.values()
            return app
        return self._apps[appid]


def _object_in(call: Call) -> dict[str, object]:
    try:
        data = json.loads(call.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Refused(47001, "data format error")
    return data
