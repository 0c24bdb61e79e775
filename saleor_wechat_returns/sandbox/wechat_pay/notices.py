"""Notices of payments and refunds (支付成功通知, 退款结果通知): the envelope, and the repeats.

Source: WeChat Pay v3, "payment notice" and "refund notice", read 2026-11: 200 or 204 within 5 s
ends it, else it is repeated 15 times in about 24 hours.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from .keys import Signer, seal
from .times import beijing

ANSWER_SECONDS = 5.0
MINUTE, HOUR = 60, 3600
REPEATS = (
    *(15, 15, 30),
    *(3 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE),
    *(1 * HOUR, 3 * HOUR, 3 * HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR),
)


@dataclass(frozen=True)
class Event:
    """What a notice tells. `resource_type` is also the associated data of the seal."""

    kind: str
    resource_type: str
    summary: str
    plain: dict[str, object]


@dataclass
class Notice:
    """One event on its way. `due_at` None: taken, or given up; `answers` None: no answer.

    `about`: the out_refund_no or out_trade_no.
    """

    id: str
    mchid: str
    about: str
    url: str
    body: bytes
    due_at: datetime | None
    answers: list[int | None] = field(default_factory=list)

    @property
    def is_taken(self) -> bool:
        return bool(self.answers) and self.answers[-1] in {200, 204}

    def record(self, answer: int | None, at: datetime) -> None:
        self.answers.append(answer)
        repeats = len(self.answers) - 1
        if self.is_taken or repeats == len(REPEATS):
            self.due_at = None
        else:
            self.due_at = at + timedelta(seconds=REPEATS[repeats])


def write(
    event: Event,
    apiv3_key: str,
    at: datetime,
    *,
    associated_data: str | None = None,
    changes: dict[str, object] | None = None,
) -> tuple[str, bytes]:
    """Id and body of a notice. `changes` replace fields of the plaintext before it is sealed."""
    number = f"EV-{at:%Y%m%d%H%M%S}{secrets.randbelow(10**6):06d}"
    plain = json.dumps(event.plain | (changes or {}), ensure_ascii=False)
    # Half a surrogate pair has no UTF-8; in JSON it can still stand as an escape.
    sealed = seal(
        plain.encode(errors="backslashreplace"),
        apiv3_key,
        event.resource_type if associated_data is None else associated_data,
    )
    envelope = {
        "id": number,
        "create_time": beijing(at),
        "resource_type": "encrypt-resource",
        "event_type": event.kind,
        "summary": event.summary,
        "resource": {"original_type": event.resource_type, **sealed},
    }
    return number, json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def send(
    notice: Notice, signer: Signer, http: httpx.Client, at: datetime, fault: str = ""
) -> int | None:
    """One attempt, freshly signed; the answer's status, or None if none came in time."""
    signed = notice.body + b" " if fault == "notice_bad_signature" else notice.body
    headers = signer.sign(signed, at, probe=fault == "notice_probe") | {
        "Content-Type": "application/json",
        "User-Agent": "Mozilla/4.0",
    }
    try:
        answer = http.post(notice.url, content=notice.body, headers=headers, timeout=ANSWER_SECONDS)
    except httpx.HTTPError:
        return None
    return answer.status_code
