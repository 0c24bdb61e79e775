"""Kuaidi100's signatures, and the shape of what it says."""

from __future__ import annotations

import hashlib
import json
from typing import Any


class Refused(Exception):
    """An answer with `result` false; its HTTP status is 200 like any other."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.body = {"result": False, "returnCode": code, "message": message, "data": None}


def md5(*parts: str) -> str:
    return hashlib.md5("".join(parts).encode("utf-8"), usedforsecurity=False).hexdigest().upper()


def success(message: str, data: Any = None) -> dict[str, Any]:
    return {"result": True, "returnCode": "200", "message": message, "data": data}


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_param(text: str) -> dict[str, Any]:
    try:
        param = json.loads(text)
    except ValueError:
        param = None
    if not isinstance(param, dict):
        raise Refused("400", "param 不是合法的 JSON")
    return param
