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


class Trouble(StrEnum):
    """Why nobody can look at a file; `TROUBLE_LABELS` says what its sender can do."""

    BROKEN = "broken"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LONG = "too_long"
    TOO_SLOW = "too_slow"


SHOWS_LABELS: dict[str, tuple[str, str]] = {
    Shows.GOODS: ("商品照片", "The goods"),
    Shows.DAMAGE: ("破损或问题处", "The damage"),
    Shows.LABEL: ("吊牌或水洗标", "The label"),
    Shows.PARCEL_SLIP: ("快递单", "The parcel slip"),
    Shows.PROOF_OF_PURCHASE: ("发票或订单截图", "The proof of purchase"),
    Shows.OTHER: ("其他", "Something else"),
}

STATUS_LABELS: dict[str, tuple[str, str]] = {
    EvidenceStatus.STORED: ("处理中", "Being processed"),
    EvidenceStatus.READY: ("可查看", "Ready"),
    EvidenceStatus.UNREADABLE: ("无法读取", "Unreadable"),
    EvidenceStatus.ERASED: ("已删除", "Erased"),
}

TROUBLE_LABELS: dict[str, tuple[str, str]] = {
    Trouble.BROKEN: (
        "文件已损坏或不完整,请重新拍摄后上传。",
        "The file is broken or incomplete: please take it again.",
    ),
    Trouble.TOO_MANY_PIXELS: (
        "图片尺寸过大,请缩小后重新上传。",
        "The picture has too many pixels: please send a smaller one.",
    ),
    Trouble.TOO_LONG: (
        "视频过长,请剪短后重新上传。",
        "The video is too long: please cut it.",
    ),
    Trouble.TOO_SLOW: (
        "视频处理超时,请剪短或降低分辨率后重新上传。",
        "The video takes too long to convert: please send a shorter or smaller one.",
    ),
}
