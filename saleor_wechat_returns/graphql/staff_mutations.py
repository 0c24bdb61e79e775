"""What staff decide about a return."""

from __future__ import annotations

from itertools import chain
from typing import Any

import graphene

from .. import clock
from ..domain.rejections import RejectionCode
from ..models import ReturnRequest
from ..usecases.access import need_handler, need_money_wish, need_staff
from ..usecases.inspect import inspect
from ..usecases.review import approve, close, reject
from . import enums
from .context import anybody_of, viewer_of
from .evidence import ReturnEvidenceInput, wanted_evidence
from .inspection import ReturnInspectedLineInput, wanted_inspection
from .label import address_row_id
from .mutation import (
    SHIPPING,
    VERSION,
    ReturnMutation,
    WarehouseMutation,
    row_id,
    run_at_warehouse,
    run_mutation,
)


class ReturnRequestApprove(ReturnMutation):
    """Staff agree to a return."""

    class Arguments:
        id = graphene.ID(required=True)
        expected_version = graphene.Int(required=True, description=VERSION)
        refund_shipping = graphene.Boolean(description=SHIPPING)
        address_id = graphene.ID(
            description="Where goods are to go that come back; left out: by the shop's rule."
        )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        expected_version: int,
        refund_shipping: bool | None = None,
        address_id: str | None = None,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return approve(
                need_staff(viewer_of(info)),
                row_id(id),
                expected_version=expected_version,
                refund_shipping=refund_shipping,
                address_id=address_row_id(address_id),
                now=clock.now(),
            )

        return run_mutation(run, info)


class ReturnRequestReject(ReturnMutation):
    """Staff refuse a return, with a code and words for the customer."""

    class Arguments:
        id = graphene.ID(required=True)
        code = graphene.Argument(enums.ReturnRejectionCode, required=True)
        explanation = graphene.String(required=True, description="The customer reads it.")
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        code: RejectionCode,
        explanation: str,
        expected_version: int,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return reject(
                need_staff(viewer_of(info)),
                row_id(id),
                code=code,
                explanation=explanation,
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)


class ReturnInspect(WarehouseMutation):
    """Staff looked at every piece. Less than was promised is an offer to the customer first."""

    class Arguments:
        id = graphene.ID(required=True)
        lines = graphene.List(graphene.NonNull(ReturnInspectedLineInput), required=True)
        expected_version = graphene.Int(required=True, description=VERSION)
        refund_shipping = graphene.Boolean(description=SHIPPING)
        rejection_code = graphene.Argument(
            enums.ReturnRejectionCode,
            description="Why it is less than was promised; must be given where it is.",
        )
        explanation = graphene.String(
            default_value="", description="Goes with the code; the customer reads it."
        )
        evidence = graphene.List(
            graphene.NonNull(ReturnEvidenceInput),
            description="What staff saw, uploaded by them before; the customer sees it too.",
        )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        lines: list[Any],
        expected_version: int,
        refund_shipping: bool | None = None,
        rejection_code: RejectionCode | None = None,
        explanation: str | None = None,
        evidence: list[Any] | None = None,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            handler = need_handler(anybody_of(info))
            need_money_wish(handler, refund_shipping, "refundShipping")
            inspected = wanted_inspection(lines)
            for pieces in chain.from_iterable(line.pieces or () for line in inspected):
                need_money_wish(handler, pieces.is_refunded, "lines.pieces.refund")
            return inspect(
                handler,
                row_id(id),
                lines=inspected,
                expected_version=expected_version,
                refund_shipping=refund_shipping,
                code=rejection_code,
                explanation=explanation or "",
                evidence=wanted_evidence(evidence),
                now=clock.now(),
            )

        return run_at_warehouse(run, info)


class ReturnRequestClose(ReturnMutation):
    """Staff end a return of which nothing comes any more, with words for the customer."""

    class Arguments:
        id = graphene.ID(required=True)
        explanation = graphene.String(required=True, description="The customer reads it.")
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None, info: Any, id: str, explanation: str, expected_version: int
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return close(
                need_staff(viewer_of(info)),
                row_id(id),
                explanation=explanation,
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)
