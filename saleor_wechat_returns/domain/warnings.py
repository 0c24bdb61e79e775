"""What is done although it looks wrong, and said."""

from __future__ import annotations

from enum import StrEnum


class Warned(StrEnum):
    """`WARNING_LABELS` has the words people read."""

    WAYBILL_LOOKS_WRONG = "waybill_looks_wrong"
    CARRIER_LOOKS_WRONG = "carrier_looks_wrong"
    WAYBILL_IN_USE = "waybill_in_use"
    PARCEL_UNDER_WAY = "parcel_under_way"


WARNING_LABELS: dict[str, tuple[str, str]] = {
    Warned.WAYBILL_LOOKS_WRONG: (
        "运单号与任何快递公司的格式都不符,请核对",
        "No carrier's numbers look like this: please check it",
    ),
    Warned.CARRIER_LOOKS_WRONG: (
        "运单号与所选快递公司的格式不符,请核对",
        "This carrier's numbers look otherwise: please check both",
    ),
    Warned.WAYBILL_IN_USE: (
        "您的另一售后单已填写此运单号:同一包裹寄回多个售后单的商品时请忽略",
        "Another return of yours names this number: that is fine if both are in one box",
    ),
    Warned.PARCEL_UNDER_WAY: (
        "已有包裹寄往原地址,或已预约按原地址取件寄送",
        "A parcel is under way to the old address, or booked to go there",
    ),
}
