"""Logging in without Saleor: with WeChat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..usecases.access import need_account
from ..usecases.wechat_login import LoggedIn, link_account, log_in
from .context import shop_of, viewer_of
from .errors import ReturnError

CODE = "Of wx.login: good for one call, within five minutes."
CHANNEL = "Saleor's channel slug, if the shop has a mini-program for each."


class _WechatLogin(graphene.Mutation):
    """A session for the person behind a wx.login code."""

    class Meta:
        abstract = True

    token = graphene.String(description="Send it as `Authorization: Bearer`.")
    expires_at = graphene.DateTime(description="After that, log in again.")
    is_linked = graphene.Boolean(
        required=True, description="It also stands for the Saleor account tied to this WeChat user."
    )
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)


def _answer(run: Callable[[], LoggedIn]) -> dict[str, Any]:
    try:
        done = run()
    except Refusal as no:
        return {"is_linked": False, "errors": no.faults}
    return {
        "token": done.session.token,
        "expires_at": done.session.expires_at,
        "is_linked": done.is_linked,
        "errors": (),
    }


class WechatSessionCreate(_WechatLogin):
    """Log in with WeChat alone, for fifteen minutes."""

    class Arguments:
        code = graphene.String(required=True, description=CODE)
        channel = graphene.String(default_value="", description=CHANNEL)

    @staticmethod
    def mutate(_root: None, info: Any, code: str, channel: str | None) -> dict[str, Any]:
        shop = shop_of(info)
        return _answer(lambda: log_in(shop, code, channel or "", now=clock.now()))


class WechatAccountLink(_WechatLogin):
    """Tie a WeChat user to the Saleor account that is logged in; needs Saleor's own token."""

    class Arguments:
        code = graphene.String(required=True, description=CODE)
        channel = graphene.String(default_value="", description=CHANNEL)

    @staticmethod
    def mutate(_root: None, info: Any, code: str, channel: str | None) -> dict[str, Any]:
        def run() -> LoggedIn:
            customer = need_account(viewer_of(info))
            return link_account(customer, code, channel or "", now=clock.now())

        return _answer(run)


class SessionMutations(graphene.ObjectType):
    wechat_session_create = WechatSessionCreate.Field()
    wechat_account_link = WechatAccountLink.Field()
