"""PIPL art. 47: forget one person, as far as no law and no open matter wants otherwise.

Returns wait until they are over and the time of the e-commerce law's art. 31 is over; what is held
for a dispute waits for its end. Whoever runs it again later finishes it. Amounts and numbers stay,
for the books, under a name that nobody can lead back.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from ..domain.evidence import EvidenceStatus
from ..domain.lifecycle import Actor
from ..models import (
    Evidence,
    EvidenceBundle,
    IdempotentCall,
    InspectedPieces,
    Parcel,
    Refund,
    ReturnAppeal,
    ReturnRequest,
    ReverseDelivery,
    SafetyCheck,
    ShippingInfo,
    StaffTask,
    UploadTicket,
    WechatAccount,
    WechatPayment,
    WechatRefund,
    WechatVisit,
)
from ..models.payments import LIVE_PAYMENTS
from ..secretbox import seal
from .bundles import delete_bundle
from .customers import Customer, loose_evidence_of, orders_of, payments_of, returns_of_customer
from .erase_evidence import erase, is_wanted_as_proof
from .forget_parcels import forget, forget_notes
from .locks import lock_order_row, lock_request

log = structlog.get_logger(__name__)

ERASED_NAME = "erased-"  # begins the name that takes the place of a person's
ERASED = "–"  # where a blank would say that there never was a reason
# Of what an event tells: codes, numbers, amounts and times. All else may be somebody's words.
TOLD_FOR_GOOD = frozenset(
    {
        "accepted",
        "address",
        "after",
        "amount_fen",
        "before",
        "by",
        "claim",
        "code",
        "deadline",
        "delivery",
        "due_at",
        "ends_at",
        "evidence",
        "fen",
        "is_granted",
        "line",
        "lost",
        "message",
        "offer",
        "payer",
        "pieces",
        "rest",
        "rule",
        "split_from",
        "starts_at",
        "unmatched",
        "why",
    }
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left for now. `until`: None where nobody knows: an open matter must end first."""

    what: str
    why: str
    until: datetime | None


@dataclass(slots=True)
class Erasure:
    erased: Counter[str] = field(default_factory=Counter)
    kept: list[Kept] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return not self.kept


def erase_customer(customer: Customer, *, now: datetime) -> Erasure:
    """Erase what may be erased now, each thing in a transaction of its own. Safe to repeat."""
    done = Erasure()
    # One name for all rows of this run; nothing remembers whose it was.
    nobody = f"{ERASED_NAME}{secrets.token_hex(8)}"
    for request in returns_of_customer(customer):
        _erase_return(request, customer, nobody, done, now)
    _erase_payments(customer, nobody, done, now)
    _erase_uploads(customer, nobody, done, now)
    _erase_sent(customer, done)
    mine: dict[str, object] = {"shop": customer.shop, "openid_index__in": customer.openid_indexes}
    done.erased["visits"] += WechatVisit.objects.filter(**mine).delete()[0]
    if done.is_complete:  # these go last: by them a later run finds what is left
        done.erased["orders"] += orders_of(customer).exclude(customer_id="").update(customer_id="")
        done.erased["wechat_links"] += WechatAccount.objects.filter(**mine).delete()[0]
    log.info("customer.erased", shop=customer.shop.key, kept=len(done.kept), **done.erased)
    return done


def _erase_return(
    request: ReturnRequest, customer: Customer, nobody: str, done: Erasure, now: datetime
) -> None:
    with transaction.atomic():
        lock_order_row(request.order_id)
        request = lock_request(request.pk)
        if kept := _why_kept(request, now):
            done.kept.append(kept)
            return
        for evidence in request.evidence.select_for_update().order_by("pk"):
            _erase_evidence(evidence, nobody, now)
        for bundle in request.bundles.order_by("pk"):
            delete_bundle(bundle.pk, now=now)
            _forget_caller(EvidenceBundle.objects.filter(pk=bundle.pk), bundle.pk, nobody)
        _erase_words(request, customer, nobody)
        _erase_parcels(request)
        request.note = ""
        request.explanation = ERASED if request.explanation else ""
        request.customer_id = request.openid_index = nobody
        request.save(update_fields=["note", "explanation", "customer_id", "openid_index"])
    done.erased["returns"] += 1


def _why_kept(request: ReturnRequest, now: datetime) -> Kept | None:
    if request.legal_hold:
        return Kept(request.number, "held for a dispute", None)
    if is_wanted_as_proof(request):
        return Kept(request.number, f"still open ({request.status})", None)
    until = request.updated_at + timedelta(days=settings.EVIDENCE_RETENTION_DAYS)
    if until > now:
        return Kept(request.number, "the law wants it kept", until)
    return None


def _erase_words(request: ReturnRequest, customer: Customer, nobody: str) -> None:
    """Whatever the customer, or anybody about him, wrote; and what leads to him."""
    request.messages.update(text="")
    request.messages.filter(actor=Actor.CUSTOMER).update(actor_id="")
    request.offers.update(note="")
    InspectedPieces.objects.filter(line__request=request).update(note="")
    request.tasks.update(detail="", closed_note="")
    appeals = ReturnAppeal.objects.filter(request=request)
    appeals.update(text="")
    appeals.exclude(resolution="").update(resolution=ERASED)
    appeals.exclude(same_person_reason="").update(same_person_reason=ERASED)
    request.deadlines.exclude(extension_reason="").update(extension_reason=ERASED)
    request.deadlines.filter(extended_by__in=customer.keys).update(extended_by=nobody)
    _erase_history(request)
    _forget_accounts(request.refunds.all())
    IdempotentCall.objects.filter(request=request).delete()
    for name in ("request", "message__request", "appeal__request", "evidence__request"):
        SafetyCheck.objects.filter(**{name: request}).update(caller=nobody)


