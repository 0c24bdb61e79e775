"""What fits into the fields of a request to WeChat Pay, and the bytes it becomes.

Owns limits that several orders share. Sends nothing.
Source: WeChat Pay v3, "JSAPI order" and "refund request", body parameters, read 2026-11.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ..domain.errors import ProviderRejected, Rejection


def unfit(field_name: str, message: str) -> ProviderRejected:
    """What WeChat Pay could not take is told apart before anything is sent."""
    return ProviderRejected(Rejection.REQUEST, "ORDER_UNFIT", message, field=field_name)


def check_number(value: str, field_name: str, *, least: int = 1, most: int) -> None:
    """WeChat also allows | * and @, but they break paths and signatures in several clients."""
    if not re.fullmatch(r"[0-9A-Za-z_-]+", value) or not least <= len(value) <= most:
        raise unfit(field_name, f"{least} to {most} letters, digits, _ and -.")


def to_json(body: Mapping[str, object]) -> bytes:
    """The same bytes every time: what is signed is what is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
