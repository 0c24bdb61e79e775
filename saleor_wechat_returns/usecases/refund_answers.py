"""What Saleor asks with its refund webhook, and the three things we can say to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.lifecycle import PAID_REFUNDS, RefundStatus
from ..domain.money import Fen
from ..models import Refund
from ..models.refunds import WECHAT_ENDED
from .refunds import REPAIR, next_step, put
from .refused_action import Answer, refused


@dataclass(frozen=True, slots=True)
class RefundRequested:
    """What we need of the webhook. Blank: no order yet (a checkout's payment), no grant."""

    order_id: str
    transaction_id: str
    grant_id: str
    amount_fen: Fen | None  # None: not a whole number of fen in CNY
    granted_fen: Fen | None  # as `amount_fen`, of the grant
    body_digest: str


def accepted(refund: Refund, psp_reference: str, now: datetime) -> Answer:
    """An open attempt answers again with its own number, and with its result once that is known.

    A known result makes Saleor count it at once: the way back after it lost our first answer.
    Needs the locks.
    """
    live = refund.wechat_refunds.exclude(status__in=WECHAT_ENDED).exists()
    if refund.status in PAID_REFUNDS:
        # Counted already, out of band: the grant is what may have to be repaired.
        put(next_step(refund) if refund.counted_at is None else REPAIR, refund, now=now)
        return {"pspReference": psp_reference, "result": "REFUND_SUCCESS"}
    if refund.status == RefundStatus.FAILED and not live:
        put(next_step(refund), refund, now=now)
        message = refund.failure[:512]
        return {"pspReference": psp_reference, "result": "REFUND_FAILURE", "message": message}
    return {"pspReference": psp_reference}


def no(message: str) -> Answer:
    """Nothing was paid; staff read why in the Dashboard."""
    return refused("REFUND_FAILURE", message)
