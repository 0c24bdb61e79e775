"""Until when somebody must act on a return, and what happens if nobody does.

Hours are the shop's (its policy). Only times are worked out here: rows and clock are elsewhere.
docs/decisions/0015-deadlines.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .lifecycle import Kind, Status

LONGEST_HOURS = 24 * 365
# The money must be back within seven days of the goods; after fifteen it counts as delayed on
# purpose. Source: Consumer Protection Law art. 25; Penalty rules art. 9; read 2026-11.
LAWFUL_HOURS = 24 * 7
DELAY_HOURS = 24 * 15


class Acts(StrEnum):
    """Whom a deadline is for."""

    CUSTOMER = "customer"  # 买家
    STAFF = "staff"  # 商家
    COURIER = "courier"  # 快递


class Then(StrEnum):
    """What the clock does when the time is over."""

    TELL_STAFF = "tell_staff"  # a task; the return stays where it is
    APPROVE = "approve"
    BACK_TO_STAFF = "back_to_staff"
    CANCEL = "cancel"
    CLOSE = "close"
    REFUND = "refund"  # what the inspection gave


class Level(StrEnum):
    """How late it is. ALARM and RED are the law's, for goods that are with the shop."""

    IN_TIME = "in_time"
    OVERDUE = "overdue"
    ALARM = "alarm"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRules:
    """Hours for each stay; a reminder's are counted from the beginning too, 0: none.

    Raises ValueError for hours that make no sense together.
    """

    review_hours: int = 48
    # Kinds that the clock approves when nobody has decided; of all others staff are told.
    # REFUND_ONLY pays at once, so it must be named.
    approve_overdue: tuple[Kind, ...] = ()
    answer_hours: int = 72
    answer_reminder_hours: int = 48
    send_hours: int = 24 * 7
    send_reminder_hours: int = 24 * 5
    pickup_hours: int = 24 * 4
    transit_hours: int = 24 * 10
    inspection_hours: int = 48
    inspection_alarm_hours: int = LAWFUL_HOURS
    inspection_red_hours: int = DELAY_HOURS
    agree_hours: int = 48  # to what the inspection lowered; within the law's seven days
    agree_reminder_hours: int = 24
    appeal_hours: int = 24 * 7
    appeal_reminder_hours: int = 24 * 5
    appeal_decision_hours: int = 48
    extension_hours: int = 72  # once for each deadline of the customer's; 0: never

    def __post_init__(self) -> None:
        stays = (
            ("review_hours", self.review_hours),
            ("answer_hours", self.answer_hours),
            ("send_hours", self.send_hours),
            ("pickup_hours", self.pickup_hours),
            ("transit_hours", self.transit_hours),
            ("inspection_hours", self.inspection_hours),
            ("agree_hours", self.agree_hours),
            ("appeal_hours", self.appeal_hours),
            ("appeal_decision_hours", self.appeal_decision_hours),
        )
        for name, hours in stays:
            if not 1 <= hours <= LONGEST_HOURS:
                raise ValueError(f"{name} must be 1 to {LONGEST_HOURS}")
        reminders = (
            ("answer_reminder_hours", self.answer_reminder_hours, self.answer_hours),
            ("send_reminder_hours", self.send_reminder_hours, self.send_hours),
            ("agree_reminder_hours", self.agree_reminder_hours, self.agree_hours),
            ("appeal_reminder_hours", self.appeal_reminder_hours, self.appeal_hours),
        )
        for name, hours, end in reminders:
            if not 0 <= hours < end:
                raise ValueError(f"{name} must be before the end of its {end} hours")
        if not 0 <= self.extension_hours <= LONGEST_HOURS:
            raise ValueError(f"extension_hours must be 0 to {LONGEST_HOURS}")
        if not self.inspection_hours <= self.inspection_alarm_hours <= LAWFUL_HOURS:
            raise ValueError("inspection_alarm_hours must be within seven days, as the law has it")
        if self.agree_hours > LAWFUL_HOURS:
            raise ValueError("agree_hours must be within seven days, as the law has it")
        if not self.inspection_alarm_hours <= self.inspection_red_hours <= DELAY_HOURS:
            raise ValueError("inspection_red_hours must be within fifteen days, as the law has it")


# Who must act in each status that has a deadline.
ACTS: dict[Status, Acts] = {
    Status.REQUESTED: Acts.STAFF,
    Status.AWAITING_CUSTOMER: Acts.CUSTOMER,
    Status.APPROVED: Acts.CUSTOMER,
    Status.AWAITING_PICKUP: Acts.COURIER,
    Status.IN_TRANSIT: Acts.COURIER,
    Status.RECEIVED: Acts.STAFF,
    Status.INSPECTED: Acts.CUSTOMER,
    Status.REJECTED: Acts.CUSTOMER,
    Status.APPEALED: Acts.STAFF,
}


@dataclass(frozen=True, slots=True)
class Stay:
    """The rules of one stay in one status; hours from its beginning, 0: none."""

    then: Then
    hours: int
    reminder_hours: int = 0
    alarm_hours: int = 0
    red_hours: int = 0
    extension_hours: int = 0


@dataclass(frozen=True, slots=True)
class Times:
    """When a stay's deadline is, and what is to be noticed before and after it."""

    due_at: datetime
    remind_at: datetime | None = None
    alarm_at: datetime | None = None
    red_at: datetime | None = None

    def level(self, now: datetime) -> Level:
        if self.red_at is not None and now >= self.red_at:
            return Level.RED
        if self.alarm_at is not None and now >= self.alarm_at:
            return Level.ALARM
        return Level.OVERDUE if now >= self.due_at else Level.IN_TIME

    def next_look(self, now: datetime, *, reminded: bool) -> datetime | None:
        """The first moment after `now` at which there is something to do; None: never again."""
        wanted = [self.due_at, self.alarm_at, self.red_at]
        if not reminded:
            wanted.append(self.remind_at)
        return min((at for at in wanted if at is not None and at > now), default=None)

    def later(self, by: timedelta) -> Times:
        """Moved, by an extension or to an offer's end. What the law says does not move."""
        remind_at = self.remind_at and self.remind_at + by
        return Times(self.due_at + by, remind_at, self.alarm_at, self.red_at)


