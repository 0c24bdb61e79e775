"""What `manage.py doctor --json` answers, as an operator's script would read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any

import httpx
from django.core.management import CommandError, call_command

from saleor_wechat_returns import outgoing
from saleor_wechat_returns.tasks import show_life
from saleor_wechat_returns.usecases.doctor import Code
from tests.returning import enter_address
from tests.usecases import payer
from tests.world import APPID, World

# Of a merchant that nobody has paid, and a push that has told nothing yet.
UNPROVEN = (
    Code.ANSWERS_UNPROVEN.name,
    Code.APIV3_KEY_UNPROVEN.name,
    Code.PUSH_UNPROVEN.name,
)


@dataclass(frozen=True)
class Consultation:
    """`failed` is what the command said as it failed, blank if it did not."""

    findings: list[dict[str, Any]]
    worst: str
    failed: str

    def codes(self, level: str = "") -> list[str]:
        """In the order they were found; of one level, or all."""
        return [it["code"] for it in self.findings if level in ("", it["level"])]

    def bad(self) -> list[tuple[str, str, str]]:
        """Level, code and shop's host of what is not in order, but for what needs a payment."""
        return [
            (it["level"], it["code"], it["shop"].split("/")[2] if it["shop"] else "")
            for it in self.findings
            if it["level"] != "ok" and it["code"] not in UNPROVEN
        ]

    def of(self, code: Code) -> dict[str, Any]:
        (found,) = [it for it in self.findings if it["code"] == code.name]
        return found


def consult(*arguments: str) -> Consultation:
    said, failed = StringIO(), ""
    try:
        call_command("doctor", "--json", *arguments, stdout=said)
    except CommandError as no:
        failed = str(no)
    answer = json.loads(said.getvalue())
    return Consultation(answer["findings"], answer["worst"], failed)


@contextmanager
def mounted(world: World, host: str, transport: httpx.BaseTransport) -> Iterator[None]:
    """Somebody else answers for that host; all others are as ever."""
    with outgoing.mounted({**world.mounts(), f"all://{host}": transport}):
        yield


@contextmanager
def answered_by(world: World, host: str, page: httpx.Response) -> Iterator[None]:
    """Whatever is asked of that host, this is the answer."""
    with mounted(world, host, httpx.MockTransport(lambda _request: page)):
        yield


def set_up_well(world: World, settings: Any) -> None:
    """Settings and shops as they should be, and a worker; nobody has paid yet."""
    settings.SECRET_KEY = "0123456789 a secret key for tests, known to everybody"
    shops = (world.shop, world.other_shop)
    settings.ALLOWED_SALEOR_API_URLS = [shop.saleor.world.api_url for shop in shops]
    for shop in shops:
        shop.saleor.world.automatically_complete = True
        enter_address(shop)
    world.shop.add_push()
    show_life()


def make_healthy(world: World, settings: Any) -> None:
    """Both shops were paid once, too: everything can be proven."""
    set_up_well(world, settings)
    for shop in (world.shop, world.other_shop):
        payer.pay(shop, payer.begin(shop, payer.fill(shop)))
    world.run()
    push_something(world)
    show_life()


def push_something(world: World) -> None:
    """An answer to a check that nobody asked for: it proves the way all the same."""
    world.mini.push(
        {
            "FromUserName": "oTESTplatform",
            "CreateTime": int(world.clock.now.timestamp()),
            "Event": "wxa_media_check",
            "appid": APPID,
            "trace_id": "60f96f1d-3845297a-1976a3ae",
            "errcode": 0,
            "result": {"suggest": "pass", "label": 100},
        }
    )
    world.quiet()
