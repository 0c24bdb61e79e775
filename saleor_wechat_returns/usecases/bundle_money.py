"""Amounts in an evidence bundle, to compute with and to read."""

from __future__ import annotations

from typing import Any

from ..domain.money import Fen, yuan_of_fen

Json = dict[str, Any]


def money(name: str, fen: int | None) -> Json:
    yuan = None if fen is None else f"{yuan_of_fen(Fen(fen)):.2f}"
    return {f"{name}_fen": fen, f"{name}_yuan": yuan}
