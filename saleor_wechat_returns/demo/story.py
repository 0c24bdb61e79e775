"""Two stories: most of an order sent back, both its payments refunded; and a dispute."""

from __future__ import annotations

from typing import Any

from . import voice
from .buying import buy, buy_at_once, log_in
from .comparing import compare
from .disputing import dispute, verdict
from .fetching import fetched, is_told_whole
from .returning import send_back, watch_money
from .stack import Stack


def play(stack: Stack) -> tuple[bool, Any]:
    """Tell both stories. True if all their checks hold; and the first order, for who goes on."""
    voice.begin("定金加尾款,上门取回大半 · Deposit and balance; a courier fetches most of it")
    li = log_in(stack)
    order = buy(stack)
    request_id = send_back(stack, li, order)
    request = watch_money(stack, li, order, request_id)
    is_right = compare(stack.providers.wechat, order, request)
    is_right = is_told_whole(fetched(li, request_id)) and is_right
    voice.begin("褪色的T恤:凭证、补证、协商、申诉 · A dispute: evidence, question, offer, appeal")
    faded = buy_at_once(stack)
    return verdict(faded, dispute(stack, li, faded)) and is_right, order
