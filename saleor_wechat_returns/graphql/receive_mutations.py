"""Goods have arrived: all of a return, or a part of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import graphene

from .. import clock
from ..models import ReturnRequest
from ..usecases.access import need_handler
from ..usecases.receive import Received, receive
from .context import anybody_of
from .label import read_id
from .mutation import VERSION, WarehouseMutation, row_id, run_at_warehouse


class ReturnReceivedLineInput(graphene.InputObjectType):
    order_line_id = graphene.ID(required=True)
    quantity = graphene.Int(required=True, description="Pieces that are there.")


class ReturnReceive(WarehouseMutation):
    """A parcel has arrived. Of pieces that are not in it a return of its own is made."""

    class Arguments:
        id = graphene.ID(required=True)
        expected_version = graphene.Int(required=True, description=VERSION)
        lines = graphene.List(
            graphene.NonNull(ReturnReceivedLineInput),
            description="What is there, where it is not everything; left out: everything is.",
        )
        delivery_ids = graphene.List(
            graphene.NonNull(graphene.ID),
            description="Of the parcels that came. Left out: all that were sent.",
        )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        expected_version: int,
        lines: list[Any] | None = None,
        delivery_ids: list[str] | None = None,
    ) -> dict[str, Any]:
        def run() -> ReturnRequest:
            return receive(
                need_handler(anybody_of(info)),
                row_id(id),
                expected_version=expected_version,
                lines=_received(lines),
                delivery_ids=_deliveries(delivery_ids),
                now=clock.now(),
            )

        return run_at_warehouse(run, info)


def _received(lines: list[Any] | None) -> list[Received] | None:
    if lines is None:
        return None
    return [Received(str(line.order_line_id), line.quantity) for line in lines]


def _deliveries(ids: list[str] | None) -> list[UUID | None] | None:
    return None if ids is None else [read_id(text, "ReturnDelivery") for text in ids]