def stay_of(rules: DeadlineRules, status: Status, kind: Kind, *, has_parcel: bool) -> Stay | None:
    """What happens in this status and when; None where nobody's time runs."""
    longer = rules.extension_hours
    match status:
        case Status.REQUESTED:
            then = Then.APPROVE if kind in rules.approve_overdue else Then.TELL_STAFF
            return Stay(then, rules.review_hours)
        case Status.AWAITING_CUSTOMER:
            reminder = rules.answer_reminder_hours
            return Stay(Then.BACK_TO_STAFF, rules.answer_hours, reminder, extension_hours=longer)
        case Status.APPROVED:
            # Whoever has sent the goods is never canceled: somebody must look for the parcel.
            then = Then.TELL_STAFF if has_parcel else Then.CANCEL
            reminder = rules.send_reminder_hours
            return Stay(then, rules.send_hours, reminder, extension_hours=longer)
        case Status.AWAITING_PICKUP:
            return Stay(Then.TELL_STAFF, rules.pickup_hours)
        case Status.IN_TRANSIT:
            return Stay(Then.TELL_STAFF, rules.transit_hours)
        case Status.RECEIVED:
            return Stay(
                Then.TELL_STAFF,
                rules.inspection_hours,
                alarm_hours=rules.inspection_alarm_hours,
                red_hours=rules.inspection_red_hours,
            )
        case Status.INSPECTED:
            reminder = rules.agree_reminder_hours
            return Stay(Then.REFUND, rules.agree_hours, reminder, extension_hours=longer)
        case Status.REJECTED:
            reminder = rules.appeal_reminder_hours
            return Stay(Then.CLOSE, rules.appeal_hours, reminder, extension_hours=longer)
        case Status.APPEALED:
            return Stay(Then.TELL_STAFF, rules.appeal_decision_hours)
        case _:
            return None


def times_of(stay: Stay, *, since: datetime, scale: int = 1) -> Times:
    """The stay's moments, if it begins at `since`. `scale`: how often faster than real hours."""

    def at(hours: int) -> datetime | None:
        return since + span(hours, scale=scale) if hours else None

    due_at = since + span(stay.hours, scale=scale)
    return Times(due_at, at(stay.reminder_hours), at(stay.alarm_hours), at(stay.red_hours))


def span(hours: int, *, scale: int = 1) -> timedelta:
    """So many hours, made short where a shop tries things out."""
    return timedelta(hours=hours) / scale


ACTS_LABELS: dict[Acts, tuple[str, str]] = {
    Acts.CUSTOMER: ("买家", "The customer"),
    Acts.STAFF: ("商家", "The shop"),
    Acts.COURIER: ("快递", "The courier"),
}
LEVEL_LABELS: dict[Level, tuple[str, str]] = {
    Level.IN_TIME: ("未逾期", "In time"),
    Level.OVERDUE: ("已逾期", "Overdue"),
    Level.ALARM: ("已超过法定退款期限(7 天)", "Past the seven days that the law gives"),
    Level.RED: ("已超过 15 天,视为故意拖延", "Past fifteen days: the law calls it deliberate"),
}
# What both sides read before it happens.
THEN_LABELS: dict[tuple[Status, Then], tuple[str, str]] = {
    (Status.REQUESTED, Then.TELL_STAFF): (
        "逾期未审核,将催促商家尽快处理",
        "If it is not decided by then, the shop is urged to decide",
    ),
    (Status.REQUESTED, Then.APPROVE): (
        "逾期未审核,系统将自动同意",
        "If it is not decided by then, it is approved by itself",
    ),
    (Status.AWAITING_CUSTOMER, Then.BACK_TO_STAFF): (
        "逾期未处理,未接受的方案失效,由商家继续审核",
        "If nothing comes by then, an open offer is over and the shop decides",
    ),
    (Status.APPROVED, Then.CANCEL): (
        "逾期未寄回,售后单将自动撤销",
        "If nothing is sent by then, the return is canceled",
    ),
    (Status.APPROVED, Then.TELL_STAFF): (
        "逾期未更新物流,将由商家核实",
        "If nothing is heard of the parcel by then, the shop looks for it",
    ),
    (Status.AWAITING_PICKUP, Then.TELL_STAFF): (
        "逾期未取件,将由商家核实",
        "If it has not been fetched by then, the shop asks the courier",
    ),
    (Status.IN_TRANSIT, Then.TELL_STAFF): (
        "逾期未送达,将由商家核实物流",
        "If it has not arrived by then, the shop looks for the parcel",
    ),
    (Status.RECEIVED, Then.TELL_STAFF): (
        "逾期未验货,将催促商家尽快验货退款",
        "If it is not inspected by then, the shop is urged to inspect and refund",
    ),
    (Status.INSPECTED, Then.REFUND): (
        "逾期未处理,将按验货结果退款",
        "If nothing comes by then, what the inspection gave is refunded",
    ),
    (Status.REJECTED, Then.CLOSE): (
        "逾期未申诉,售后单将关闭",
        "If nobody appeals by then, the return is closed",
    ),
    (Status.APPEALED, Then.TELL_STAFF): (
        "逾期未答复,将催促商家尽快处理",
        "If it is not decided by then, the shop is urged to decide",
    ),
}
