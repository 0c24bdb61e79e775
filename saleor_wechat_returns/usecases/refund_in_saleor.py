"""The steps of a refund at Saleor after the return: grant and request.

None of these calls is safe in parallel or to repeat blindly, so each step first proves whether
it already happened, and all steps of an order run one after another.
Refused: a task for staff. Away: repeated. Answer lost: repeated, and the proof comes first.
Source: Saleor 3.21-3.23 as measured, 2026-11.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from .. import clock
from ..domain.errors import ProviderRejected, ProviderUnavailable, Rejection
from ..domain.lifecycle import FINAL_REFUNDS, RefundStatus
from ..domain.money import Fen, yuan_of_fen
from ..models import Refund, Shop
from ..models.ledger import PaymentOwner
from ..models.staff import StaffTaskKind
from ..outbox import Later
from ..saleor.payloads import GrantFacts, OrderFacts, TransactionFacts
from .locks import lock_refund
from .move import move_refund
from .reason_references import refund_reference, without_reference
from .refund_attempts import begin_attempts
from .refunds import (
    FOLLOW,
    NOT_YET_PAYING,
    REQUEST,
    end_run,
    load_refund,
    put,
    read_order_of,
    refund_in_trouble,
    refused,
    trouble,
    trouble_over,
)
from .shops import app_ids_of, merchant_behind, saleor_of

# Its worker calls our webhook well within a second of a request; it repeats for five minutes.
WEBHOOK_LATE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 600.0
# After this Saleor's own repeats are over: its worker died with the request in hand.
WEBHOOK_LOST_AFTER = timedelta(minutes=6)
# A grant in these states can be requested; in the others it was, and Saleor says so by a code.
REQUESTABLE = frozenset({"NONE", "FAILURE"})
ALREADY_REQUESTED = frozenset({"REFUND_IS_PENDING", "REFUND_ALREADY_PROCESSED"})
# Nobody listens for the transaction's owner any more: deleted, inactive, or without a webhook.
OWNER_GONE = "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK"
LONGEST_WECHAT_NUMBER = 32


def grant(refund_id: UUID) -> Later | None:
    """Grant the refund in Saleor, with its exact amount."""
    refund = load_refund(refund_id)
    if refund.grant_id is None:
        if _is_for_staff(refund):
            leave_to_staff(refund, refund.bearer.owner)
            return None
        if _lacks_merchant(refund):
            return _without_merchant(refund)
        try:
            grant_id = _find_or_create_grant(refund, read_order_of(refund).facts)
        except ProviderRejected as no:
            return refused(refund, StaffTaskKind.GRANT_REFUSED, no)
        Refund.objects.filter(pk=refund.pk).update(grant_id=grant_id)
    with transaction.atomic():
        refund = lock_refund(refund_id)
        trouble_over(refund, now=clock.now())
        put(REQUEST, refund, now=clock.now())
    return None


def request(refund_id: UUID) -> Later | None:
    """Ask Saleor to request the granted refund; it then calls the owner of the transaction."""
    refund = load_refund(refund_id)
    if refund.status in FINAL_REFUNDS or refund.saleor_requests.filter(ended_at=None).exists():
        return None  # the webhook came: its own steps carry on
    if _lacks_merchant(refund):
        return _without_merchant(refund)
    granted = grant_of(refund, read_order_of(refund).facts)
    try:
        if granted.amount_fen != refund.amount_fen and not _bring_up_to_date(refund, granted):
            # Staff changed it; our webhook would refuse such a request.
            detail = f"the grant is of {granted.amount_fen} fen, owed are {refund.amount_fen}"
            return trouble(refund, StaffTaskKind.GRANT_REFUSED, detail)
        request_unless_pending(refund, granted)
    except ProviderRejected as no:
        if no.code == OWNER_GONE and refund.bearer.owner != PaymentOwner.OURS:
            leave_to_staff(refund, str(no))
            return None
        return refused(refund, StaffTaskKind.REFUND_REQUEST_REFUSED, no)
    return _wait_for_owner(refund_id, granted)


# --- the grant


def _find_or_create_grant(refund: Refund, facts: OrderFacts) -> str:
    found = _same_grant(refund, facts)
    if found is not None:
        return found.id
    there = transaction_of(refund, facts)
    if not 0 < refund.amount_fen <= there.charged_fen:
        raise _left_too_little(refund, there)
    given = _grant_input(refund, lines=refund.sequence == 1)
    while True:
        try:
            asked = {"order": facts.id, "input": given}
            answer = saleor_of(refund.shop).change("GrantRefund", asked)
        except ProviderRejected as no:
            given = _less(given, no, refund.shop)
        else:
            return str(answer["grantedRefund"]["id"])


def _less(given: dict[str, Any], no: ProviderRejected, shop: Shop) -> dict[str, Any]:
    """The input without what Saleor refuses in it, if the money can do without. Raises `no`."""
    if no.code == "QUANTITY_GREATER_THAN_AVAILABLE" and "lines" in given:
        # Staff granted these lines already: quantities count over all grants, even failed ones.
        of_lines = ("lines", "grantRefundForShipping")
        return {key: value for key, value in given.items() if key not in of_lines}
    return without_reference(given, no, shop=shop)


def _same_grant(refund: Refund, facts: OrderFacts) -> GrantFacts | None:
    """The grant a former try made. Its maker vanishes with an App row; our number stays."""
    ours = app_ids_of(refund.shop)
    for grant in facts.grants:
        if (
            grant.reason == refund.number
            and (not grant.app_id or grant.app_id in ours)
            and grant.transaction_id == refund.bearer.transaction_id
            and grant.amount_fen == refund.amount_fen
        ):
            return grant
    return None


def _grant_input(refund: Refund, *, lines: bool) -> dict[str, Any]:
    """The amount is always explicit: Saleor's own sum is unit price × quantity, rounded."""
    wanted: dict[str, Any] = {
        "amount": yuan(refund.amount_fen),
        "transactionId": refund.bearer.transaction_id,
        "reason": refund.number,
        **refund_reference(refund),
    }
    request = refund.request
    if lines and request is not None:
        wanted["grantRefundForShipping"] = request.shipping_fen > 0
        # An offer may pay less than the pieces are worth: Saleor would show them as paid whole.
        parts = request.lines.filter(paid_fen=F("share_fen"))
        parts = parts.select_related("line").order_by("line_id")
        pieces = [
            {"id": part.line.order_line_id, "quantity": part.quantity}
            for part in parts
            if part.quantity
        ]
        if pieces:
            wanted["lines"] = pieces
    return wanted


