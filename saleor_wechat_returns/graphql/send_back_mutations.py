"""Refused goods go back to the customer."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..domain.policy import Party
from ..models import ReturnRequest
from ..usecases.access import need_staff
from ..usecases.send_back import WantedSendBack, send_back
from .context import viewer_of
from .mutation import VERSION, ReturnMutation, row_id, run_mutation
from .reasons import ReturnParty


class ReturnSendBack(ReturnMutation):
    """Staff sent the refused pieces of a decided return; another number corrects it."""

    class Arguments:
        id = graphene.ID(required=True)
        carrier = graphene.String(required=True)
        waybill_no = graphene.String(required=True)
        freight_payer = graphene.Argument(
            ReturnParty,
            default_value=Party.CUSTOMER.value,
            description="Who pays for the way; the customer is told. CUSTOMER: on delivery (到付).",
        )
        expected_version = graphene.Int(required=True, description=VERSION)

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        carrier: str,
        waybill_no: str,
        expected_version: int,
        freight_payer: Party | None = None,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            payer = Party(freight_payer or Party.CUSTOMER)
            return send_back(
                need_staff(viewer_of(info)),
                row_id(id),
                WantedSendBack(carrier.strip(), waybill_no.strip(), payer),
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)
