"""The words for evidence (凭证): what it shows, what kind of file it is, how far it is."""

from __future__ import annotations

from enum import StrEnum


class Medium(StrEnum):
    IMAGE = "image"
    VIDEO = "video"


class Shows(StrEnum):
    """What a picture or video is of."""

    GOODS = "goods"  # 商品
    DAMAGE = "damage"  # 破损/问题处
    LABEL = "label"  # 吊牌/水洗标
    PARCEL_SLIP = "parcel_slip"  # 快递单
    PROOF_OF_PURCHASE = "proof_of_purchase"  # 发票/订单截图
    OTHER = "other"  # 其他


class EvidenceStatus(StrEnum):
    STORED = "stored"  # 已上传: kept as it came, shown to nobody yet
    READY = "ready"  # 可查看: made anew, without what told of place and person
    UNREADABLE = "unreadable"  # 无法读取: the sender is asked for another
    ERASED = "erased"  # 已删除: the file is gone, its hash and times stay
