"""Which pieces of an order line may be asked for, for which reason, until when; and why not.

One answer serves both what the customer is shown and what is refused afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from .errors import ErrorCode
from .goods import Goods
from .lifecycle import Kind
from .policy import Exclusion, Reason, Rules
from .window import Delivery, last_day, window_ends


class Obstacle(StrEnum):
    """Why nothing of a line can be asked for, or not for a reason. `OBSTACLES` has the words."""

    NOTHING_LEFT = "nothing_left"
    WINDOW_PASSED = "window_passed"
    EXCLUDED = "excluded"
    GIFT_CARD = "gift_card"
    NOT_PAID = "not_paid"


OBSTACLES: dict[Obstacle, tuple[str, str]] = {
    Obstacle.NOTHING_LEFT: (
        "该商品已全部退回,或已在其他售后单中",
        "Every piece came back, or is in another return",
    ),
    Obstacle.WINDOW_PASSED: ("已超过可申请期限", "The return window has passed"),
    Obstacle.EXCLUDED: ("该商品不支持无理由退货", "Not returnable without a fault"),
    Obstacle.GIFT_CARD: (
        "礼品卡不支持退货,请联系客服",
        "A gift card cannot be returned here: please contact the shop",
    ),
    Obstacle.NOT_PAID: ("该订单没有可退的款项", "Nothing was paid on this order"),
}


@dataclass(frozen=True, slots=True)
class Pieces:
    """Of one order line: what could be asked for now if there were no rules."""

    goods: Goods
    unsent: int
    sent: Sequence[Delivery]  # what is free of each parcel
    most: int  # of both together


@dataclass(frozen=True, slots=True)
class Choice:
    """One reason, as it applies to one line at one moment.

    `kinds` of what was sent. `last_day` is the last one on which the reason can be given,
    `ends_at` the first moment after it; None while nothing has reached the customer, or never.
    `exclusion`: why it cannot be given for what was sent.
    """

    pieces: Pieces
    reason: Reason
    kinds: tuple[Kind, ...]
    open_parcels: tuple[Delivery, ...]  # oldest first
    last_day: date | None
    ends_at: datetime | None
    exclusion: Exclusion | None

    def count(self, kind: Kind) -> int:
        """How many pieces may be asked for."""
        if self.pieces.goods.is_gift_card:
            return 0
        sent = sum(part.pieces for part in self.open_parcels) if kind in self.kinds else 0
        unsent = self.unsent if kind is Kind.REFUND_ONLY else 0
        return max(0, min(self.pieces.most, sent + unsent))

    @property
    def unsent(self) -> int:
        """What was never sent is simply not bought, unless it was never to be sent."""
        is_final = self.exclusion is not None and not self.pieces.goods.needs_shipping
        return 0 if is_final else self.pieces.unsent

    @property
    def possible_kinds(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in Kind if self.count(kind))

    @property
    def obstacle(self) -> Obstacle | None:
        """Why no piece may be asked for; None: some may."""
        if self.possible_kinds:
            return None
        if self.pieces.goods.is_gift_card:
            return Obstacle.GIFT_CARD
        if self.pieces.most <= 0:
            return Obstacle.NOTHING_LEFT
        return Obstacle.WINDOW_PASSED if self.exclusion is None else Obstacle.EXCLUDED

    def refusal(self, kind: Kind, quantity: int) -> ErrorCode | None:
        """Why `quantity` pieces, which are there, may not be asked for; None: they may."""
        if quantity <= self.count(kind):
            return None
        if self.pieces.goods.is_gift_card:
            return ErrorCode.GIFT_CARD_NOT_RETURNABLE
        if self.exclusion is not None:
            return ErrorCode.LINE_EXCLUDED
        return ErrorCode.WINDOW_PASSED if kind in self.kinds else ErrorCode.KIND_NOT_ALLOWED

    def parcels_of(self, quantity: int) -> dict[str, int]:
        """Where so many sent pieces come from, by fulfilment: of those in time, the oldest."""
        found: dict[str, int] = {}
        for part in self.open_parcels:
            taken = min(quantity, part.pieces)
            if taken:
                found[part.fulfillment_id] = taken
                quantity -= taken
        return found


def choices(pieces: Pieces, rules: Rules, *, now: datetime, zone: tzinfo) -> tuple[Choice, ...]:
    """Every reason of the rules, in their order. `now`: when the customer's notice was sent."""
    return tuple(choice(pieces, rules, reason, now=now, zone=zone) for reason in rules.reasons)


def choice(pieces: Pieces, rules: Rules, reason: Reason, *, now: datetime, zone: tzinfo) -> Choice:
    """How one of the rules' reasons applies."""
    days = rules.days_of(reason)
    exclusion = None if reason.is_merchants_fault else rules.exclusion_of(pieces.goods)
    parcels = sorted(pieces.sent, key=lambda part: part.day)
    still_open = (part for part in parcels if now < window_ends(part.day, days, zone))
    latest = parcels[-1].day if parcels and exclusion is None else None
    goods_can_come = pieces.goods.needs_shipping
    return Choice(
        pieces=pieces,
        reason=reason,
        kinds=tuple(k for k in reason.kinds if goods_can_come or k is Kind.REFUND_ONLY),
        open_parcels=tuple(still_open) if exclusion is None else (),
        last_day=None if latest is None else last_day(latest, days),
        ends_at=None if latest is None else window_ends(latest, days, zone),
        exclusion=exclusion,
    )
