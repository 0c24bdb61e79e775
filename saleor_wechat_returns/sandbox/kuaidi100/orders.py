"""Orders for a courier at the door (商家寄件), and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .parcels import Parcel, Scan

# What a booking's callback says when its parcel is scanned.
STEP_OF_SCAN = {
    "103": "10",
    "1002": "101",
    "5": "400",
    "3": "13",
    "304": "13",
    "4": "12",
}
COURIER = {"courierName": "张师傅", "courierMobile": "13700000000"}


@dataclass
class Step:
    """`code` is `data.status` of a callback; `more` what else stands in it."""

    at: datetime
    code: str
    more: Mapping[str, str] = field(default_factory=dict)
    is_told: bool = False


@dataclass
class Order:
    task_id: str
    order_id: str
    third_order_id: str
    param: Mapping[str, str]
    parcel: Parcel
    steps: list[Step]
    made_at: datetime
    has_number: bool = True  # known to the shop

    @property
    def status(self) -> str:
        """What was told last, but money."""
        told = [step.code for step in self.steps if step.is_told and step.code not in ("15", "155")]
        return told[-1] if told else "0"

    @property
    def is_collected(self) -> bool:
        return any(step.is_told and step.code == "10" for step in self.steps)

    @property
    def is_over(self) -> bool:
        return self.status in ("9", "99", "11", "610", "13", "12")

    def answer(self) -> dict[str, Any]:
        number = self.parcel.number if self.has_number else None
        return {
            "taskId": self.task_id,
            "orderId": self.order_id,
            "kuaidinum": number,
            "eOrder": "" if number else None,
        }

    def detail(self) -> dict[str, Any]:
        with_courier = any(step.is_told and step.code == "1" for step in self.steps)
        return {
            "taskId": self.task_id,
            "orderId": self.order_id,
            "kuaidicom": self.parcel.company,
            "kuaidinum": self.parcel.number if self.has_number else None,
            "status": int(self.status),
            **(COURIER if with_courier else {}),
        }

    def due(self, now: datetime) -> Iterator[Step]:
        """Steps to be told now, each once."""
        for step in sorted(self.steps, key=lambda it: it.at):
            if not step.is_told and step.at <= now:
                step.is_told = True
                yield step

    def callback(self, step: Step) -> dict[str, Any]:
        """`param` of the callback."""
        if step.code == "0":
            self.has_number = True
        return {
            "kuaidicom": self.parcel.company,
            "kuaidinum": self.parcel.number if self.has_number else None,
            "status": "200",
            "message": "成功",
            "data": {"orderId": self.order_id, "status": int(step.code), **step.more},
        }

    def stop(self, code: str, now: datetime, **more: str) -> None:
        """Nothing more comes of it but this."""
        self.steps = [step for step in self.steps if step.is_told]
        self.steps.append(Step(now, code, more))
        self.parcel.scans.clear()

    def hurry(self, code: str, now: datetime) -> None:
        """Whatever is left until that step happens now; what follows, as much sooner."""
        wanted = next(step for step in self.steps if step.code == code)
        sooner = max(wanted.at - now, timedelta())
        to_come: list[Step | Scan] = [*self.steps, *self.parcel.scans]
        for later in to_come:
            if later.at > now:
                later.at = max(later.at - sooner, now)


def steps_of(
    parcel: Parcel,
    price: Mapping[str, str],
    faults: frozenset[str],
    *,
    now: datetime,
    scale: float,
    has_number: bool,
) -> list[Step]:
    """What becomes of an order; one that comes to nothing leaves its parcel where it is."""

    def after(**time: float) -> datetime:
        return now + timedelta(**time) / scale

    ordered = Step(now if has_number else after(minutes=1), "0")
    accepted = Step(after(minutes=10), "1", COURIER)
    collected = parcel.scans[0].at
    ends_in: list[Step] = []
    if "order_failed" in faults:
        ends_in = [Step(after(minutes=2), "610", {"cancelMsg": "无可用运力"})]
    elif "canceled_by_courier" in faults:
        given_up = Step(after(minutes=20), "99", {"cancelMsg": "无法联系寄件人"})
        ends_in = [ordered, accepted, given_up]
    elif "pickup_failed" in faults:
        in_vain = Step(collected, "11", {**COURIER, "cancelMsg": "寄件人不在家"})
        ends_in = [ordered, accepted, in_vain]
    if ends_in:
        parcel.scans.clear()
        return ends_in
    freight = {"weight": "1.2", "freight": price["price"], "defPrice": price["defPrice"]}
    settled = Step(collected + timedelta(hours=2) / scale, "15", freight)
    scanned = [
        Step(scan.at, STEP_OF_SCAN[scan.code], COURIER if scan.code == "103" else {})
        for scan in parcel.scans
        if scan.code in STEP_OF_SCAN
    ]
    return [ordered, accepted, *scanned, settled]
