"""Logging in without Saleor: with WeChat, or as the guest of one order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..usecases.access import Viewer, need_account
from ..usecases.guests import Guest, open_guest_order
from ..usecases.wechat_login import LoggedIn, link_account, log_in
from .context import Context, shop_of, viewer_of
from .errors import ReturnError, busy_is_a_refusal

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
        with busy_is_a_refusal():
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
    """Tie a WeChat user to the Saleor account that is logged in; needs Saleor's own token.

    A WeChat user who was tied to another account moves to this one, with sessions that run.
    """

    class Arguments:
        code = graphene.String(required=True, description=CODE)
        channel = graphene.String(default_value="", description=CHANNEL)

    @staticmethod
    def mutate(_root: None, info: Any, code: str, channel: str | None) -> dict[str, Any]:
        def run() -> LoggedIn:
            customer = need_account(viewer_of(info))
            return link_account(customer, code, channel or "", now=clock.now())

        return _answer(run)


class ReturnGuestSessionCreate(graphene.Mutation):
    """Ask about an order without an account: by its number and phone, for fifteen minutes."""

    class Arguments:
        order_number = graphene.String(required=True)
        phone = graphene.String(
            required=True, description="Of the order's billing or shipping address."
        )

    token = graphene.String(description="Send it as `Authorization: Bearer`.")
    expires_at = graphene.DateTime(description="After that, ask again.")
    order_id = graphene.ID(description="The one order the session is for.")
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(_root: None, info: Any, order_number: str, phone: str) -> dict[str, Any]:
        context: Context = info.context
        viewer = context.viewer
        openid_index = viewer.openid_index if isinstance(viewer, Viewer) else ""
        guest = Guest(order_number, phone, context.address, openid_index)
        try:
            session = open_guest_order(context.shop, guest, now=clock.now())
        except Refusal as no:
            return {"errors": no.faults}
        return {
            "token": session.token,
            "expires_at": session.expires_at,
            "order_id": session.proved.order_id,
            "errors": (),
        }


class SessionMutations(graphene.ObjectType):
    wechat_session_create = WechatSessionCreate.Field()
    wechat_account_link = WechatAccountLink.Field()
    return_guest_session_create = ReturnGuestSessionCreate.Field()
