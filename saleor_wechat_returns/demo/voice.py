"""What the demo says, and how it looks in a terminal. Colours only where they can be seen."""

from __future__ import annotations

import os
import sys
import time
import unicodedata

_COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ
_CODES = {"grey": "90", "green": "32", "red": "31", "yellow": "33", "blue": "36", "bold": "1"}
# Who speaks: name and colour.
SPEAKERS = {
    "customer": ("李 Li", "blue"),
    "staff": ("客服 Staff", "yellow"),
    "lead": ("主管 Lead", "yellow"),
    "courier": ("快递 Courier", "blue"),
    "saleor": ("Saleor", "grey"),
    "wechat": ("微信支付", "green"),
    "service": ("售后 App", "bold"),
}
_started = [time.monotonic()]


def paint(text: str, colour: str) -> str:
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if _COLOURED else text


def title(text: str) -> None:
    print(f"\n{paint(text, 'bold')}\n", flush=True)


def begin(text: str) -> None:
    """The timeline's title; its seconds count from here."""
    title(text)
    _started[0] = time.monotonic()


def ready(what: str, where: str) -> None:
    print(f"  {paint('✓', 'green')} {what:<40} {paint(where, 'grey')}", flush=True)


def say(who: str, text: str, detail: str) -> None:
    """One line of the timeline: when, who, what; `detail` is for who reads no Chinese."""
    name, colour = SPEAKERS[who]
    at = paint(f"{time.monotonic() - _started[0]:5.1f}s", "grey")
    speaker = paint(_wide(name, 12), colour)
    print(f"  {at}  {speaker}  {_wide(text, 32)}  {paint(detail, 'grey')}", flush=True)


def verdict(checks: dict[str, bool]) -> None:
    print(flush=True)
    for text, holds in checks.items():
        print(f"  {paint('✓', 'green') if holds else paint('✗', 'red')} {text}", flush=True)


def topic(text: str) -> None:
    print(f"\n  {paint(text, 'bold')}", flush=True)


def line(text: str) -> None:
    """To be copied: nothing but the text."""
    print(f"    {text}", flush=True)


def failed(why: str) -> None:
    print(f"\n  {paint('✗', 'red')} {why}", file=sys.stderr, flush=True)


def _wide(text: str, columns: int) -> str:
    """Padded to so many columns; a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
    return text + " " * (columns - taken)
