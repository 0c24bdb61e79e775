"""Whose an order and a return are. What is somebody else's does not exist."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from ..domain.errors import ErrorCode, refuse
from ..models import Refund, ReturnRequest, WechatAccount, WechatPayment
from ..models.payments import WechatPaymentStatus
from ..saleor.payloads import OrderFacts
from .access import Viewer


def need_owner(viewer: Viewer, order: OrderFacts, field: str) -> None:
    """Somebody else's order does not exist for this customer. Raises Refusal(NOT_FOUND).

    `order(id)` is readable by anybody at Saleor, so an id proves nothing.
    """
    if not _owns(viewer, order):
        raise refuse(ErrorCode.NOT_FOUND, field)


def _owns(viewer: Viewer, order: OrderFacts) -> bool:
    """The order's account, whoever paid for it (a gift has both), or its guest."""
    if viewer.user_id and viewer.user_id == order.customer_id:
        return True
    if viewer.order_id and viewer.order_id == order.id:
        return not order.customer_id  # an account that got the order since asks by itself
    return bool(viewer.openid_index) and _has_paid(viewer, order)


def _has_paid(viewer: Viewer, order: OrderFacts) -> bool:
    """A payment that was only begun proves nothing: anybody may begin one."""
    return WechatPayment.objects.filter(
        shop=viewer.shop,
        openid_index=viewer.openid_index,
        status=WechatPaymentStatus.PAID,
        transaction_id__in=[transaction.id for transaction in order.transactions],
    ).exists()


def is_payer_of(viewer: Viewer, refund: Refund) -> bool:
    """Did the viewer's WeChat log-in pay what goes back, or one that is tied to his account?"""
    mine = Q(pk__in=[])
    if viewer.openid_index:
        mine |= Q(openid_index=viewer.openid_index)
    if viewer.user_id:
        tied = WechatAccount.objects.filter(shop=viewer.shop, user_id=viewer.user_id)
        mine |= Q(openid_index__in=tied.values("openid_index"))
    bearer = Refund.objects.filter(pk=refund.pk).values("payment__transaction_id")
    paid = WechatPayment.objects.filter(
        shop=viewer.shop, status=WechatPaymentStatus.PAID, transaction_id__in=bearer
    )
    return paid.filter(mine).exists()


def returns_of(viewer: Viewer) -> QuerySet[ReturnRequest]:
    """The returns that exist for this viewer: for staff the shop's, for a customer his own.

    His own are those he asked for, by account or by WeChat log-in; of a gift, the receiver and
    the payer each see what they asked for. Whoever has the order of a guest sees all of it that
    no account asked for: the guest while it has no account, then its account.
    """
    found = ReturnRequest.objects.filter(shop=viewer.shop)
    if viewer.is_staff:
        return found
    own, guests = Q(pk__in=[]), Q(customer_id="", openid_index="")
    # Each only where it is known: most rows have one of them blank.
    if viewer.user_id:
        own |= Q(customer_id=viewer.user_id)
        own |= guests & Q(order__customer_id=viewer.user_id)
    if viewer.openid_index:
        own |= Q(openid_index=viewer.openid_index)
    if viewer.order_id:
        own |= guests & Q(order__order_id=viewer.order_id, order__customer_id="")
    return found.filter(own)
