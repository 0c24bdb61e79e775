"""What of an order could be returned now: the answer before the question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from .. import clock
from ..domain.eligibility import OBSTACLES, Choice, Obstacle
from ..domain.errors import ErrorCode, refuse
from ..domain.lifecycle import Kind
from ..domain.money import Fen
from ..models import ReturnableLine
from .access import Viewer
from .create_return import read_own_order
from .eligibility import Judge, is_paid, judge_of
from .holds import worth
from .ledger import lock_order
from .policies import policy_for, rules_in_force, rules_of
from .texts import is_order_id

# Beyond this the amounts by quantity are left out; nobody chooses 200 of one piece of clothing.
MOST_AMOUNTS = 200


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why nothing can be asked for, for these reasons; words Chinese first."""

    obstacle: Obstacle
    words: tuple[str, str]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Returnable:
    """One line of an order: how many pieces could be asked for now, for what, and their worth.

    `choices`: the reasons that can be given. `amounts_fen[n - 1]` is the exact refund of n pieces.
    """

    line: ReturnableLine
    choices: tuple[Choice, ...]
    obstacles: tuple[WhyNot, ...]
    amounts_fen: tuple[Fen, ...]

    def pieces(self, kind: Kind) -> int:
        """At most, for the reason that allows most."""
        return max((choice.count(kind) for choice in self.choices), default=0)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in Kind if self.pieces(kind))

    @property
    def last_day(self) -> date | None:
        return max((c.last_day for c in self.choices if c.last_day), default=None)

    @property
    def ends_at(self) -> datetime | None:
        return max((c.ends_at for c in self.choices if c.ends_at), default=None)

    @property
    def is_reckoned(self) -> bool:
        """Whether nobody told when a parcel of it was signed for."""
        parcels = self.choices[0].pieces.sent if self.choices else ()
        return any(not parcel.is_signed for parcel in parcels)


def returnable_lines(customer: Viewer, order_id: str) -> list[Returnable]:
    """Every line of the customer's order, read afresh from Saleor. Raises Refusal."""
    if not is_order_id(order_id):
        raise refuse(ErrorCode.MALFORMED, "orderId")
    read = read_own_order(customer, order_id, rules_in_force(customer.shop))
    now = clock.now()
    with transaction.atomic():
        order = lock_order(customer.shop, read)
        lines = list(order.lines.order_by("id"))
        judge = judge_of(order, read, rules_of(policy_for(customer.shop, order.channel)))
        paid = is_paid(order)
    return [_returnable(line, judge, now, paid=paid) for line in lines]


def _returnable(line: ReturnableLine, judge: Judge, now: datetime, *, paid: bool) -> Returnable:
    found = judge.choices(line, now=now)
    if not paid and line.total_fen:
        reasons = tuple(choice.reason.code for choice in found)
        why = WhyNot(Obstacle.NOT_PAID, OBSTACLES[Obstacle.NOT_PAID], reasons)
        return Returnable(line, (), (why,), ())
    possible = tuple(choice for choice in found if choice.obstacle is None)
    most = max((c.count(kind) for c in possible for kind in Kind), default=0)
    return Returnable(
        line=line,
        choices=possible,
        obstacles=_obstacles(found),
        amounts_fen=tuple(worth(line, count) for count in range(1, min(most, MOST_AMOUNTS) + 1)),
    )


def _obstacles(choices: tuple[Choice, ...]) -> tuple[WhyNot, ...]:
    """Each once, with the reasons it stands against."""
    against: dict[tuple[Obstacle, tuple[str, str]], list[str]] = {}
    for choice in choices:
        obstacle = choice.obstacle
        if obstacle is None:
            continue
        words = OBSTACLES[obstacle]
        if obstacle is Obstacle.EXCLUDED and choice.exclusion is not None:
            words = (choice.exclusion.zh, choice.exclusion.en)
        against.setdefault((obstacle, words), []).append(choice.reason.code)
    return tuple(
        WhyNot(obstacle, words, tuple(reasons)) for (obstacle, words), reasons in against.items()
    )
