"""What staff settle by looking into it, where nothing else ends it."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..usecases.access import need_staff
from ..usecases.task_settled import settle_task
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import read_id
from .tasks import ReturnTask


class ReturnTaskSettle(graphene.Mutation):
    """Staff looked into what nothing else ends: AMOUNT_DIFFERS, PAYMENT_DIFFERS (the checkout or
    order can be paid again then), PAYMENT_NOT_REPORTED (it is reported once more),
    REFUNDED_WITHOUT_ORDER (the customer was told), SHIPPING_INFO_REFUSED (WeChat was told
    otherwise), RESTOCK_FAILED (the stock was set in Saleor).
    """

    class Arguments:
        task_id = graphene.ID(required=True)
        note = graphene.String(
            required=True, description="What was found and done. Up to 1000 characters."
        )

    return_task = graphene.Field(ReturnTask)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(_root: None, info: Any, task_id: str, note: str) -> dict[str, Any]:
        try:
            with busy_is_a_refusal():
                staff = need_staff(viewer_of(info))
                id = read_id(task_id, "ReturnTask")
                task = settle_task(staff, id, note=note.strip(), now=clock.now())
        except Refusal as no:
            return {"return_task": None, "errors": no.faults}
        return {"return_task": task, "errors": ()}
