"""What the morning's reconciliation found, for staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import graphene

from .. import clock
from ..domain.differences import KIND_WORDS, STATE_WORDS
from ..domain.errors import Refusal
from ..models import Difference, Reconciliation
from ..usecases.access import need_staff
from ..usecases.differences import explain, list_differences, list_reconciliations
from . import enums
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import global_id, label_field, read_id
from .money import ReturnMoney
from .pages import USUAL_ROWS, connection_of, read_cursor

RUN = "ReturnReconciliation"
DIFFERENCE = "ReturnDifference"


class ReturnReconciliation(graphene.ObjectType):
    """One day of one merchant number: WeChat Pay's bills, our rows, Saleor's transactions."""

    id = graphene.ID(required=True)
    day = graphene.Date(required=True, description="In Beijing, as WeChat Pay counts days.")
    merchant_number = graphene.String(required=True)
    status = graphene.Field(enums.ReturnReconciliationStatus, required=True)
    status_label = label_field("Where the comparison stands, in words.")
    payments = graphene.Int(required=True, description="Of this shop, in the trade bill.")
    paid = graphene.Field(ReturnMoney, required=True)
    refunds = graphene.Int(required=True, description="Of this shop, in the trade bill.")
    refunded = graphene.Field(ReturnMoney, required=True)
    others = graphene.Int(
        required=True, description="Rows of the merchant's other shops and systems."
    )
    open_differences = graphene.Int(required=True)
    troubles = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="What holds it up, or could not be compared; in English.",
    )
    finished_at = graphene.DateTime()

    @staticmethod
    def resolve_id(run: Reconciliation, _info: Any) -> str:
        return global_id(run, RUN)

    @staticmethod
    def resolve_merchant_number(run: Reconciliation, _info: Any) -> str:
        return run.mchid

    @staticmethod
    def resolve_status_label(run: Reconciliation, _info: Any, language_code: Any) -> str:
        return enums.label(enums.RECONCILIATION_LABELS, run.status, language_code)

    @staticmethod
    def resolve_paid(run: Reconciliation, _info: Any) -> int:
        return run.payments_fen

    @staticmethod
    def resolve_refunded(run: Reconciliation, _info: Any) -> int:
        return run.refunds_fen

    @staticmethod
    def resolve_troubles(run: Reconciliation, _info: Any) -> list[str]:
        return [text for text in (run.latest_error, run.remark) if text]


class ReturnDifference(graphene.ObjectType):
    """One thing on which two sides do not agree."""

    id = graphene.ID(required=True)
    version = graphene.Int(required=True)
    day = graphene.Date(required=True)
    merchant_number = graphene.String(required=True)
    kind = graphene.Field(enums.ReturnDifferenceKind, required=True)
    kind_label = label_field("What happened and what to do, in words.")
    state = graphene.Field(enums.ReturnDifferenceState, required=True)
    state_label = label_field("Whether somebody has to do something, in words.")
    number = graphene.String(
        required=True,
        description="The payment's, the refund's, the merchant's, or Saleor's transaction id.",
    )
    ours = graphene.Field(ReturnMoney, description="By our rows; null where it says nothing.")
    theirs = graphene.Field(
        ReturnMoney, description="By the bill, or by Saleor; null where it says nothing."
    )
    detail = graphene.String(required=True, description="For whoever looks closer; in English.")
    explanation = graphene.String(required=True)
    explained_at = graphene.DateTime()
    found_at = graphene.DateTime(required=True)

    @staticmethod
    def resolve_id(difference: Difference, _info: Any) -> str:
        return global_id(difference, DIFFERENCE)

    @staticmethod
    def resolve_day(difference: Difference, _info: Any) -> date:
        return difference.reconciliation.day

    @staticmethod
    def resolve_merchant_number(difference: Difference, _info: Any) -> str:
        return difference.reconciliation.mchid

    @staticmethod
    def resolve_kind_label(difference: Difference, _info: Any, language_code: Any) -> str:
        return enums.label(KIND_WORDS, difference.kind, language_code)

    @staticmethod
    def resolve_state_label(difference: Difference, _info: Any, language_code: Any) -> str:
        return enums.label(STATE_WORDS, difference.state, language_code)

    @staticmethod
    def resolve_ours(difference: Difference, _info: Any) -> int | None:
        return difference.ours_fen

    @staticmethod
    def resolve_theirs(difference: Difference, _info: Any) -> int | None:
        return difference.theirs_fen

    @staticmethod
    def resolve_found_at(difference: Difference, _info: Any) -> datetime:
        return difference.created_at


ReturnReconciliationConnection = connection_of(
    ReturnReconciliation, description="A page of days, newest first."
)
ReturnDifferenceConnection = connection_of(
    ReturnDifference, description="A page of differences, newest first."
)


class ReconciliationQuery(graphene.ObjectType):
    return_reconciliations = graphene.Field(
        ReturnReconciliationConnection,
        required=True,
        first=graphene.Int(default_value=USUAL_ROWS, description="At most 100."),
        after=graphene.String(),
        description="For staff: the days compared with WeChat Pay's bills, newest first.",
    )
    return_differences = graphene.Field(
        ReturnDifferenceConnection,
        required=True,
        first=graphene.Int(default_value=USUAL_ROWS, description="At most 100."),
        after=graphene.String(),
        reconciliation_id=graphene.ID(description="Of that day only."),
        states=graphene.List(
            graphene.NonNull(enums.ReturnDifferenceState), description="Of these states only."
        ),
        description="For staff: what did not agree, newest first.",
    )

    @staticmethod
    def resolve_return_reconciliations(
        _root: None, info: Any, first: int | None, after: str | None = None
    ) -> tuple[list[Reconciliation], bool]:
        staff = need_staff(viewer_of(info))
        rows = USUAL_ROWS if first is None else first
        return list_reconciliations(
            staff, first=rows, after=read_cursor(after, ReturnReconciliation)
        )

    @staticmethod
    def resolve_return_differences(
        _root: None,
        info: Any,
        first: int | None,
        after: str | None = None,
        reconciliation_id: str | None = None,
        states: list[str] | None = None,
    ) -> tuple[list[Difference], bool]:
        return list_differences(
            need_staff(viewer_of(info)),
            first=USUAL_ROWS if first is None else first,
            after=read_cursor(after, ReturnDifference),
            run=read_cursor(reconciliation_id, ReturnReconciliation, "reconciliationId"),
            states=states or (),
        )


class ReturnDifferenceExplain(graphene.Mutation):
    """Staff write down why two sides differ; it holds while the amounts stay as they are."""

    class Arguments:
        difference_id = graphene.ID(required=True)
        explanation = graphene.String(required=True, description="1 to 1000 characters.")
        expected_version = graphene.Int(
            required=True, description="The version you saw; if it changed, nothing is done."
        )

    return_difference = graphene.Field(ReturnDifference)
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(
        _root: None, info: Any, difference_id: str, explanation: str, expected_version: int
    ) -> dict[str, Any]:
        try:
            with busy_is_a_refusal():
                explained = explain(
                    need_staff(viewer_of(info)),
                    read_id(difference_id, DIFFERENCE),
                    explanation.strip(),
                    expected_version=expected_version,
                    now=clock.now(),
                )
        except Refusal as no:
            return {"return_difference": None, "errors": no.faults}
        return {"return_difference": explained, "errors": ()}
