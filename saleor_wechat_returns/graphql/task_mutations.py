"""What staff do with their list of tasks itself."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..usecases.access import need_staff
from ..usecases.staff_tasks import acknowledge_task
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .tasks import ReturnTask
from .types import read_id


class ReturnTaskClose(graphene.Mutation):
    """Staff have read a task that only told them something, such as REFUNDED_WITHOUT_ORDER."""

    class Arguments:
        task_id = graphene.ID(required=True)

    return_task = graphene.Field(ReturnTask)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(_root: None, info: Any, task_id: str) -> dict[str, Any]:
        try:
            with busy_is_a_refusal():
                staff = need_staff(viewer_of(info))
                text_id = str(read_id(task_id, "ReturnTask") or "")
                task = acknowledge_task(staff, text_id, now=clock.now())
        except Refusal as no:
            return {"return_task": None, "errors": no.faults}
        return {"return_task": task, "errors": ()}
