"""Which function does what the outbox asks, and which hears what the inbox keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..inbox import Handler
from ..models import InboxMessage, OutboxMessage, Refund, WechatPayment, WechatRefund
from ..models.staff import StaffTaskKind
from ..outbox import Effect
from . import (
    auto_decide,
    bookings,
    build_bundle,
    bundles,
    console_refund,
    console_refund_search,
    courier_callbacks,
    find_order,
    following,
    look_at_parcels,
    orders,
    outbound,
    pickup_calls,
    process_evidence,
    reconciliation,
    record_return,
    refund_at_wechat,
    refund_by_another_app,
    refund_in_saleor,
    refund_repaired,
    refund_reported,
    refund_reversed,
    refund_settled,
    refund_without_order,
    refunds,
    refused_parcels,
    restock,
    safety,
    safety_checks,
    settle_payment,
    shipping_info,
    shipping_looks,
    shipping_pushes,
    show_in_saleor,
    take_from_bill,
    upload,
    visits,
    watch_payment,
    wechat_notices,
    wechat_pushes,
)
from .staff_tasks import open_task

EFFECTS: Mapping[str, Effect] = {
    refunds.RECORD_RETURN: record_return.record_return,
    refunds.GRANT: refund_in_saleor.grant,
    refunds.REQUEST: refund_in_saleor.request,
    refunds.FOLLOW: refund_by_another_app.follow,
    refunds.PAY: refund_at_wechat.pay,
    refunds.QUERY: refund_at_wechat.query,
    refunds.CHECK: refund_reversed.check,
    refunds.REPORT: refund_reported.report,
    refunds.REPAIR: refund_repaired.repair,
    refunds.RESERVE: refund_without_order.reserve,
    refunds.TELL: refund_without_order.tell,
    console_refund.SEARCH: console_refund_search.search_order,
    refund_settled.SETTLING: refund_settled.give_up,
    orders.READ: orders.read_again,
    orders.SHIPPED: orders.read_shipped,
    following.SUBSCRIBE: look_at_parcels.subscribe,
    following.FOLLOW_EARLIER: following.follow_earlier,
    following.LOOK: look_at_parcels.look,
    outbound.REFUSED: refused_parcels.begin_refused,
    restock.RESTOCK: restock.restock,
    show_in_saleor.SHOW: show_in_saleor.show,
    settle_payment.QUERY: watch_payment.query,
    settle_payment.REPORT: watch_payment.report,
    settle_payment.FIND_ORDER: find_order.find_order,
    reconciliation.RECONCILE: reconciliation.reconcile,
    take_from_bill.TAKE: take_from_bill.take,
    upload.PROCESS: process_evidence.process,
    auto_decide.DECIDE: auto_decide.decide,
    bundles.BUILD: build_bundle.build,
    safety.CHECK: safety_checks.check,
    visits.VISITED: safety_checks.ask_again,
    shipping_looks.TELL: shipping_info.tell,
    shipping_looks.LOOK: shipping_info.look,
    bookings.BOOK: pickup_calls.book,
    bookings.CANCEL: pickup_calls.cancel,
    bookings.LOOK: pickup_calls.look,
}

HANDLERS: Mapping[str, Handler] = {
    orders.UPDATED: orders.order_updated,
    wechat_notices.SOURCE: wechat_notices.refund_notice,
    wechat_notices.PAYMENTS: wechat_notices.payment_notice,
    courier_callbacks.BOOKINGS: courier_callbacks.booking_called,
    courier_callbacks.PARCELS: courier_callbacks.parcel_called,
    wechat_pushes.MEDIA_CHECKED: wechat_pushes.media_checked,
    shipping_pushes.TRADE: shipping_pushes.trade_told,
}


# What keeps failing and is of no refund: each tells staff in its own words. Was it of that kind?
STUCK: tuple[Callable[[OutboxMessage], bool], ...] = (
    reconciliation.stuck,
    process_evidence.give_up_on,
    shipping_info.give_up,
    pickup_calls.stuck,
    build_bundle.stuck,
    restock.stuck,
)


def on_stuck(message: OutboxMessage) -> None:
    """A step that keeps failing is put before a person; it is repeated all the same."""
    if any(stuck(message) for stuck in STUCK):
        return
    subject = message.subject
    payment = _payment_behind(message)
    if payment is not None:
        unreported = message.topic == settle_payment.REPORT
        kind = StaffTaskKind.PAYMENT_NOT_REPORTED if unreported else StaffTaskKind.STUCK
        open_task(payment, kind, f"{message.topic}: {message.latest_error}")
        return
    refund = (
        Refund.objects.filter(pk=subject).first()
        or Refund.objects.filter(
            pk__in=WechatRefund.objects.filter(pk=subject).values("refund_id")
        ).first()
    )
    if refund is not None:
        open_task(refund, StaffTaskKind.STUCK, f"{message.topic}: {message.latest_error}")


def _payment_behind(message: OutboxMessage) -> WechatPayment | None:
    if message.topic != console_refund.SEARCH:
        return WechatPayment.objects.filter(pk=message.subject).first()
    notice = InboxMessage.objects.select_related("shop").get(pk=message.subject)
    return console_refund.payment_of(notice.shop, notice.payload["transaction_id"])
