"""Numbers that we give.

Return numbers are what people read aloud, write on a parcel and type into a search box:
`R` + date of the shop + six random Crockford characters + a check character, for example
R20261123K7M2QXP. The check character catches any single wrong character and nearly every
swap of two neighbours (Luhn's algorithm over 32 symbols).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 6
LENGTH = 1 + 8 + RANDOM_LENGTH + 1

_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def new_return_number(day: date, choose: Callable[[str], str]) -> str:
    """A fresh number for `day`; `choose` picks one character of a string at random."""
    body = f"{day:%Y%m%d}" + "".join(choose(ALPHABET) for _ in range(RANDOM_LENGTH))
    return f"R{body}{_check_character(body)}"


def new_out_trade_no(day: date, choose: Callable[[str], str]) -> str:
    """A fresh order number for WeChat Pay, for example P20261123 and 12 characters.

    At most 32 of its letters and digits; unique among all shops of a merchant by chance alone,
    and by a constraint of ours.
    """
    return f"P{day:%Y%m%d}" + "".join(choose(ALPHABET) for _ in range(12))


def is_out_trade_no(text: str) -> bool:
    """Could we have given this number? Other systems of a merchant have numbers of their own."""
    return bool(re.fullmatch(rf"P[0-9]{{8}}[{ALPHABET}]{{12}}", text))


def read_return_number(text: str) -> str | None:
    """The number a person meant, or None if it cannot be one.

    Forgives lower case, spaces, hyphens, O for 0 and I or L for 1.
    """
    folded = text.strip().upper()
    if not folded.startswith("R"):
        return None
    body = folded[1:].translate(_READ_AS)
    if len(body) != LENGTH - 1 or any(char not in ALPHABET for char in body):
        return None
    return f"R{body}" if _check_character(body[:-1]) == body[-1] else None


def _check_character(body: str) -> str:
    total = 0
    for position, char in enumerate(reversed(body)):
        value = ALPHABET.index(char) * (2 if position % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
