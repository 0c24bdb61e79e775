"""Why staff may reject a return: a code, and words for the customer, Chinese first."""

from __future__ import annotations

from enum import StrEnum


class RejectionCode(StrEnum):
    """Why a return, or pieces of it, were refused."""

    PAST_WINDOW = "past_window"
    NOT_COVERED = "not_covered"
    NOT_INTACT = "not_intact"
    EVIDENCE_INSUFFICIENT = "evidence_insufficient"
    NOT_FROM_US = "not_from_us"
    NOTHING_RECEIVED = "nothing_received"
    OTHER = "other"


REJECTION_LABELS: dict[RejectionCode, tuple[str, str]] = {
    RejectionCode.PAST_WINDOW: ("超过退货期限", "Past the return window"),
    RejectionCode.NOT_COVERED: ("商品不支持此类退货", "Not returnable for this reason"),
    RejectionCode.NOT_INTACT: ("商品不完好,影响二次销售", "The goods are not intact"),
    RejectionCode.EVIDENCE_INSUFFICIENT: ("凭证不足", "The evidence does not show it"),
    RejectionCode.NOT_FROM_US: ("并非本店商品", "Not an item of this shop"),
    RejectionCode.NOTHING_RECEIVED: ("未收到退货商品", "The goods did not arrive"),
    RejectionCode.OTHER: ("其他原因", "Another reason"),
}