def _erase_history(request: ReturnRequest) -> None:
    """It still says what happened when, and until when there was more time."""
    for event in request.events.order_by("sequence"):
        if event.actor == Actor.CUSTOMER:
            event.actor_id = ""
        event.data = {
            name: value if name in TOLD_FOR_GOOD or not value else ERASED
            for name, value in event.data.items()
        }
        event.save(update_fields=["actor_id", "data"])


def _forget_accounts(refunds: QuerySet[Refund]) -> None:
    """Where the money went; that it went, and under which numbers, stays."""
    refunds.update(settled_note="")
    WechatRefund.objects.filter(refund__in=refunds).update(received_account="")


def _erase_parcels(request: ReturnRequest) -> None:
    """Who handed them over, and all that was told of them."""
    theirs = Q(deliveries__request=request) | Q(outbound__order=request.order_id)
    # One box may hold another return, which needs its number until its own time comes.
    others = ReverseDelivery.objects.exclude(request=request).exclude(
        request__customer_id__startswith=ERASED_NAME
    )
    gone_with_it = Parcel.objects.filter(theirs).exclude(pk__in=others.values("parcel"))
    forget(Parcel.objects.filter(pk__in=gone_with_it.values("pk")))
    forget_notes(request.unmatched.all())
    sealed, key_id = seal("")
    people = ("sender_sealed", "salt_sealed", "courier_name_sealed", "courier_phone_sealed")
    gone = {**dict.fromkeys(people, sealed), "sealed_key_id": key_id}
    request.bookings.update(**gone, provider_ids={}, failure="")


def _erase_evidence(evidence: Evidence, nobody: str, now: datetime) -> None:
    if evidence.status != EvidenceStatus.ERASED:
        erase(evidence, now=now)
    evidence.caller = nobody
    evidence.save(update_fields=["caller"])
    ticket = UploadTicket.objects.filter(pk=evidence.ticket_id)
    _forget_caller(ticket, evidence.ticket_id, nobody)


def _forget_caller(row: QuerySet[Any], pk: UUID, nobody: str) -> None:
    """Keys were each caller's own, and the callers have one name now: the row's id is its key."""
    row.update(caller=nobody, idempotency_key=pk.hex)


def _erase_payments(customer: Customer, nobody: str, done: Erasure, now: datetime) -> None:
    """The payer's openid goes; what was paid stays. What may still be paid needs its payer."""
    sealed, key_id = seal("")
    gone = {"openid_index": nobody, "openid_sealed": sealed, "sealed_key_id": key_id}
    for payment in payments_of(customer):
        if kept := _why_payment_kept(payment, now):
            done.kept.append(kept)
        else:
            WechatPayment.objects.filter(pk=payment.pk).update(**gone)
            ShippingInfo.objects.filter(payment=payment).update(told=[])
            _forget_accounts(payment.refunds.all())
            StaffTask.objects.filter(Q(payment=payment) | Q(refund__taken=payment)).update(
                detail="", closed_note=""
            )
            done.erased["payments"] += 1


def _why_payment_kept(payment: WechatPayment, now: datetime) -> Kept | None:
    if payment.status in LIVE_PAYMENTS:
        return Kept(payment.out_trade_no, "may still be paid", payment.expires_at)
    if payment.success_at is None:
        return None
    until = payment.success_at + timedelta(days=settings.EVIDENCE_RETENTION_DAYS)
    return Kept(payment.out_trade_no, "the law wants it kept", until) if until > now else None


def _erase_sent(customer: Customer, done: Erasure) -> None:
    """Parcels that the shop sent: of those on their way it must hear that they have arrived."""
    sent = Parcel.objects.filter(outbound__order__in=orders_of(customer), deliveries=None)
    for parcel in sent.exclude(waybill_index="").distinct().order_by("id"):
        if parcel.next_look_at is not None:
            done.kept.append(Kept(f"a parcel by {parcel.carrier}", "it is on its way", None))
        else:
            forget(Parcel.objects.filter(pk=parcel.pk))
            done.erased["parcels"] += 1


def _erase_uploads(customer: Customer, nobody: str, done: Erasure, now: datetime) -> None:
    """What belongs to no return."""
    for pk in loose_evidence_of(customer).values_list("pk", flat=True):
        done.erased["uploads"] += _erase_upload(pk, nobody, now)
    tickets = UploadTicket.objects.filter(shop=customer.shop, caller__in=customer.keys)
    tickets.filter(evidence=None).delete()


def _erase_upload(pk: UUID, nobody: str, now: datetime) -> bool:
    with transaction.atomic():
        loose = Evidence.objects.select_for_update().filter(pk=pk, request=None).first()
        if loose is None:  # attached at this moment: it waits with its return
            return False
        _erase_evidence(loose, nobody, now)
        SafetyCheck.objects.filter(evidence=loose).update(caller=nobody)
    return True
