"""What the rules say about the lines of one order. Reads rows; callers hold the order lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from ..domain.eligibility import Choice, Pieces, choice, choices
from ..domain.errors import ErrorCode, Fault
from ..domain.goods import Goods
from ..domain.lifecycle import Kind, Status
from ..domain.policy import GiftRule, Reason, Rules
from ..domain.positions import WITH_CUSTOMER
from ..domain.window import Delivery, delivery_day, signed_at
from ..models import (
    OutboundDelivery,
    ReturnableLine,
    ReturnableOrder,
    ReturnLine,
    ReturnRequest,
)
from .ledger import Read

# Of these requests nothing came: what they held went back to the customer's right to ask.
CAME_TO_NOTHING = (Status.CANCELED, Status.REJECTED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Judge:
    """The rules, and what of each line they may be applied to."""

    rules: Rules
    order: ReturnableOrder
    goods: Mapping[str, Goods]  # by order line id
    deliveries: Mapping[str, tuple[Delivery, ...]]
    taken: Mapping[UUID, Mapping[str, int]] = field(default_factory=dict)

    def choices(self, line: ReturnableLine, *, now: datetime) -> tuple[Choice, ...]:
        """Every reason of the rules, as it applies to the line."""
        return choices(self._pieces(line), self.rules, now=now, zone=self.order.shop.zone)

    def choice(self, line: ReturnableLine, reason: Reason, *, now: datetime) -> Choice:
        pieces, zone = self._pieces(line), self.order.shop.zone
        return choice(pieces, self.rules, reason, now=now, zone=zone)

    def fault_of_gifts(
        self,
        lines: Iterable[ReturnableLine],
        wanted: Mapping[UUID, int],
        reason: Reason,
        kind: Kind,
        *,
        now: datetime,
    ) -> Fault | None:
        """With the last of the goods the free gifts come back, as far as they may (EC20)."""
        if self.rules.gifts is not GiftRule.COME_BACK or kind is not Kind.RETURN_AND_REFUND:
            return None
        every = list(lines)
        gifts = [line for line in every if self._goods_of(line).is_gift]
        bought = [line for line in every if not self._goods_of(line).is_gift]
        stays = any(line.pieces_left > wanted.get(line.pk, 0) for line in bought)
        if stays or not any(line.pk in wanted for line in bought):
            return None
        missing = tuple(
            gift.order_line_id
            for gift in gifts
            if wanted.get(gift.pk, 0) < self.choice(gift, reason, now=now).count(kind)
        )
        return Fault(ErrorCode.GIFT_MUST_COME_BACK, "lines", lines=missing) if missing else None

    def _goods_of(self, line: ReturnableLine) -> Goods:
        return self.goods.get(line.order_line_id, Goods())

    def _pieces(self, line: ReturnableLine) -> Pieces:
        parcels = self.deliveries.get(line.order_line_id, ())
        return Pieces(
            goods=self._goods_of(line),
            unsent=line.free_unshipped,
            sent=_free(parcels, self.taken.get(line.pk, {}), line.held_shipped + line.kept),
            most=max(
                0,
                min(line.free_shipped + line.free_unshipped, line.quantity - line.assigned_pieces),
            ),
        )


def judge_of(
    order: ReturnableOrder, read: Read, rules: Rules, *, without: ReturnRequest | None = None
) -> Judge:
    """Needs a read with goods. `without`: a return whose own pieces count as free."""
    return Judge(
        rules=rules,
        order=order,
        goods={line.order_line_id: line.goods or Goods() for line in read.facts.lines},
        deliveries=_deliveries(order, read, rules),
        taken=taken_pieces(order, without),
    )


def is_paid(order: ReturnableOrder) -> bool:
    """Whether anything was paid that could be refunded."""
    # `charged_fen` lacks what is on its way back just now; payments lack those of the old API.
    return order.charged_fen > 0 or order.payments.filter(bears_fen__gt=0).exists()


def _deliveries(
    order: ReturnableOrder, read: Read, rules: Rules
) -> dict[str, tuple[Delivery, ...]]:
    """Of every order line, oldest first. What we were told of a signing goes before metadata."""
    zone, window = order.shop.zone, rules.window
    told = dict(
        OutboundDelivery.objects.filter(order=order, signed_at__isnull=False).values_list(
            "fulfillment_id", "signed_at"
        )
    )
    found: dict[str, list[Delivery]] = {}
    for part in read.facts.fulfilled:
        if part.status not in WITH_CUSTOMER:
            continue
        sent = part.fulfillment
        signed = told.get(sent.id) or signed_at(sent.metadata, window.signed_at_keys, zone=zone)
        day = delivery_day(sent.created_at, signed, buffer_days=window.buffer_days, zone=zone)
        delivery = Delivery(sent.id, part.quantity, day, is_signed=signed is not None)
        found.setdefault(part.order_line_id, []).append(delivery)
    return {
        line_id: tuple(sorted(parts, key=lambda part: part.day)) for line_id, parts in found.items()
    }


def taken_pieces(
    order: ReturnableOrder, without: ReturnRequest | None = None
) -> dict[UUID, dict[str, int]]:
    """Pieces still with the customer that other requests hold, or paid for: by line and parcel."""
    parts = ReturnLine.objects.filter(request__order=order, shipped_quantity__gt=0)
    if without is not None:
        parts = parts.exclude(request=without)
    parts = parts.filter(
        Q(request__holds_ended_at=None)
        | Q(request__kind=Kind.REFUND_ONLY) & ~Q(request__status__in=CAME_TO_NOTHING)
    )
    found: dict[UUID, dict[str, int]] = {}
    for part in parts.order_by("id"):
        left = part.shipped_quantity  # an inspection may have given some back
        of_line = found.setdefault(part.line_id, {})
        for fulfillment_id, pieces in part.parcels.items():
            of_line[fulfillment_id] = of_line.get(fulfillment_id, 0) + min(left, pieces)
            left -= min(left, pieces)
    return found


def _free(
    parcels: tuple[Delivery, ...], taken: Mapping[str, int], held: int
) -> tuple[Delivery, ...]:
    """What of each parcel is free. What is held of none of them counts as of the oldest."""
    known = {
        part.fulfillment_id: min(part.pieces, taken.get(part.fulfillment_id, 0)) for part in parcels
    }
    unknown = max(0, held - sum(known.values()))
    free = []
    for part in parcels:
        left = part.pieces - known[part.fulfillment_id]
        gone = min(unknown, left)
        unknown -= gone
        free.append(Delivery(part.fulfillment_id, left - gone, part.day, part.is_signed))
    return tuple(part for part in free if part.pieces)
