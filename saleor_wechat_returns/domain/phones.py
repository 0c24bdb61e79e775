"""Telephone numbers as people and address forms write them, made comparable."""

from __future__ import annotations

import re

SHORTEST = 5
# Mainland mobiles: eleven digits, the first a 1; China is 86.
_CHINA_MOBILE = re.compile(r"(?:00)?86(1[3-9]\d{9})")


# In running text: mobiles as they are or in groups, and numbers with an area code.
_PHONE_IN_TEXT = re.compile(r"(?<!\d)(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8})(?!\d)")


def mask_phones(text: str) -> str:
    """The text with the middle of every Chinese telephone number hidden."""
    return _PHONE_IN_TEXT.sub(lambda found: f"{found[0][:3]}****{found[0][-4:]}", text)


def normal_phone(text: str) -> str:
    """Digits only, a Chinese mobile without its 86; blank for what cannot be a number.

    "+86 138-0013-8000", "0086 13800138000" and "13800138000" become equal. Other countries keep
    their code, and 00 counts as +: a number without code differs from one with it.
    """
    digits = "".join(char for char in text if char in "0123456789")
    found = _CHINA_MOBILE.fullmatch(digits)
    digits = found[1] if found else digits.removeprefix("00")
    return digits if len(digits) >= SHORTEST else ""
