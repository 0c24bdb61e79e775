"""Content safety (内容安全): who was in the mini-program just now, and what WeChat was asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.talk import Safety
from .accounts import BLIND_INDEX
from .base import SALEOR_ID, Row, ShopRow
from .evidence import Evidence
from .returns import ReturnRequest, choices
from .talk import ReturnAppeal, ReturnMessage

TRACE_ID = 96


class WechatPush(Row):
    """What a mini-program's message push (消息推送) is signed and sealed with.

    A mini-program has one address for it, whatever shops sell in it.
    """

    appid = models.CharField(max_length=32, unique=True)
    token_sealed = models.BinaryField()
    # Null: the plain mode (明文模式), which proves little; see wechat/push.py.
    aes_key_sealed = models.BinaryField(null=True)
    sealed_key_id = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.appid


class WechatVisit(ShopRow):
    """Somebody logged in through a mini-program lately.

    WeChat checks content only for an openid that was there within two hours. So it is kept for
    that long, sealed, and then deleted.
    """

    appid = models.CharField(max_length=32)
    openid_index = models.CharField(max_length=BLIND_INDEX)
    openid_sealed = models.BinaryField()
    sealed_key_id = models.CharField(max_length=32)
    visited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "appid", "openid_index"], name="one_visit_per_openid"
            ),
        ]
        indexes = [models.Index(fields=["visited_at"], name="visits_by_age")]

    def __str__(self) -> str:
        return f"{self.appid} {self.visited_at:%H:%M}"


class SafetyCheck(ShopRow):
    """One text or picture that WeChat is asked about: a note, a message, an appeal, or evidence.

    Asked again, it stays the same row and `round` grows: an answer to an earlier round is no
    answer to this one.
    """

    request = models.ForeignKey(  # its note
        ReturnRequest, on_delete=models.PROTECT, null=True, related_name="note_checks"
    )
    message = models.ForeignKey(
        ReturnMessage, on_delete=models.PROTECT, null=True, related_name="checks"
    )
    appeal = models.ForeignKey(
        ReturnAppeal, on_delete=models.PROTECT, null=True, related_name="checks"
    )
    evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, null=True, related_name="checks"
    )
    part = models.IntegerField(default=0)  # of a video: which frame
    media_key = models.CharField(max_length=200, blank=True)  # the JPEG that WeChat may fetch
    media_size = models.BigIntegerField(default=0)  # bytes of it
    caller = models.CharField(max_length=SALEOR_ID)  # Viewer.key of whoever wrote or uploaded it
    appid = models.CharField(max_length=32, blank=True)  # of the latest round
    round = models.IntegerField(default=1)
    outcome = models.CharField(max_length=12, choices=choices(Safety))
    asked_at = models.DateTimeField(null=True)  # WeChat took the picture; its answer is to come
    trace_id = models.CharField(max_length=TRACE_ID, blank=True)
    answered_at = models.DateTimeField(null=True)
    label = models.IntegerField(null=True)  # WeChat's class of content, 100 is in order
    trouble = models.CharField(max_length=200, blank=True)  # why it is unchecked
    quota_ended_at = models.DateTimeField(null=True)  # WeChat said that the day's are used up
    decided_by = models.CharField(max_length=SALEOR_ID, blank=True)  # Saleor's global user id
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(request__isnull=False, message=None, appeal=None, evidence=None)
                | Q(request=None, message__isnull=False, appeal=None, evidence=None)
                | Q(request=None, message=None, appeal__isnull=False, evidence=None)
                | Q(request=None, message=None, appeal=None, evidence__isnull=False),
                name="check_is_of_one_thing",
            ),
            models.UniqueConstraint(fields=["request"], name="one_check_per_note"),
            models.UniqueConstraint(fields=["message"], name="one_check_per_message"),
            models.UniqueConstraint(fields=["appeal"], name="one_check_per_appeal"),
            models.UniqueConstraint(fields=["evidence", "part"], name="one_check_per_picture"),
            models.UniqueConstraint(
                fields=["appid", "trace_id"], condition=~Q(trace_id=""), name="trace_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, outcome=Safety.CHECKING.value)
                | Q(answered_at__isnull=False) & ~Q(outcome=Safety.CHECKING.value),
                name="answered_check_has_its_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["shop", "caller", "-created_at"],
                condition=Q(outcome=Safety.UNCHECKED.value),
                name="unchecked_of_caller",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.trace_id}"
