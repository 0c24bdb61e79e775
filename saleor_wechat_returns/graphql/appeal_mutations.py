"""Appealing against a rejection, and deciding it."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..models import ReturnRequest
from ..usecases.access import need_customer, need_staff
from ..usecases.appeals import Resolution, WantedAppeal, create_appeal, resolve_appeal
from .context import viewer_of
from .evidence import ReturnEvidenceInput, wanted_evidence
from .mutation import IDEMPOTENCY, SHIPPING, VERSION, ReturnMutation, row_id, run_mutation


class ReturnAppealInput(graphene.InputObjectType):
    text = graphene.String(required=True, description="Up to 1000 characters.")
    evidence = graphene.List(
        graphene.NonNull(ReturnEvidenceInput),
        description="Uploaded before, attached nowhere yet.",
    )


class ReturnAppealCreate(ReturnMutation):
    """The customer does not accept the rejection; once per return, within its deadline."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        input = ReturnAppealInput(required=True)
        idempotency_key = graphene.String(required=True, description=IDEMPOTENCY)

    @staticmethod
    def mutate(_root: None, info: Any, id: str, input: Any, idempotency_key: str) -> dict[str, Any]:
        def run() -> ReturnRequest:
            wanted = WantedAppeal(
                request_id=row_id(id),
                text=input.text.strip(),
                evidence=wanted_evidence(input.get("evidence")),
            )
            customer = need_customer(viewer_of(info))
            return create_appeal(customer, wanted, idempotency_key=idempotency_key, now=clock.now())

        return run_mutation(run, info)


class ReturnAppealResolve(ReturnMutation):
    """Somebody else than who rejected decides: the return goes on, or is closed for good."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the return.")
        is_granted = graphene.Boolean(required=True)
        resolution = graphene.String(required=True, description="The customer reads it.")
        same_person_reason = graphene.String(
            default_value="",
            description="Needed from who rejected it, where nobody else could decide.",
        )
        expected_version = graphene.Int(required=True, description=VERSION)
        refund_shipping = graphene.Boolean(description=SHIPPING)

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        is_granted: bool,
        resolution: str,
        expected_version: int,
        same_person_reason: str | None = None,
        refund_shipping: bool | None = None,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            wanted = Resolution(is_granted, resolution, same_person_reason or "", refund_shipping)
            return resolve_appeal(
                need_staff(viewer_of(info)),
                row_id(id),
                wanted,
                expected_version=expected_version,
                now=clock.now(),
            )

        return run_mutation(run, info)
