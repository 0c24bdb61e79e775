"""What the demo says, and how it looks in a terminal. Colours only where they can be seen."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .stack import Stack

_COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ
_CODES = {"grey": "90", "green": "32", "red": "31", "yellow": "33", "blue": "36", "bold": "1"}
# Who speaks: name and colour.
SPEAKERS = {
    "customer": ("李 Li     ", "blue"),
    "staff": ("客服 Staff", "yellow"),
    "saleor": ("Saleor    ", "grey"),
    "wechat": ("微信支付  ", "green"),
    "service": ("售后 App  ", "bold"),
}
_started = time.monotonic()


def paint(text: str, colour: str) -> str:
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if _COLOURED else text


def title(text: str) -> None:
    print(f"\n{paint(text, 'bold')}\n", flush=True)


def ready(what: str, where: str) -> None:
    print(f"  {paint('✓', 'green')} {what:<34} {paint(where, 'grey')}", flush=True)


def say(who: str, text: str, detail: str = "") -> None:
    """One line of the timeline: when, who, what."""
    name, colour = SPEAKERS[who]
    at = paint(f"{time.monotonic() - _started:5.1f}s", "grey")
    tail = f"  {paint(detail, 'grey')}" if detail else ""
    print(f"  {at}  {paint(name, colour)}  {text}{tail}", flush=True)


def verdict(checks: dict[str, bool]) -> None:
    print(flush=True)
    for text, holds in checks.items():
        print(f"  {paint('✓', 'green') if holds else paint('✗', 'red')} {text}", flush=True)


def addresses(stack: Stack) -> None:
    title("The shop stays open. Try it, and end it with Ctrl-C.")
    endpoint = f"{stack.public_url}/s/{stack.shop_key}/graphql/"
    print(f"  GraphQL API        {endpoint}")
    print(f"  manifest           {stack.public_url}/saleor/manifest/")
    print(f"  simulated Saleor   {stack.saleor_url}")
    print(f"  logs               {stack.logs}")
    print("\n  As Li (her token is good for 8 hours, in this simulation only):\n")
    print(f"  TOKEN={stack.token_of_customer(hours=8)}")
    query = "{ returnRequests { edges { node { number statusLabel lines { productName } } } } }"
    print(
        f"  curl -s {endpoint} -H 'Content-Type: application/json' \\\n"
        f'    -H "Authorization: Bearer $TOKEN" -d \'{{"query": "{query}"}}\'\n',
        flush=True,
    )


def failed(why: str) -> None:
    print(f"\n  {paint('✗', 'red')} {why}", file=sys.stderr, flush=True)
