"""What staff give for the way back."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..models import ReturnRequest
from ..usecases.access import need_staff
from ..usecases.freight import compensate_freight
from .context import viewer_of
from .mutation import VERSION, ReturnMutation, row_id, run_mutation


class ReturnFreightCompensate(ReturnMutation):
    """Staff add to the refund what the customer paid for sending it (运费补偿), within limits."""

    class Arguments:
        id = graphene.ID(required=True)
        amount_fen = graphene.Int(
            required=True,
            description="0 takes it back. Once the inspection's offer was made it can be raised.",
        )
        note = graphene.String(
            default_value="", description="The customer reads it. Up to 300 characters."
        )
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        amount_fen: int,
        expected_version: int,
        note: str | None = None,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return compensate_freight(
                need_staff(viewer_of(info)),
                row_id(id),
                fen=amount_fen,
                text=note or "",
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)
