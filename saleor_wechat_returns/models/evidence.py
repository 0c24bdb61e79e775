"""Evidence (凭证): tickets to upload one file each, what is known of it, and every file we keep."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.evidence import EvidenceStatus, Medium, Shows, Trouble
from ..domain.lifecycle import Actor
from ..domain.talk import Safety
from .base import SALEOR_ID, ShopRow
from .ledger import ReturnableLine
from .parcels import UnmatchedParcel
from .returns import ReturnRequest, choices
from .talk import ReturnAppeal, ReturnMessage


class StoredFile(ShopRow):
    """One file in the storage, written down before it is written there.

    Until another row wants it, and from when none does any more, it has a time to be deleted.
    """

    key = models.CharField(max_length=200, unique=True)
    delete_after = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["delete_after"],
                condition=Q(delete_after__isnull=False),
                name="files_to_delete",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class UploadTicket(ShopRow):
    """上传凭据: permission to upload one file, for a few minutes. Its secret is kept nowhere."""

    caller = models.CharField(max_length=SALEOR_ID)  # Viewer.key of whoever asked for it
    actor = models.CharField(max_length=16, choices=choices(Actor))
    medium = models.CharField(max_length=8, choices=choices(Medium))
    shows = models.CharField(max_length=20, choices=choices(Shows), default=Shows.OTHER.value)
    idempotency_key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)  # of what was asked with that key
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    turned_away_at = models.DateTimeField(null=True)  # its file came, and our storage was away

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "caller", "idempotency_key"], name="one_ticket_per_key"
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "caller", "created_at"], name="tickets_of_caller"),
        ]

    def __str__(self) -> str:
        return f"{self.medium} until {self.expires_at:%H:%M}"


class Evidence(ShopRow):
    """One picture or video. Attached once: to a request, and there to a line, message or appeal.

    `original_key` is the file as it came, kept until the worker has made the others from it.
    """

    ticket = models.OneToOneField(UploadTicket, on_delete=models.PROTECT, related_name="evidence")
    caller = models.CharField(max_length=SALEOR_ID)  # Viewer.key of whoever uploaded it
    actor = models.CharField(max_length=16, choices=choices(Actor))
    medium = models.CharField(max_length=8, choices=choices(Medium))
    shows = models.CharField(max_length=20, choices=choices(Shows), default=Shows.OTHER.value)
    status = models.CharField(max_length=12, choices=choices(EvidenceStatus))
    safety = models.CharField(
        max_length=12, choices=choices(Safety), default=Safety.UNCHECKED.value
    )
    received_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)  # of the file as it came
    size = models.BigIntegerField()  # bytes, as it came
    content_type = models.CharField(max_length=40)  # as sniffed, of the file as it came
    original_key = models.CharField(max_length=200, blank=True)
    shown_key = models.CharField(max_length=200, blank=True)  # JPEG or MP4
    thumbnail_key = models.CharField(max_length=200, blank=True)  # JPEG; of a video its poster
    shown_sha256 = models.CharField(max_length=64, blank=True)
    shown_size = models.BigIntegerField(null=True)
    thumbnail_size = models.BigIntegerField(null=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    duration_seconds = models.FloatField(null=True)
    trouble = models.CharField(max_length=20, choices=choices(Trouble), blank=True)
    erased_at = models.DateTimeField(null=True)
    attached_at = models.DateTimeField(null=True)
    request = models.ForeignKey(
        ReturnRequest, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    line = models.ForeignKey(ReturnableLine, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.ForeignKey(
        ReturnMessage, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    appeal = models.ForeignKey(
        ReturnAppeal, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    # The parcel of nobody it shows; kept when that is matched, and `request` known.
    unmatched = models.ForeignKey(
        UnmatchedParcel, on_delete=models.PROTECT, null=True, related_name="evidence"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(request__isnull=False, attached_at__isnull=False)
                | Q(
                    request__isnull=True,
                    attached_at__isnull=True,
                    line__isnull=True,
                    message__isnull=True,
                    appeal__isnull=True,
                ),
                name="attached_evidence_has_its_request",
            ),
            models.CheckConstraint(
                condition=Q(message__isnull=True) | Q(appeal__isnull=True),
                name="evidence_is_of_one_message_or_appeal",
            ),
            models.CheckConstraint(
                condition=~Q(status="ready")
                | (
                    ~Q(shown_key="")
                    & ~Q(thumbnail_key="")
                    & Q(shown_size__isnull=False, thumbnail_size__isnull=False)
                ),
                name="ready_evidence_can_be_shown",
            ),
            models.CheckConstraint(
                condition=~Q(status="erased") | Q(shown_key="", original_key="", thumbnail_key=""),
                name="erased_evidence_is_gone",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "caller", "received_at"], name="evidence_of_caller"),
        ]

    def __str__(self) -> str:
        return f"{self.medium} {self.sha256[:8]}"
