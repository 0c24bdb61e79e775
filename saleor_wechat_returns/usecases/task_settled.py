"""Staff looked into it, and say that it is settled. Only where nothing else ends a task.

All other tasks close by themselves when what they tell of is over.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from ..domain.errors import ErrorCode, Fault, Refusal, refuse
from ..models import StaffTask, WechatPayment
from ..models.staff import StaffTaskKind
from .access import Viewer
from .settle_payment import REPORT, close_row, put
from .texts import fault_of_text

log = structlog.get_logger(__name__)

SETTLEABLE = frozenset(
    {
        StaffTaskKind.AMOUNT_DIFFERS,
        StaffTaskKind.PAYMENT_DIFFERS,
        StaffTaskKind.PAYMENT_NOT_REPORTED,
        StaffTaskKind.REFUNDED_WITHOUT_ORDER,
        StaffTaskKind.SHIPPING_INFO_REFUSED,
        StaffTaskKind.RESTOCK_FAILED,
    }
)
LONGEST_NOTE = 1000


def settle_task(staff: Viewer, task_id: UUID | None, *, note: str, now: datetime) -> StaffTask:
    """Close a task with words on what was done. A repeat changes nothing.

    What differed about a payment no longer stands in the way of another payment; what Saleor did
    not take is reported once more. Raises Refusal.
    """
    _check(note)
    with transaction.atomic():
        tasks = StaffTask.objects.select_for_update(of=("self",)).select_related("payment__shop")
        task = tasks.filter(shop=staff.shop, pk=task_id).first() if task_id else None
        if task is None:
            raise refuse(ErrorCode.NOT_FOUND, "taskId")
        if task.closed_at is not None:
            return task
        if task.kind not in SETTLEABLE:
            raise refuse(ErrorCode.TASK_CLOSES_BY_ITSELF, "taskId")
        task.closed_at, task.closed_by, task.closed_note = now, staff.user_id, note
        task.save(update_fields=["closed_at", "closed_by", "closed_note"])
        if task.payment is not None:
            _go_on(task.payment, StaffTaskKind(task.kind), now)
    log.info("staff_task.settled", kind=task.kind)
    return task


def _check(note: str) -> None:
    if not note:
        raise refuse(ErrorCode.REQUIRED, "note")
    fault: Fault | None = fault_of_text(note, "note", longest=LONGEST_NOTE)
    if fault:
        raise Refusal(fault)


def _go_on(payment: WechatPayment, kind: StaffTaskKind, now: datetime) -> None:
    if kind is StaffTaskKind.PAYMENT_DIFFERS:
        # Money that came for it was not what we asked for, and WeChat Pay takes none twice.
        close_row(payment, "staff settled what differed", now=now)
    elif kind is StaffTaskKind.PAYMENT_NOT_REPORTED:
        WechatPayment.objects.filter(pk=payment.pk).update(reported_at=None)
        put(REPORT, payment, due_at=now)
