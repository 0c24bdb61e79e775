"""Logging in with WeChat, as the mini-program does it."""

from __future__ import annotations

from typing import Any

from tests.world import Answer, TestShop

LOG_IN = """mutation($code: String!, $channel: String) {
  wechatSessionCreate(code: $code, channel: $channel) {
    token expiresAt isLinked errors { field code message } } }"""
LINK = """mutation($code: String!, $channel: String) {
  wechatAccountLink(code: $code, channel: $channel) {
    token expiresAt isLinked errors { field code message } } }"""


def log_in(shop: TestShop, openid: str) -> dict[str, Any]:
    """The payload of a log-in that works."""
    answer = shop.ask(LOG_IN, {"code": shop.world.mini.login(openid)})
    assert answer.payload["errors"] == []
    return answer.payload


def session(shop: TestShop, openid: str) -> str:
    return str(log_in(shop, openid)["token"])


def link(shop: TestShop, openid: str, token: str) -> Answer:
    return shop.ask(LINK, {"code": shop.world.mini.login(openid)}, token)
