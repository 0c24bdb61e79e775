"""Move every running deadline of a shop: `manage.py extend_deadlines --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns import clock
from saleor_wechat_returns.domain.deadlines import ACTS
from saleor_wechat_returns.domain.lifecycle import Status
from saleor_wechat_returns.usecases.extend_deadline import LONGEST_REASON, Longer, move_deadlines
from saleor_wechat_returns.usecases.shops import ShopUnknown, installed_shop

MOST_DAYS = 60


class Command(BaseCommand):
    help = (
        "Give everybody more time, because of a holiday or a snowstorm. Each return's history says "
        "why. Doing it again for the same reason moves nothing twice; nothing is made shorter."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        parser.add_argument("--reason", required=True, help="customers and staff read it")
        longer = parser.add_mutually_exclusive_group(required=True)
        longer.add_argument("--days", type=int, help=f"1 to {MOST_DAYS}")
        longer.add_argument(
            "--until", type=date.fromisoformat, help="YYYY-MM-DD: its end, in the shop's time zone"
        )
        parser.add_argument(
            "--status",
            action="append",
            choices=[status.value for status in ACTS],
            help="only these; may be given several times. Default: all that have a deadline",
        )

    def handle(self, *_args: Any, **given: Any) -> None:
        reason = given["reason"].strip()
        if not 1 <= len(reason) <= LONGEST_REASON:
            raise CommandError(f"--reason must be 1 to {LONGEST_REASON} characters.")
        if given["days"] is not None and not 1 <= given["days"] <= MOST_DAYS:
            raise CommandError(f"--days must be 1 to {MOST_DAYS}.")
        try:
            shop = installed_shop(given["shop"])
        except ShopUnknown as no:
            raise CommandError(str(no)) from no
        statuses = [Status(status) for status in given["status"] or ACTS]
        longer = Longer(days=given["days"] or 0, until=given["until"])
        moved = move_deadlines(shop, statuses, longer, reason=reason, now=clock.now())
        self.stdout.write(f"{moved} deadlines were moved.")
