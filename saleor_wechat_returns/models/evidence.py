"""Evidence (凭证): tickets to upload one file each, and what is known of a file in storage."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.evidence import EvidenceStatus, Medium, Shows
from ..domain.lifecycle import Actor
from ..domain.talk import Safety
from .base import SALEOR_ID, ShopRow
from .returns import ReturnLine, ReturnRequest, choices
from .talk import ReturnAppeal, ReturnMessage


class UploadTicket(ShopRow):
    """上传凭据: permission to upload one file, for a few minutes."""

    caller = models.CharField(max_length=SALEOR_ID)  # Viewer.key of whoever asked for it
    actor = models.CharField(max_length=16, choices=choices(Actor))
    medium = models.CharField(max_length=8, choices=choices(Medium))
    secret_digest = models.CharField(max_length=64, unique=True)  # the secret itself is not kept
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
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
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    duration_seconds = models.FloatField(null=True)
    trouble = models.CharField(max_length=500, blank=True)  # why it is unreadable
    erased_at = models.DateTimeField(null=True)
    attached_at = models.DateTimeField(null=True)
    request = models.ForeignKey(
        ReturnRequest, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    line = models.ForeignKey(
        ReturnLine, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    message = models.ForeignKey(
        ReturnMessage, on_delete=models.PROTECT, null=True, related_name="evidence"
    )
    appeal = models.ForeignKey(
        ReturnAppeal, on_delete=models.PROTECT, null=True, related_name="evidence"
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
                condition=~Q(status="ready") | ~Q(shown_key=""), name="ready_evidence_can_be_shown"
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
