"""A deposit and a balance, most of the goods sent back: both payments give money back, once."""

from __future__ import annotations

from typing import Any

from . import voice
from .buying import buy, log_in
from .comparing import compare
from .returning import send_back, watch_money
from .stack import Stack


def play(stack: Stack) -> tuple[bool, Any]:
    """Tell the story. True if the money arrived exactly once on both sides; and the order."""
    voice.begin("定金加尾款,退回大半 · Deposit and balance, and most of it comes back")
    li = log_in(stack)
    order = buy(stack)
    request_id = send_back(stack, li, order)
    request = watch_money(stack, li, order, request_id)
    return compare(stack.providers.wechat, order, request), order
