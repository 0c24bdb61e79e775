"""One file comes in: a ticket first, then the bytes, once.

A ticket belongs to whoever asked for it, and so does what is uploaded with it, whoever sends the
bytes: its secret is all that the upload proves. The row of the evidence is written after its file
is in the storage, so that no row promises a file that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

import structlog
from django.conf import settings
from django.core.signing import Signer
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare

from .. import outbox
from ..domain.errors import ErrorCode, ProviderUnavailable, Refusal, refuse
from ..domain.evidence import EvidenceStatus, Medium, Shows
from ..domain.file_types import MEDIUM_OF_TYPE, sniff
from ..models import Evidence, Shop, UploadTicket
from .access import Viewer
from .idempotency import digest_of, fault_of_key
from .limits import need_upload_room
from .stored_files import give_up, store, take

log = structlog.get_logger(__name__)

PROCESS = "evidence.process"
# One file at a time in the whole service, whatever shop it is of: decoding is dear.
PROCESS_KEY = "evidence"
# Longer than a customer chooses a picture; an upload begun in time may end later.
LIFETIME = timedelta(minutes=15)
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WantedUpload:
    """`size`: in bytes, if the client knows it: too much is then refused before it is sent."""

    medium: Medium
    shows: Shows
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file as it came, whole, on disk; `head` are its first bytes, `sha256` is of all."""

    file: IO[bytes]
    size: int
    sha256: str
    head: bytes


def most_bytes(medium: str) -> int:
    """The largest file of this medium."""
    is_video = medium == Medium.VIDEO
    most: int = settings.EVIDENCE_VIDEO_MB if is_video else settings.EVIDENCE_PICTURE_MB
    return most * MEGABYTE


def begin_upload(
    viewer: Viewer, wanted: WantedUpload, *, idempotency_key: str, now: datetime
) -> UploadTicket:
    """A ticket for one file. The same key gives the same ticket. Raises Refusal."""
    if fault := fault_of_key(idempotency_key):
        raise Refusal(fault)
    if wanted.size is not None and wanted.size < 1:
        raise refuse(ErrorCode.FILE_EMPTY, "size")
    if wanted.size is not None and wanted.size > most_bytes(wanted.medium):
        raise refuse(ErrorCode.FILE_TOO_LARGE, "size")
    repeated = _ticket_of_key(viewer, idempotency_key, wanted)
    if repeated:
        return repeated
    try:
        with transaction.atomic():
            need_upload_room(viewer, now=now)
            return UploadTicket.objects.create(
                shop=viewer.shop,
                caller=viewer.key,
                actor=viewer.actor,
                medium=wanted.medium,
                shows=wanted.shows,
                idempotency_key=idempotency_key,
                digest=digest_of(wanted),
                expires_at=now + LIFETIME,
                created_at=now,
            )
    except (IntegrityError, Refusal):
        # The same key at the same moment, perhaps the last for which there was room.
        repeated = _ticket_of_key(viewer, idempotency_key, wanted)
        if repeated is None:
            raise
        return repeated


def _ticket_of_key(viewer: Viewer, key: str, wanted: WantedUpload) -> UploadTicket | None:
    found = UploadTicket.objects.filter(shop=viewer.shop, caller__in=viewer.keys)
    ticket = found.filter(idempotency_key=key).order_by("id").first()
    if ticket is not None and ticket.digest != digest_of(wanted):
        raise refuse(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey")
    return ticket


def secret_of(ticket: UploadTicket) -> str:
    """What the upload must bring. Derived, so that a repeated question gets the same answer."""
    return Signer(salt="upload ticket").signature(ticket.pk.hex)


def open_ticket(shop: Shop, ticket_id: UUID, secret: str, *, now: datetime) -> UploadTicket:
    """The ticket, if the secret is its own and it is good for an upload that begins now.

    One that was used is good for a repeat of the same bytes, however late. Raises Refusal.
    """
    ticket = UploadTicket.objects.select_related("shop").filter(shop=shop, pk=ticket_id).first()
    if ticket is None or not constant_time_compare(secret, secret_of(ticket)):
        raise refuse(ErrorCode.NOT_FOUND)
    if ticket.used_at is None and ticket.expires_at <= now:
        raise refuse(ErrorCode.TICKET_EXPIRED)
    return ticket


def receive_upload(ticket: UploadTicket, arrived: Arrived, *, now: datetime) -> Evidence:
    """Keep what arrived as evidence, once: the same bytes again give the same evidence.

    No transaction may be open. Raises Refusal; the ticket can then be used as before.
    """
    repeated = _evidence_of(ticket, arrived)
    if repeated:
        return repeated
    content_type = _type_of(ticket, arrived)
    try:
        key = store(ticket.shop, arrived.file, now=now)
        with transaction.atomic():
            return _keep(ticket, arrived, content_type, key, now)
    except ProviderUnavailable as trouble:
        log.warning("upload.not_stored", ticket=str(ticket.pk), why=str(trouble))
        UploadTicket.objects.filter(pk=ticket.pk).update(turned_away_at=now)
        raise refuse(ErrorCode.STORAGE_UNAVAILABLE) from trouble


def _type_of(ticket: UploadTicket, arrived: Arrived) -> str:
    """By its bytes alone. Raises Refusal."""
    if arrived.size == 0:
        raise refuse(ErrorCode.FILE_EMPTY)
    if arrived.size > most_bytes(ticket.medium):
        raise refuse(ErrorCode.FILE_TOO_LARGE)
    content_type = sniff(arrived.head)
    if content_type is None:
        raise refuse(ErrorCode.FILE_TYPE_UNKNOWN)
    if MEDIUM_OF_TYPE[content_type] != ticket.medium:
        raise refuse(ErrorCode.FILE_OF_OTHER_MEDIUM)
    return content_type


def _keep(
    ticket: UploadTicket, arrived: Arrived, content_type: str, key: str, now: datetime
) -> Evidence:
    ticket = UploadTicket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    twin = Evidence.objects.filter(ticket=ticket).first()
    if twin is not None:
        # The same upload at the same moment: one file is enough.
        give_up(key, now=now)
        return _need_same_bytes(twin, arrived)
    take(key, now=now)
    ticket.used_at = now
    ticket.save(update_fields=["used_at"])
    evidence = Evidence.objects.create(
        shop=ticket.shop,
        ticket=ticket,
        caller=ticket.caller,
        actor=ticket.actor,
        medium=ticket.medium,
        shows=ticket.shows,
        status=EvidenceStatus.STORED,
        received_at=now,
        sha256=arrived.sha256,
        size=arrived.size,
        content_type=content_type,
        original_key=key,
    )
    outbox.put(PROCESS, evidence.pk, shop=ticket.shop, key=PROCESS_KEY, due_at=now)
    log.info("upload.kept", evidence=str(evidence.pk), bytes=arrived.size, type=content_type)
    return evidence


def _evidence_of(ticket: UploadTicket, arrived: Arrived) -> Evidence | None:
    evidence = Evidence.objects.filter(ticket=ticket).first()
    return evidence and _need_same_bytes(evidence, arrived)


def _need_same_bytes(evidence: Evidence, arrived: Arrived) -> Evidence:
    if evidence.sha256 != arrived.sha256:
        raise refuse(ErrorCode.TICKET_USED)
    return evidence
