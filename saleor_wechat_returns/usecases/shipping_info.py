"""发货信息管理: telling WeChat what has gone out for each payment.

WeChat holds the money until it is told, and takes one correction. So before every telling it is
asked what it knows: what somebody else told stays as it is, and a call whose answer was lost is
recognised. For each call: refused → staff; away → again; answer lost → asked first, then again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from .. import clock
from ..domain.errors import ProviderRejected, Rejection
from ..domain.shipping_info import OPEN, ShippingInfoStatus
from ..models import OutboxMessage, ShippingInfo, WechatMiniProgram, WechatPayment
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.shipments import ShipmentFacts, shipment_facts
from ..secretbox import open_sealed
from ..wechat import mini_shipping
from ..wechat.mini import MiniClient
from ..wechat.mini_shipping import OrderState, ShippedOrder
from .shipping_looks import LOOK, TELL, look_again, paid_at, row_of
from .shipping_wanted import Wanted, wanted_of
from .shops import need_app, saleor_of
from .staff_tasks import close_tasks, open_task, was_settled
from .wechat_programs import mini_of, program_of

log = structlog.get_logger(__name__)

SECONDS = 10.0
# WeChat reminds of what is not told two days after the payment, and the shop must have sent it.
PATIENCE = timedelta(hours=48)
AGAIN_SECONDS = 3600.0
TASK = StaffTaskKind.SHIPPING_INFO_REFUSED
TAKES = frozenset({OrderState.TO_SHIP, OrderState.SHIPPED})


def tell(payment_pk: UUID) -> Later | None:
    """Effect: bring WeChat's knowledge of the payment up to what Saleor says has gone out."""
    payment = _load(payment_pk)
    program = program_of(payment.shop, payment.appid)
    if program is None or not payment.shop.tells_shipping or not _payer_of(payment):
        return None
    facts = _read(payment)
    row = row_of(payment)
    row.looked_at = clock.now()
    row.order_id = facts.order_id if facts else row.order_id
    row.save(update_fields=["looked_at", "order_id"])
    later = _tell(row, facts, program) if facts is not None else None
    look_again(row, now=clock.now())
    return later


def _tell(row: ShippingInfo, facts: ShipmentFacts, program: WechatMiniProgram) -> Later | None:
    """Raises ProviderUnavailable, or OutcomeUnknown."""
    if not facts.is_charged:
        _not_needed(row)
        return None
    wanted, why = wanted_of(facts)
    later = None
    if wanted is not None and _is_news(row, wanted):
        later = _try(row, wanted, mini_of(program, seconds=SECONDS))
    _warn(row, why)
    return later


def look(payment_pk: UUID) -> None:
    """Effect: ask what became of the payment's order at WeChat. Nobody waits for the answer."""
    payment = _load(payment_pk)
    program = program_of(payment.shop, payment.appid)
    if program is None or not payment.shop.tells_shipping:
        return
    row = row_of(payment)
    try:
        _see(row, mini_of(program, seconds=SECONDS))
    except ProviderRejected as no:
        log.warning("shipping_info.unseen", number=payment.out_trade_no, error=str(no))
    look_again(row, now=clock.now())


def give_up(message: OutboxMessage) -> bool:
    """A telling that keeps failing is repeated, and put before staff if WeChat waits for it.

    False: it is another step.
    """
    if message.topic == TELL:
        payment = _load(message.subject)
        if row_of(payment).status in OPEN:
            _tell_staff(payment, message.latest_error)
    return message.topic in (TELL, LOOK)


def _load(pk: UUID) -> WechatPayment:
    return WechatPayment.objects.select_related("shop").get(pk=pk)


def _payer_of(payment: WechatPayment) -> str:
    """The openid; blank once it is erased, and then there is nobody to tell of."""
    return open_sealed(bytes(payment.openid_sealed), payment.sealed_key_id)


def _read(payment: WechatPayment) -> ShipmentFacts | None:
    asked = {"id": payment.transaction_id, "keys": [settings.FULFILLMENT_CARRIER_KEY]}
    answer = saleor_of(payment.shop).read("Shipment", asked)
    if answer["transaction"] is None:
        need_app(payment.shop)
    return shipment_facts(answer)


def _is_news(row: ShippingInfo, wanted: Wanted) -> bool:
    """What vanishes is none: a parcel that came back loses its number in Saleor."""
    match row.status:
        case ShippingInfoStatus.ELSEWHERE:
            return False
        case ShippingInfoStatus.TOLD:
            return not wanted.marks <= set(row.told)
        case ShippingInfoStatus.PARTLY:
            return wanted.info.is_complete or not wanted.marks <= set(row.told)
        case _:
            return True


def _warn(row: ShippingInfo, why: str) -> None:
    """Staff can make it tellable: in time they hear why it is not."""
    is_late = row.reminded_at is not None or clock.now() >= paid_at(row) + PATIENCE
    if why and is_late:
        _tell_staff(row.payment, why)