def _left_too_little(refund: Refund, there: TransactionFacts) -> ProviderRejected:
    return ProviderRejected(
        Rejection.BUSINESS,
        "AMOUNT_GREATER_THAN_AVAILABLE",
        f"{refund.amount_fen} fen owed, {there.charged_fen} fen left on the transaction",
    )


def leave_to_staff(refund: Refund, detail: str) -> None:
    """Nobody but staff can pay it back: it makes way for the order's other refunds."""
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund.pk)
        refund_in_trouble(refund, StaffTaskKind.PAYMENT_NOT_OURS, detail, now=now)
        end_run(refund, now=now)


def _is_for_staff(refund: Refund) -> bool:
    """No app can be asked: staff recorded the payment, or it is none of WeChat Pay's."""
    bearer = refund.bearer
    is_ours = bearer.owner == PaymentOwner.OURS
    too_long = is_ours and len(bearer.psp_reference) > LONGEST_WECHAT_NUMBER
    return bearer.owner == PaymentOwner.STAFF or too_long


def _lacks_merchant(refund: Refund) -> bool:
    """Another app needs no merchant of ours."""
    is_ours = refund.bearer.owner == PaymentOwner.OURS
    return is_ours and merchant_behind(refund.bearer) is None


def _without_merchant(refund: Refund) -> Later:
    return trouble(refund, StaffTaskKind.MERCHANT_MISSING, f"channel {refund.of_order.channel}")


# --- the request


def request_unless_pending(refund: Refund, granted: GrantFacts) -> None:
    """Ask Saleor to call the owner's webhook, unless it was asked. Raises ProviderRejected."""
    if granted.status not in REQUESTABLE:
        return
    try:
        saleor_of(refund.shop).change("RequestRefund", {"grant": granted.id})
    except ProviderRejected as no:
        if no.code not in ALREADY_REQUESTED:
            raise


def _bring_up_to_date(refund: Refund, granted: GrantFacts) -> bool:
    """Give the grant our amount, if staff asked to go on with it. Safe to repeat.

    Raises ProviderRejected, ProviderUnavailable or OutcomeUnknown: the next try reads again.
    """
    if not refund.grant_outdated or granted.status not in REQUESTABLE:
        return False
    amount = {"amount": yuan(refund.amount_fen)}
    saleor_of(refund.shop).change("UpdateGrant", {"grant": granted.id, "input": amount})
    return True


def _wait_for_owner(refund_id: UUID, granted: GrantFacts) -> Later | None:
    now = clock.now()
    with transaction.atomic():
        refund = lock_refund(refund_id)
        if refund.status not in NOT_YET_PAYING:
            return None  # it came before our own answer
        trouble_over(refund, now=now)
        if refund.status == RefundStatus.PLANNED:
            refund.requested_at = now
            move_refund(refund, RefundStatus.REQUESTED, now=now)
        if refund.bearer.owner != PaymentOwner.OURS:
            put(FOLLOW, refund, now=now)
            return None
        waited = now - (refund.requested_at or now)
        if waited > WEBHOOK_LOST_AFTER:
            return _go_on_alone(refund, granted, now)
    return Later(max(WEBHOOK_LATE_SECONDS, waited.total_seconds() / 2), "waiting for Saleor")


def _go_on_alone(refund: Refund, granted: GrantFacts, now: datetime) -> Later | None:
    """Saleor's worker died with the request in hand, and nothing there resumes it.

    We pay, and report out of band; should the webhook come after all, it hears the same number.
    Needs the locks.
    """
    if granted.status in REQUESTABLE:
        return Later(LONGEST_PAUSE_SECONDS, "asked again just now")
    if begin_attempts(refund, now=now) is None:
        return Later(LONGEST_PAUSE_SECONDS, "no merchant, and waiting for Saleor")
    return None


# --- what Saleor shows


def transaction_of(refund: Refund, facts: OrderFacts) -> TransactionFacts:
    """Raises ProviderUnavailable."""
    there = facts.transaction(refund.bearer.transaction_id)
    if there is None:
        raise ProviderUnavailable("Saleor does not show the transaction")
    return there


def grant_of(refund: Refund, facts: OrderFacts) -> GrantFacts:
    """Raises ProviderUnavailable."""
    there = facts.grant(refund.grant_id or "")
    if there is None:
        raise ProviderUnavailable("Saleor does not show the granted refund")
    return there


def yuan(fen: int) -> str:
    return str(yuan_of_fen(Fen(fen)))
