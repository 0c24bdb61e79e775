"""Saying no to what Saleor asks of the owner of a payment: a refund, a charge, a cancelation."""

from __future__ import annotations

from typing import Any

from uuid_utils import compat

Answer = dict[str, Any]


def refused(result: str, message: str) -> Answer:
    """A failure under a reference that no other has; staff read the message in the Dashboard.

    Saleor keeps one failure per reference, a blank one too. A second one of the same amount is
    dropped without a word: its request, and the grant behind it, stay pending for ever.
    Source: Saleor 3.21.69, 3.22.67 and 3.23.28, seen 2026-11.
    """
    return {"pspReference": f"no-{compat.uuid7().hex}", "result": result, "message": message}
