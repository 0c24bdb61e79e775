"""Recordings of a real Saleor: reading them, and comparing the sandbox with them.

The recordings live outside the project, at `../shared/saleor` beside the checkout or where
RETURNS_SHARED says. Ids and times are compared by mapping: equal ones must stay equal, different
ones different, whatever their values.
"""

import base64
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")
_IGNORED_KEYS = frozenset({"extensions.cost"})


def shared_saleor() -> Path:
    """The folder with schemas and recordings; may not exist."""
    default = Path(__file__).resolve().parents[3] / "shared"
    return Path(os.environ.get("RETURNS_SHARED", default)) / "saleor"


def require(path: Path, not_shown: str) -> Path:
    """Skip loudly when `path` is absent."""
    if not path.exists():
        pytest.skip(f"{path} is absent (set RETURNS_SHARED), so it was not shown that {not_shown}")
    return path


def folder() -> Path:
    return require(
        shared_saleor() / "recordings" / "3.23",
        "the Saleor sandbox answers like the real Saleor that was recorded",
    )


@dataclass(frozen=True)
class Recording:
    """One exchange; for a webhook the request is Saleor's and the response the app's."""

    name: str
    path: str
    headers: Mapping[str, str]
    body: Any
    raw_body: str
    status: int
    answer: Any

    @property
    def query(self) -> str:
        return str(self.body["query"])

    @property
    def variables(self) -> dict[str, Any]:
        return dict(self.body.get("variables") or {})

    @property
    def bearer(self) -> str | None:
        header = self.headers.get("Authorization")
        return header.removeprefix("Bearer ") if header else None

    @property
    def order(self) -> dict[str, Any]:
        order: dict[str, Any] = self.answer["data"]["order"]
        return order


@cache
def load(name: str) -> Recording:
    """Read a recording by the beginning of its file name, which must be unambiguous."""
    exact = folder() / f"{name}.json"
    found = [exact] if exact.exists() else sorted(folder().glob(f"{name}*.json"))
    assert len(found) == 1, f"{name}: {[path.name for path in found]}"
    data = json.loads(found[0].read_text())
    request, response = data["request"], data["response"]
    return Recording(
        name=found[0].stem,
        path=request["path"],
        headers=request["headers"],
        body=request.get("body"),
        raw_body=request.get("raw_body", ""),
        status=response["status"],
        answer=response["body"],
    )


def names() -> list[str]:
    return sorted(path.stem for path in folder().glob("*.json"))


def claims(token: str) -> dict[str, Any]:
    """The unchecked claims of a recorded JWT; empty for an app token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    found: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    )
    return found


def kind_of(text: str) -> str | None:
    """The kind of an opaque value: a type name for global ids, "time", or None for plain text."""
    if _TIMESTAMP.match(text):
        return "time"
    try:
        kind, _, key = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return None
    return kind if kind.isidentifier() and key else None


@dataclass
class Correspondence:
    """Which opaque value of the sandbox stands for which recorded one, both ways."""

    forth: dict[str, str] = field(default_factory=dict)
    back: dict[str, str] = field(default_factory=dict)
    opaque: re.Pattern[str] | None = None

    def learn(self, recorded: str, actual: str) -> bool:
        """Remember the pair; False when it contradicts an earlier one."""
        return (
            self.forth.setdefault(recorded, actual) == actual
            and self.back.setdefault(actual, recorded) == recorded
        )

    def translate(self, value: Any) -> Any:
        """Replace recorded ids in variables by the sandbox's."""
        if isinstance(value, dict):
            return {key: self.translate(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.translate(item) for item in value]
        return self.forth.get(value, value) if isinstance(value, str) else value

    def differences(self, recorded: Any, actual: Any, at: str = "") -> list[str]:
        """Everything in which the sandbox's JSON is unlike the recorded one."""
        if at in _IGNORED_KEYS:
            return []
        if isinstance(recorded, dict) and isinstance(actual, dict):
            return self._of_objects(recorded, actual, at)
        if isinstance(recorded, list) and isinstance(actual, list):
            if len(recorded) != len(actual):
                return [f"{at}: {len(recorded)} items recorded, {len(actual)} here: {actual}"]
            pairs = enumerate(zip(recorded, actual, strict=True))
            return _flat(self.differences(r, a, f"{at}[{i}]") for i, (r, a) in pairs)
        if isinstance(recorded, str) and isinstance(actual, str) and self._is_opaque(recorded):
            # A recorded message may quote an id; plain equality is fine then too.
            if kind_of(recorded) == kind_of(actual) and self.learn(recorded, actual):
                return []
            return [f"{at}: {recorded!r} corresponds to {self.forth.get(recorded)!r}, not {actual!r}"]
        if isinstance(recorded, str):
            recorded = self._translate_inside(recorded)
        same_type = isinstance(recorded, bool) == isinstance(actual, bool)
        return [] if same_type and recorded == actual else [f"{at}: {recorded!r} recorded, {actual!r} here"]

    def _is_opaque(self, text: str) -> bool:
        return bool(self.opaque and self.opaque.search(text)) or kind_of(text) is not None

    def _translate_inside(self, text: str) -> str:
        for recorded, actual in self.forth.items():
            if len(recorded) > 11 and recorded in text:
                text = text.replace(recorded, actual)
        return text

    def _of_objects(self, recorded: dict[str, Any], actual: dict[str, Any], at: str) -> list[str]:
        if set(recorded) != set(actual):
            return [f"{at}: keys {sorted(recorded)} recorded, {sorted(actual)} here"]
        return _flat(
            self.differences(recorded[key], actual[key], f"{at}.{key}".lstrip("."))
            for key in recorded
        )


def _flat(lists: Iterable[list[str]]) -> list[str]:
    return [item for items in lists for item in items]
