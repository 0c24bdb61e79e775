"""What staff do where money does not find its way by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..models import Refund
from ..usecases.access import need_staff
from ..usecases.refund_retried import retry_refund
from ..usecases.refund_settled import Settlement, settle_manually
from ..usecases.viewing import find_refund, find_return
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import read_id
from .types import ReturnRefundType, ReturnRequestType

VERSION = "The refund's version you saw; if it changed meanwhile, nothing is done."


class _RefundMutation(graphene.Mutation):
    """A refund, and the return it is of, if it is of one."""

    class Meta:
        abstract = True

    return_refund = graphene.Field(ReturnRefundType)
    return_request = graphene.Field(ReturnRequestType)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)


class ReturnRefundRetry(_RefundMutation):
    """Staff let a refund go on: a new attempt where the old one failed, else its next step now."""

    class Arguments:
        refund_id = graphene.ID(required=True)
        expected_version = graphene.Int(required=True, description=VERSION)
        adopt_return = graphene.Boolean(
            default_value=False,
            description="The pieces were recorded as returned in Saleor by staff: take that one.",
        )

    @staticmethod
    def mutate(
        _root: None, info: Any, refund_id: str, expected_version: int, adopt_return: bool | None
    ) -> dict[str, Any]:
        def run() -> Refund:
            return retry_refund(
                need_staff(viewer_of(info)),
                _refund_id(refund_id),
                adopt=bool(adopt_return),
                expected_version=expected_version,
                now=clock.now(),
            )

        return _run(run, info)


class ReturnRefundSettleInput(graphene.InputObjectType):
    reference = graphene.String(
        required=True, description="What proves the payment, such as a transfer's number."
    )
    note = graphene.String(default_value="", description="Up to 1000 characters.")
    abnormal_is_over = graphene.Boolean(
        default_value=False,
        description="WeChat Pay calls the refund ABNORMAL, and staff made sure in the merchant "
        "portal that it is never paid there.",
    )


class ReturnRefundSettleManually(_RefundMutation):
    """Staff paid by other means; refused while WeChat Pay pays, may pay, or has paid."""

    class Arguments:
        refund_id = graphene.ID(required=True)
        input = ReturnRefundSettleInput(required=True)
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None, info: Any, refund_id: str, input: Any, expected_version: int
    ) -> dict[str, Any]:
        def run() -> Refund:
            wanted = Settlement(
                refund_id=_refund_id(refund_id),
                reference=input.reference.strip(),
                note=(input.note or "").strip(),
                abnormal_is_over=bool(input.abnormal_is_over),
            )
            staff = need_staff(viewer_of(info))
            return settle_manually(
                staff, wanted, expected_version=expected_version, now=clock.now()
            )

        return _run(run, info)


def _refund_id(id: str) -> str:
    return str(read_id(id, "ReturnRefund") or "")


def _run(run: Callable[[], Refund], info: Any) -> dict[str, Any]:
    try:
        with busy_is_a_refusal():
            refund = run()
    except Refusal as no:
        return {"return_refund": None, "return_request": None, "errors": no.faults}
    staff = viewer_of(info)
    request = find_return(staff, id=refund.request_id, number=None) if refund.request_id else None
    return {
        "return_refund": find_refund(staff, refund.pk),
        "return_request": request,
        "errors": (),
    }
