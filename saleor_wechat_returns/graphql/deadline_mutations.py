"""Asking for more time."""

from __future__ import annotations

from typing import Any

import graphene

from ..usecases.extend_deadline import Extension
from .deadlines import extend
from .mutation import IDEMPOTENCY, VERSION, ReturnMutation, row_id, run_mutation


class ReturnDeadlineExtend(ReturnMutation):
    """More time for what the customer must do, once for each deadline, by either side."""

    class Arguments:
        id = graphene.ID(required=True)
        reason = graphene.String(required=True, description="Up to 500 characters; both read it.")
        expected_version = graphene.Int(description=f"For staff. {VERSION}")
        idempotency_key = graphene.String(description=f"For customers. {IDEMPOTENCY}")

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        id: str,
        reason: str,
        expected_version: int | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        wanted = Extension(row_id(id), reason.strip())
        return run_mutation(lambda: extend(info, wanted, expected_version, idempotency_key), info)
