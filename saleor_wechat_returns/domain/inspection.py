"""What staff find when they open the parcel, piece by piece."""

from __future__ import annotations

from enum import StrEnum


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
