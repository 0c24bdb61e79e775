"""Content safety (内容安全): what is thought of a text at once, and of a picture later.

Decides by words in the text, and of pictures by what was announced; really looks at neither.
Source: mini-program documentation, "msgSecCheck" and "mediaCheckAsync" version 2, read 2026-11.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from .app import App, Refused

VISIT_LASTS = timedelta(hours=2)
LOOKS_FOR = timedelta(seconds=20)  # really up to half an hour
MOST_CHARACTERS = 2500
LARGEST_PICTURE = 10 * 1024 * 1024
# Begin of a file of each kind that is taken.
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"GIF8")
LABELS = {"pass": 100, "review": 21000, "risky": 20002}
# A text with one of these words is thought ill of.
WORDS = {"违规": "risky", "存疑": "review"}


@dataclass
class Look:
    """A picture that somebody is looking at."""

    appid: str
    url: str
    trace_id: str
    due_at: datetime
    suggest: str


@dataclass
class ContentChecks:
    """The caller holds the lock. `next_pictures`: what is thought of the next ones, else pass."""

    next_pictures: deque[str] = field(default_factory=deque)
    looks: list[Look] = field(default_factory=list)

    def text(self, app: App, data: Mapping[str, Any], now: datetime) -> dict[str, object]:
        _check_question(app, data, now)
        content = data.get("content")
        if not isinstance(content, str) or not content:
            raise Refused(44002, "empty post data")
        if len(content) > MOST_CHARACTERS:
            raise Refused(47001, "content is too long")
        suggest = next((said for word, said in WORDS.items() if word in content), "pass")
        return _ok() | _result(suggest)

    def picture(self, app: App, data: Mapping[str, Any], now: datetime) -> dict[str, object]:
        _check_question(app, data, now)
        url = data.get("media_url")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise Refused(44002, "empty post data")
        if data.get("media_type") != 2:
            raise Refused(40004, "invalid media type")
        suggest = self.next_pictures.popleft() if self.next_pictures else "pass"
        answer = _ok()
        trace = str(answer["trace_id"])
        self.looks.append(Look(app.appid, url, trace, now + LOOKS_FOR, suggest))
        return answer

    def due(self, now: datetime) -> list[Look]:
        due = [look for look in self.looks if look.due_at <= now]
        self.looks = [look for look in self.looks if look.due_at > now]
        return due


def event_of(look: Look, http: httpx.Client, now: datetime) -> dict[str, Any]:
    """Fetch the picture; what is then pushed."""
    event: dict[str, Any] = {
        "ToUserName": "gh_0000000000aa",
        "FromUserName": "oTESTplatform",
        "CreateTime": int(now.timestamp()),
        "MsgType": "event",
        "Event": "wxa_media_check",
        "appid": look.appid,
        "trace_id": look.trace_id,
        "version": 2,
    }
    if not _is_fetched(look.url, http):
        return event | {"errcode": -1008, "errmsg": "download fail"}
    return event | {"errcode": 0, "errmsg": "ok"} | _result(look.suggest)


def _is_fetched(url: str, http: httpx.Client) -> bool:
    try:
        answer = http.get(url, headers={"User-Agent": "Mozilla/4.0"}, timeout=10)
    except httpx.HTTPError:
        return False
    content = answer.content
    return (
        answer.status_code == 200
        and len(content) <= LARGEST_PICTURE
        and content.startswith(PICTURES)
    )


def _check_question(app: App, data: Mapping[str, Any], now: datetime) -> None:
    if data.get("version") != 2:
        raise Refused(40097, "invalid version")
    if data.get("scene") not in (1, 2, 3, 4):
        raise Refused(40129, "invalid scene")
    openid = data.get("openid")
    if not isinstance(openid, str) or not openid:
        raise Refused(40003, "invalid openid")
    seen_at = app.visits.get(openid)
    if seen_at is None or now - seen_at > VISIT_LASTS:
        raise Refused(61010, "code is expired")


def _ok() -> dict[str, object]:
    parts = (secrets.token_hex(4) for _ in range(3))
    return {"errcode": 0, "errmsg": "ok", "trace_id": "-".join(parts)}


def _result(suggest: str) -> dict[str, object]:
    said = {"suggest": suggest, "label": LABELS[suggest]}
    detail = {"strategy": "content_model", "errcode": 0, **said, "prob": 90}
    return {"result": said, "detail": [detail]}
