"""What stands in an evidence bundle: one return, as one of its sides may see it.

People are named by their side, never by name or id. What a content check holds back is left out
of the customer's, and said to be left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.event_words import EVENT_LABELS
from ..domain.evidence import SHOWS_LABELS, STATUS_LABELS, EvidenceStatus, Medium
from ..domain.inspection import OUTCOME_LABELS, Outcome
from ..domain.lifecycle import KIND_LABELS, LABELS, REFUND_LABELS, Actor, Status
from ..domain.rejections import REJECTION_LABELS
from ..domain.talk import OFFER_LABELS, Safety
from ..models import (
    Evidence,
    InspectedPieces,
    Refund,
    ReturnAppeal,
    ReturnDeadline,
    ReturnEvent,
    ReturnMessage,
    ReturnOffer,
    ReturnOfferLine,
    ReturnRequest,
)
from .bundle_money import Json, money
from .bundle_parcels import parcels_of, pickups_of
from .policies import reason_of
from .safety import HELD

FORMAT = "saleor-wechat-returns evidence bundle 1"
SIDES: dict[str, tuple[str, str]] = {
    Actor.CUSTOMER: ("买家", "Customer"),
    Actor.STAFF: ("商家", "Staff"),
    Actor.SYSTEM: ("系统", "System"),
}
# Of staff alone: what they expect of a dispute, and what became of the shop's goods.
STAFFS_EVENTS = ("legal_hold_set", "legal_hold_ended", "restocked")


@dataclass(frozen=True, slots=True)
class Packed:
    """A file of the vault that goes into the bundle under `name`."""

    name: str
    key: str
    size: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Contents:
    """`facts` is for JSON and for the page; times in it are aware datetimes."""

    facts: Json
    files: tuple[Packed, ...]


def contents_of(
    request: ReturnRequest, actor: str, *, now: datetime, with_held: bool = False
) -> Contents:
    """Read everything. Reads only. `with_held`: for whoever wrote what is held back."""
    is_staff = actor == Actor.STAFF
    with_held = with_held or is_staff
    rows = request.evidence.select_related("line").order_by("received_at", "id")
    evidence = [proof(row, number, with_held) for number, row in enumerate(rows, start=1)]
    files = tuple(packed for _, packed in evidence if packed is not None)
    reason = reason_of(request)
    facts: Json = {
        "format": FORMAT,
        "made_at": now,
        "made_for": actor,
        "shop": request.shop.api_url,
        "time_zone": request.shop.time_zone,
        "number": request.number,
        "order_number": request.order.number,
        "kind": request.kind,
        "kind_label": KIND_LABELS[request.kind],
        "status": request.status,
        "status_label": LABELS[Status(request.status)],
        "reason": request.reason,
        "reason_label": (reason.zh, reason.en),
        **_text("note", request.note, request.note_safety, with_held),
        "asked_at": request.created_at,
        **money("promised", request.promised_fen),
        **money("shipping", request.shipping_fen),
        **money("freight", request.freight_fen),
        "rejection_code": request.rejection_code,
        "explanation": request.explanation,
        "lines": [
            _line(part, is_staff)
            for part in request.lines.select_related("line").order_by("line_id")
        ],
        "split_from": request.split_from.number if request.split_from else "",
        "splits": [rest.number for rest in request.splits.order_by("id")],
        "timeline": _timeline(request, is_staff),
        "messages": [_message(row, with_held) for row in request.messages.order_by("id")],
        "offers": [_offer(row) for row in request.offers.order_by("id")],
        "appeals": [_appeal(row, with_held) for row in request.appeals.order_by("id")],
        "deadlines": [
            _deadline(row, with_held)
            for row in request.deadlines.select_related("extension_message").order_by("id")
        ],
        "parcels": parcels_of(request, is_staff=is_staff),
        "pickups": pickups_of(request, is_staff=is_staff),
        "evidence": [told for told, _ in evidence],
        "refunds": [
            _refund(row, is_staff)
            for row in request.refunds.prefetch_related(
                "wechat_refunds", "saleor_requests"
            ).order_by("sequence")
        ],
    }
    return Contents(facts, files)


def _text(name: str, text: str, safety: str, with_held: bool) -> Json:
    is_held = safety in HELD and not with_held
    return {name: "" if is_held else text, f"{name}_is_held_back": is_held}


def _line(part: Any, is_staff: bool) -> Json:
    return {
        "order_line_id": part.line.order_line_id,
        "product": part.line.product_name,
        "variant": part.line.variant_name,
        "sku": part.line.sku,
        "quantity": part.quantity,
        "accepted_quantity": part.accepted_quantity,
        "refused_quantity": part.refused_quantity,
        **money("share", part.share_fen),
        **money("paid", part.paid_fen),
        "inspected": [_found(pieces, is_staff) for pieces in part.inspected.order_by("id")],
    }


def _found(pieces: InspectedPieces, is_staff: bool) -> Json:
    """What staff found, also where an appeal had it looked at anew."""
    told: Json = {
        "quantity": pieces.quantity,
        "outcome": pieces.outcome,
        "outcome_label": OUTCOME_LABELS[Outcome(pieces.outcome)],
        "is_refunded": pieces.is_refunded,
        "disposition": pieces.disposition,
        "inspected_at": pieces.inspected_at,
        "superseded_at": pieces.superseded_at,
    }
    return told | {"note": pieces.note} if is_staff else told


def _timeline(request: ReturnRequest, is_staff: bool) -> list[Json]:
    events: Iterable[ReturnEvent] = request.events.order_by("sequence")
    return [_event(event) for event in events if is_staff or event.kind not in STAFFS_EVENTS]


def _event(event: ReturnEvent) -> Json:
    """`explanation`: what staff wrote to the customer with this very decision."""
    return {
        "at": event.at,
        "kind": event.kind,
        "label": EVENT_LABELS.get(event.kind, (event.kind, event.kind)),
        **_side(event.actor),
        "status": event.status,
        "status_label": LABELS[Status(event.status)],
        "rejection_code": event.data.get("code", ""),
        "rejection_label": REJECTION_LABELS.get(event.data.get("code", "")),
        "explanation": event.data.get("explanation", ""),
        "evidence": len(event.data.get("evidence", ())),
    }


def _message(message: ReturnMessage, with_held: bool) -> Json:
    return {
        "id": str(message.pk),
        "at": message.sent_at,
        **_side(message.actor),
        **_text("text", message.text, message.safety, with_held),
        "wants": [want | {"label": SHOWS_LABELS[want["shows"]]} for want in message.wants],
        "read_at": message.read_at,
    }


def _offer(offer: ReturnOffer) -> Json:
    return {
        "made_at": offer.created_at,
        "kind": offer.kind,
        "kind_label": KIND_LABELS[offer.kind],
        **money("amount", offer.amount_fen),
        **money("shipping", offer.shipping_fen),
        "lines": [
            _offered(part) for part in offer.lines.select_related("line").order_by("line_id")
        ],
        "note": offer.note,
        "expires_at": offer.expires_at,
        "status": offer.status,
        "status_label": OFFER_LABELS[offer.status],
        "ended_at": offer.ended_at,
    }


def _offered(part: ReturnOfferLine) -> Json:
    return {
        "order_line_id": part.line.order_line_id,
        "product": part.line.product_name,
        "variant": part.line.variant_name,
        "quantity": part.quantity,
        **money("amount", part.amount_fen),
    }


def _appeal(appeal: ReturnAppeal, with_held: bool) -> Json:
    return {
        "decision": _event(appeal.decision),
        "made_at": appeal.made_at,
        **_text("text", appeal.text, appeal.safety, with_held),
        "is_granted": appeal.is_granted,
        "resolution": appeal.resolution,
        "resolved_at": appeal.resolved_at,
    }


def _deadline(deadline: ReturnDeadline, with_held: bool) -> Json:
    message = deadline.extension_message
    reason = message.text if message else deadline.extension_reason
    safety = message.safety if message else Safety.PASSED
    return {
        "status": deadline.status,
        "status_label": LABELS[Status(deadline.status)],
        "due_at": deadline.due_at,
        "extended_at": deadline.extended_at,
        **_text("extension_reason", reason, safety, with_held),
        "ended_at": deadline.ended_at,
    }


def proof(row: Evidence, number: int, with_held: bool) -> tuple[Json, Packed | None]:
    """What is told of a picture or video, and its file if it may go along."""
    is_held = row.safety in HELD and not with_held
    is_there = row.status == EvidenceStatus.READY and not is_held
    ending = "mp4" if row.medium == Medium.VIDEO else "jpg"
    name = f"evidence/{number:03d}-{row.shows}-{row.sha256[:8]}.{ending}" if is_there else ""
    told: Json = {
        "number": number,
        "file": name,
        "medium": row.medium,
        "shows": row.shows,
        "label": SHOWS_LABELS[row.shows],
        **_side(row.actor),
        "status": row.status,
        "status_label": STATUS_LABELS[row.status],
        "is_held_back": is_held,
        "received_at": row.received_at,
        "attached_at": row.attached_at,
        "order_line_id": row.line.order_line_id if row.line else "",
        "message": str(row.message_id or ""),
        "is_of_appeal": row.appeal_id is not None,
        # Of the file as it came, which nobody keeps, and of what was made of it and is here.
        "received_sha256": row.sha256,
        "received_size": row.size,
        "sha256": row.shown_sha256,
        "size": row.shown_size,
    }
    if not is_there:
        return told, None
    return told, Packed(name, row.shown_key, row.shown_size or 0, row.received_at)


def _refund(refund: Refund, is_staff: bool) -> Json:
    """What we owed, and every attempt at Saleor and at WeChat Pay to pay it."""
    told: Json = {
        "number": refund.number,
        **money("amount", refund.amount_fen),
        "status": refund.status,
        "status_label": REFUND_LABELS[refund.status],
        "saleor_grant_id": refund.grant_id or "",
        "requested_at": refund.requested_at,
        "succeeded_at": refund.succeeded_at,
        "counted_at": refund.counted_at,
        "settled_at": refund.settled_at,
        "saleor_requests": [
            {"psp_reference": attempt.psp_reference, "ended_at": attempt.ended_at}
            for attempt in sorted(refund.saleor_requests.all(), key=lambda it: it.attempt)
        ],
        "wechat_refunds": [
            {
                "out_refund_no": attempt.out_refund_no,
                "wechat_refund_id": attempt.wechat_refund_id,
                "wechat_transaction_id": attempt.wechat_transaction_id,
                **money("amount", attempt.amount_fen),
                "status": attempt.status,
                "sent_at": attempt.sent_at,
                "success_at": attempt.success_at,
            }
            for attempt in sorted(refund.wechat_refunds.all(), key=lambda it: it.attempt)
        ],
    }
    if is_staff:
        told |= {"failure": refund.failure, "settled_reference": refund.settled_reference}
    return told


def _side(actor: str) -> Json:
    return {"by": actor, "by_label": SIDES[actor]}
