"""What staff find when they open the parcel, piece by piece."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never


class Outcome(StrEnum):
    """What one piece is found to be. Only ACCEPTED is refunded without a word more."""

    ACCEPTED = "accepted"  # 合格
    REFUSED = "refused"  # 不合格: not as the rules want it back
    MISSING = "missing"  # 缺件
    WRONG_ITEM = "wrong_item"  # 商品不符: something else was sent
    DAMAGED_IN_TRANSIT = "damaged_in_transit"  # 运输损坏: the carrier's fault


class Disposition(StrEnum):
    """What becomes of a piece that is here."""

    RESTOCK = "restock"  # 入库
    WRITE_OFF = "write_off"  # 报损
    SEND_BACK = "send_back"  # 退还买家


def refund_of(outcome: Outcome, wish: bool | None, *, shop_carried: bool) -> bool | None:
    """Whether such a piece is refunded; None: staff's wish contradicts what they found.

    Lost or broken on the way: without a wish whoever chose the courier bears it.
    """
    match outcome:
        case Outcome.ACCEPTED:
            return True if wish is not False else None
        case Outcome.REFUSED | Outcome.WRONG_ITEM:
            return False if wish is not True else None
        case Outcome.MISSING | Outcome.DAMAGED_IN_TRANSIT:
            return shop_carried if wish is None else wish
        case _:
            assert_never(outcome)


def dispositions_of(outcome: Outcome, *, is_refunded: bool) -> tuple[Disposition, ...]:
    """What may become of such a piece, the usual first; empty: it is not here.

    What was refunded is the shop's, anything else the customer's.
    """
    if outcome is Outcome.MISSING:
        return ()
    if not is_refunded:
        return (Disposition.SEND_BACK, Disposition.WRITE_OFF)
    if outcome is Outcome.DAMAGED_IN_TRANSIT:
        return (Disposition.WRITE_OFF, Disposition.RESTOCK)
    return (Disposition.RESTOCK, Disposition.WRITE_OFF)


OUTCOME_LABELS: dict[str, tuple[str, str]] = {
    Outcome.ACCEPTED: ("合格", "Accepted"),
    Outcome.REFUSED: ("不合格", "Refused"),
    Outcome.MISSING: ("缺件", "Missing"),
    Outcome.WRONG_ITEM: ("商品不符", "Not the item sold"),
    Outcome.DAMAGED_IN_TRANSIT: ("运输损坏", "Damaged in transit"),
}
DISPOSITION_LABELS: dict[str, tuple[str, str]] = {
    Disposition.RESTOCK: ("入库", "Back into stock"),
    Disposition.WRITE_OFF: ("报损", "Written off"),
    Disposition.SEND_BACK: ("退还买家", "Sent back to the customer"),
}
