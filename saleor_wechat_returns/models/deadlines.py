"""Until when somebody must act on a return, and what happens then."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ..domain.deadlines import Level, Then, Times
from ..domain.lifecycle import Status
from .base import SALEOR_ID, ShopRow
from .returns import ReturnRequest, choices
from .talk import ReturnMessage


class ReturnDeadline(ShopRow):
    """The deadline of one stay in one status. At most one is open per request.

    Written under the order lock by usecases/deadlines.py and usecases/run_deadlines.py only.
    """

    request = models.ForeignKey(ReturnRequest, on_delete=models.PROTECT, related_name="deadlines")
    status = models.CharField(max_length=20, choices=choices(Status))  # the stay it is of
    # By the rules the request was made under.
    then = models.CharField(max_length=16, choices=choices(Then), default=Then.TELL_STAFF.value)
    due_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    alarm_at = models.DateTimeField(null=True)  # the law's, of goods that are with the shop
    red_at = models.DateTimeField(null=True)
    level = models.CharField(
        max_length=8, choices=choices(Level), default=Level.IN_TIME.value
    )  # as far as the clock has seen it
    next_at = models.DateTimeField(null=True)  # when the clock looks; null: never again
    extension_hours = models.IntegerField(default=0)  # what one extension gives; 0: none
    extended_at = models.DateTimeField(null=True)  # once
    extended_by = models.CharField(max_length=SALEOR_ID, blank=True)
    extension_reason = models.CharField(max_length=500, blank=True)  # of staff
    # Of the customer: he wrote it into the thread.
    extension_message = models.OneToOneField(
        ReturnMessage, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)  # somebody acted, or it ran out

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(ended_at__isnull=True),
                name="one_open_deadline_per_request",
            ),
            models.CheckConstraint(
                condition=Q(extended_at__isnull=True)
                | ~Q(extension_reason="")
                | Q(extension_message__isnull=False),
                name="extension_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(next_at__isnull=True),
                name="ended_deadline_is_left_alone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="deadlines_to_run"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} until {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def times(self) -> Times:
        return Times(self.due_at, self.remind_at, self.alarm_at, self.red_at)

    @property
    def can_be_extended(self) -> bool:
        return self.ended_at is None and self.extended_at is None and self.extension_hours > 0
