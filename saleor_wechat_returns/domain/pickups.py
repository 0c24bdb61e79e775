"""What a customer is asked and told before a courier comes to the door.

Sources, read 2026-11: PIPL art. 23 (separate consent before another gets name, phone and address);
快递暂行条例 (the courier checks who the sender is, and what is in the parcel).
"""

from __future__ import annotations

from dataclasses import dataclass

# Raised with every change of the words: a consent to other words is none.
WORDS_VERSION = "1"
ID_NOTICE = (
    "快递员上门时须查验寄件人身份并验视物品,请备好本人身份证件,包裹先不要封口。",
    "The courier must check who you are and what is in the parcel: have your ID ready, and leave"
    " the parcel open.",
)


@dataclass(frozen=True, slots=True)
class Consent:
    """单独同意: the words, and their version, which is kept with the booking."""

    version: str
    zh: str
    en: str


def consent_to(provider: str, zh: str, en: str) -> Consent:
    """To handing name, phone and address to this provider, named `zh` and `en`."""
    return Consent(
        version=f"{provider}-{WORDS_VERSION}",
        zh=f"为安排上门取件,我们会把您填写的姓名、电话和取件地址提供给{zh}及其安排的快递公司,"
        "仅用于联系您、上门取件和运送退货商品。您可以不同意,改为自行寄回。",
        en=f"For the pickup your name, phone and address go to {en} and the courier it sends, to"
        " reach you, to fetch the parcel and to carry it, and for nothing else. You may decline,"
        " and send the parcel yourself.",
    )
