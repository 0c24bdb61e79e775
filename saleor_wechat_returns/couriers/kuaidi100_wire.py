"""Kuaidi100's wire: signed forms out, JSON in, and what its codes mean for us.

Knows no booking and no parcel. Source of every fact here: docs/providers.md, "Kuaidi100".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx

from ..domain.errors import (
    OutcomeUnknown,
    ProviderError,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from ..domain.money import Fen
from ..domain.phones import mask_phones
from ..sending import send
from .base import Forged, Malformed

JsonObject = Mapping[str, Any]

OK = "200"
REPEATED = "501"

# Of orders and of subscriptions. One that is missing here is a rule of theirs: a task for staff.
ORDER_CODES: Mapping[str, Rejection] = {
    "400": Rejection.REQUEST,
    "503": Rejection.CONFIGURATION,
    "600": Rejection.CONFIGURATION,
    "601": Rejection.BALANCE,
}
# Of query.do.
QUERY_CODES: Mapping[str, Rejection] = {
    "400": Rejection.REQUEST,
    "408": Rejection.REQUEST,  # not the phone of this parcel
    "503": Rejection.CONFIGURATION,
    "601": Rejection.BALANCE,
}
MOST_FIELDS = 20  # of a callback


def to_param(fields: Mapping[str, object]) -> str:
    """The exact text that is signed and posted."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def signed(*parts: str) -> str:
    """UPPER(MD5) of the parts joined, as Kuaidi100 signs everything."""
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest().upper()


def post(
    http: httpx.Client, url: str, form: Mapping[str, str], *, seconds: float | None
) -> JsonObject:
    """The JSON object of an answer, whatever it says.

    Raises ProviderUnavailable (not sent) or OutcomeUnknown (lost, or not to be understood).
    """
    timeout = http.timeout if seconds is None else httpx.Timeout(seconds, connect=seconds / 2)
    request = http.build_request("POST", url, data=form, timeout=timeout)
    answer, content = send(http, request)
    if answer.status_code == 429:
        raise ProviderUnavailable("Kuaidi100 asks for a pause", after_seconds=60)
    if answer.status_code != 200:
        raise OutcomeUnknown(f"HTTP {answer.status_code}")
    try:
        return _object(content.decode())
    except Malformed as malformed:
        raise OutcomeUnknown(f"answer not understood: {malformed}") from None


def code_of(answer: JsonObject) -> str:
    return str(answer.get("returnCode") or "")


def failure_of(answer: JsonObject, codes: Mapping[str, Rejection]) -> ProviderError:
    """What an answer other than success means, by its code and never by its words."""
    code = code_of(answer)
    # Theirs is broken, or the answer contradicts itself: it may have happened.
    if code in ("", OK, "500") or answer.get("result") is True:
        return OutcomeUnknown(f"answered {code or 'without a code'}")
    # It may repeat what we sent, and goes into logs and tasks.
    message = mask_phones(str(answer.get("message") or ""))[:500]
    return ProviderRejected(codes.get(code, Rejection.BUSINESS), code, message)


def read_form(body: bytes, salt: str) -> tuple[dict[str, str], JsonObject]:
    """A callback's fields, and what its signed `param` says. Raises Forged or Malformed."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Malformed("no form in UTF-8") from None
    form = dict(pairs)
    if len(form) != len(pairs) or "param" not in form:
        raise Malformed("param")
    theirs, ours = form.get("sign", "").upper(), signed(form["param"], salt)
    # Whose salt is erased is told of by nobody: without one anybody could sign.
    if not salt or not hmac.compare_digest(theirs.encode(), ours.encode()):
        raise Forged("sign")
    return form, _object(form["param"])


def read_text(data: JsonObject, name: str) -> str:
    """Text that can be stored; "" where there is none. Numbers are taken as they are written."""
    value = data.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Malformed(name)
    return str(value)


def read_child(data: JsonObject, name: str) -> JsonObject:
    """An object; an empty one where there is none."""
    value = data.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(name)
    return value


def read_children(data: JsonObject, name: str) -> list[JsonObject]:
    """A list of objects; an empty one where there is none."""
    value = data.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Malformed(name)
    return value


def read_yuan(data: JsonObject, name: str) -> Fen | None:
    """Yuan as text ("9.6") in fen; None where there is none."""
    text = read_text(data, name)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2}0*)?", text):
        raise Malformed(name)
    return Fen(int(Decimal(text) * 100))


def _object(text: str) -> JsonObject:
    """Numbers with a point stay text: no float, and JSON can be made of it again."""
    try:
        parsed = json.loads(text, parse_float=str, parse_constant=_no_number)
        json.dumps(parsed, ensure_ascii=False).encode()  # not with half a surrogate pair
    except (ValueError, RecursionError):
        raise Malformed("no JSON") from None
    if not isinstance(parsed, dict):
        raise Malformed("no JSON object")
    if "\\u0000" in json.dumps(parsed):  # PostgreSQL stores no NUL
        raise Malformed("NUL")
    return parsed


def _no_number(constant: str) -> None:
    raise ValueError(constant)
