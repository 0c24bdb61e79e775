"""Reads a QR code as a scanner does, by ISO/IEC 18004: only version 1, letters and digits.

For pictures without damage: nothing is corrected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

SIZE = 21
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
ALPHANUMERIC = 0b0010
FORMAT_MASK = 0b101010000010010
MASKS: tuple[Callable[[int, int], int], ...] = (
    lambda y, x: (y + x) % 2,
    lambda y, _: y % 2,
    lambda _, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
)


def modules(svg: str) -> list[list[bool]]:
    """The dark squares of a picture made of horizontal strokes: `M x y`, `m dx dy`, `h length`."""
    (path,) = re.findall(r'<path[^>]* d="([^"]+)"', svg)
    dark, x, y = set(), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-0-9. ]+)", path):
        to = [float(number) for number in re.findall(r"-?[0-9]*\.?[0-9]+", numbers)]
        if command == "h":
            dark |= {(int(y), int(x) + at) for at in range(int(to[0]))}
            x += to[0]
        else:
            x, y = (to[0], to[1]) if command == "M" else (x + to[0], y + to[1])
    top, left = min(y for y, _ in dark), min(x for _, x in dark)
    assert {max(y for y, _ in dark) - top, max(x for _, x in dark) - left} == {SIZE - 1}
    return [[(y + top, x + left) in dark for x in range(SIZE)] for y in range(SIZE)]


def text_of(svg: str) -> str:
    code = modules(svg)
    corner = [code[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)]
    mask = MASKS[(_number(corner[:5]) ^ FORMAT_MASK >> 10) & 0b111]
    bits = iter([code[y][x] != (mask(y, x) == 0) for y, x in _places()])

    def take(count: int) -> int:
        return _number([next(bits) for _ in range(count)])

    assert take(4) == ALPHANUMERIC
    length = take(9)
    pairs = [divmod(take(11), len(LETTERS)) for _ in range(length // 2)]
    text = "".join(LETTERS[at] for pair in pairs for at in pair)
    return text + (LETTERS[take(6)] if length % 2 else "")


def _places() -> Iterator[tuple[int, int]]:
    """Where data stands, in its order: two columns up, two down, from the right."""
    upward = True
    for right in (20, 18, 16, 14, 12, 10, 8, 5, 3, 1):
        for y in range(SIZE - 1, -1, -1) if upward else range(SIZE):
            for x in (right, right - 1):
                if not _is_fixed(y, x):
                    yield y, x
        upward = not upward


def _is_fixed(y: int, x: int) -> bool:
    """Of a corner or its format, or of the lines between."""
    return 6 in (y, x) or (y < 9 and x < 9) or (y < 9 and x > 12) or (y > 12 and x < 9)


def _number(bits: list[bool]) -> int:
    return int("".join("01"[bit] for bit in bits), 2)