def _try(row: ShippingInfo, wanted: Wanted, mini: MiniClient) -> Later | None:
    """Raises ProviderUnavailable, or OutcomeUnknown."""
    try:
        _bring(row, wanted, mini)
    except ProviderRejected as no:
        return _refused(row, no)
    return None


def _bring(row: ShippingInfo, wanted: Wanted, mini: MiniClient) -> None:
    """Raises ProviderRejected, ProviderUnavailable, or OutcomeUnknown."""
    there = _see(row, mini)
    if there.state == OrderState.REFUNDED:
        return
    if there.shows(wanted.info):
        _told(row, wanted)
    elif there.is_finished and not row.uploads:
        _end(row, ShippingInfoStatus.ELSEWHERE)
    elif there.state not in TAKES:
        # The customer has it: nothing can be corrected, and nobody asks any more.
        _end(row, ShippingInfoStatus.TOLD if row.told else ShippingInfoStatus.ELSEWHERE)
    elif wanted.info.is_complete or not there.is_finished:  # the one correction is told whole
        _upload(row, wanted, there, mini)


def _upload(row: ShippingInfo, wanted: Wanted, there: ShippedOrder, mini: MiniClient) -> None:
    if there.times_finished > 1:
        code, words = mini_shipping.CORRECTION_USED_UP, "WeChat takes one correction, and had it"
        raise ProviderRejected(Rejection.BUSINESS, code, words)
    payment, info = row.payment, wanted.info
    if there.is_split and not there.is_finished:
        info = replace(info, is_split=True)  # another mode would be the correction
    row.uploads += 1
    row.uploaded_at = _after(row.uploaded_at)
    row.save(update_fields=["uploads", "uploaded_at"])
    payer = _payer_of(payment)
    try:
        mini.upload_shipping_info(info, payment.wechat_transaction_id, payer, row.uploaded_at)
    except ProviderRejected as no:
        if no.code == mini_shipping.STATE_FORBIDS and _see(row, mini).state == OrderState.REFUNDED:
            return  # all of it went back at this very moment
        if no.code != mini_shipping.NOTHING_NEW:
            raise
    else:
        _taken(row, there, info)
    _told(row, wanted)


def _taken(row: ShippingInfo, there: ShippedOrder, info: mini_shipping.ShippingInfo) -> None:
    """What must be so now, until it is asked again."""
    if info.is_complete:
        row.order_state, row.times_finished = OrderState.SHIPPED, there.times_finished + 1
        row.save(update_fields=["order_state", "times_finished"])


def _see(row: ShippingInfo, mini: MiniClient) -> ShippedOrder:
    """Ask, and keep what WeChat says of the order's state."""
    there = mini.get_order(row.payment.wechat_transaction_id)
    row.order_state, row.times_finished = there.state, there.times_finished
    row.save(update_fields=["order_state", "times_finished"])
    if there.state == OrderState.REFUNDED:
        _not_needed(row)
    return there


def _not_needed(row: ShippingInfo) -> None:
    """All of the money went back. What was told before stays told."""
    _end(row, ShippingInfoStatus.NOT_NEEDED if row.status in OPEN else row.status)


def _after(latest: datetime | None) -> datetime:
    """Now, or later than the call before: WeChat orders them by it."""
    now = clock.now()
    return now if latest is None else max(now, latest + timedelta(milliseconds=1))


def _told(row: ShippingInfo, wanted: Wanted) -> None:
    row.told = sorted(wanted.marks | set(row.told))
    whole = wanted.info.is_complete
    _end(row, ShippingInfoStatus.TOLD if whole else ShippingInfoStatus.PARTLY)


def _end(row: ShippingInfo, status: str) -> None:
    row.status, row.trouble = status, ""
    with transaction.atomic():
        row.save(update_fields=["status", "trouble", "told"])
        close_tasks(row.payment, TASK, now=clock.now())
    log.info("shipping_info.written", number=row.payment.out_trade_no, status=row.status)


def _refused(row: ShippingInfo, no: ProviderRejected) -> Later | None:
    number = row.payment.out_trade_no
    if no.kind is Rejection.CONFIGURATION:  # one thing for all payments: the doctor says which
        log.error("shipping_info.misconfigured", number=number, error=str(no))
        return Later(AGAIN_SECONDS, str(no))
    if no.kind is Rejection.NOT_FOUND and clock.now() < paid_at(row) + PATIENCE:
        return Later(AGAIN_SECONDS, str(no))  # WeChat may learn of a payment later than we
    log.warning("shipping_info.refused", number=number, code=no.code)
    row.status, row.trouble = ShippingInfoStatus.REFUSED, str(no)[:200]
    with transaction.atomic():
        row.save(update_fields=["status", "trouble"])
        _tell_staff(row.payment, str(no))
    return None


def _tell_staff(payment: WechatPayment, why: str) -> None:
    """Once: what they have settled otherwise, they know of."""
    if not was_settled(payment, TASK):
        open_task(payment, TASK, why)
