"""Reading the fields of a request as the documents list them: types, limits, letters."""

from __future__ import annotations

import json
from typing import Literal
from urllib.parse import urlsplit

from .problems import Problem, bad_field

Unit = Literal["bytes", "characters"]


def read_body(raw: bytes) -> dict[str, object]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Problem(400, "PARAM_ERROR", "请求体不是合法的JSON")
    return data


def read_text(
    data: dict[str, object], name: str, most: int, unit: Unit = "bytes", *, inside: str = ""
) -> str:
    """ "" if it is missing. `inside` is the path of the object that `data` is."""
    value = data.get(name, "")
    if not isinstance(value, str):
        raise bad_field(f"{inside}/{name}", "类型错误")
    size = len(value) if unit == "characters" else len(value.encode(errors="surrogatepass"))
    if size > most:
        raise bad_field(
            f"{inside}/{name}", f"超过{most}{'字符' if unit == 'characters' else '字节'}"
        )
    return value


def read_needed(
    data: dict[str, object], name: str, most: int, unit: Unit = "bytes", *, inside: str = ""
) -> str:
    value = read_text(data, name, most, unit, inside=inside)
    if not value:
        raise bad_field(f"{inside}/{name}", "必填")
    return value


def read_positive(amount: dict[str, object], name: str) -> int:
    value = amount.get(name)
    if type(value) is not int or value < 1:
        raise bad_field(f"/amount/{name}", "小于最小值")
    return value


def read_part(data: dict[str, object], name: str) -> dict[str, object]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise bad_field(f"/{name}", "必填")
    return value


def check_notify_url(url: str, *, local_http: bool) -> None:
    """`local_http`: also take an address on this machine without TLS, for the demo."""
    if not _may_be_notified(url, local_http):
        raise bad_field("/notify_url", "必须是https地址，不能携带参数")


def _may_be_notified(url: str, local_http: bool) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or "?" in url or "#" in url:
        return False
    return parts.scheme == "https" or (
        local_http and parts.scheme == "http" and host in {"127.0.0.1", "localhost"}
    )
