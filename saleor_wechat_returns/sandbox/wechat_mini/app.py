"""One mini-program at WeChat: its login codes and its access token."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .pushes import PushAddress

CODE_LIFETIME = timedelta(minutes=5)
TOKEN_SECONDS = 7200
MOST_LOGINS_A_MINUTE = 100


class Refused(Exception):
    """An answer with an errcode; its HTTP status is 200 like any other."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.body: dict[str, object] = {"errcode": errcode, "errmsg": errmsg}


@dataclass
class Code:
    openid: str
    unionid: str
    made_at: datetime
    is_used: bool = False


@dataclass
class App:
    """The caller holds the lock."""

    appid: str
    secret: str
    codes: dict[str, Code] = field(default_factory=dict)
    token: str = ""
    token_ends_at: datetime | None = None
    push_address: PushAddress | None = None
    visits: dict[str, datetime] = field(default_factory=dict)  # openid -> when it was last there
    _old_tokens: set[str] = field(default_factory=set)
    _logins: dict[str, deque[datetime]] = field(default_factory=dict)

    def check_secret(self, given: str) -> None:
        if given != self.secret:
            raise Refused(40125, "invalid appsecret")

    def session(self, js_code: str, now: datetime) -> dict[str, object]:
        """The answer to code2Session; the code is used up."""
        code = self.codes.get(js_code)
        if code is None or now - code.made_at > CODE_LIFETIME:
            raise Refused(40029, "invalid code")
        if code.is_used:
            raise Refused(40163, "code been used")
        self._count_login(code.openid, now)
        code.is_used = True
        found: dict[str, object] = {
            "openid": code.openid,
            "session_key": secrets.token_urlsafe(18),
        }
        return found | ({"unionid": code.unionid} if code.unionid else {})

    def stable_token(self, now: datetime, *, anew: bool) -> Mapping[str, object]:
        """The same token within its life, with what is left of it."""
        if anew or self.token_ends_at is None or now >= self.token_ends_at:
            self.revoke_token()
            self.token = f"{len(self._old_tokens)}_{secrets.token_urlsafe(96)}"
            self.token_ends_at = now + timedelta(seconds=TOKEN_SECONDS)
        left = (self.token_ends_at - now).total_seconds()
        return {"access_token": self.token, "expires_in": int(left)}

    def revoke_token(self) -> None:
        if self.token:
            self._old_tokens.add(self.token)
        self.token, self.token_ends_at = "", None

    def has_issued(self, token: str) -> bool:
        return token == self.token or token in self._old_tokens

    def is_latest(self, token: str, now: datetime) -> bool:
        return token == self.token and self.token_ends_at is not None and now < self.token_ends_at

    def _count_login(self, openid: str, now: datetime) -> None:
        latest = self._logins.setdefault(openid, deque(maxlen=MOST_LOGINS_A_MINUTE))
        if len(latest) == MOST_LOGINS_A_MINUTE and now - latest[0] < timedelta(minutes=1):
            raise Refused(45011, "api minute-quota reach limit, must slower, retry next minute")
        latest.append(now)
