"""Forget a customer, as far as the law lets: `manage.py erase_customer --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns import clock
from saleor_wechat_returns.usecases.customers import find_customer
from saleor_wechat_returns.usecases.erase_customer import Kept, erase_customer
from saleor_wechat_returns.usecases.shops import ShopUnknown, installed_shop


class Command(BaseCommand):
    help = (
        "Erase what is personal about one customer of a shop (PIPL art. 47), and say what stays and"
        " until when. Safe to repeat: run it again then."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        parser.add_argument(
            "--customer",
            required=True,
            help="Saleor's user id (VXNlcjo…), an openid, or the id of a guest's order (T3JkZXI6…)",
        )

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            customer = find_customer(installed_shop(given["shop"]), given["customer"])
        except ShopUnknown as no:
            raise CommandError(str(no)) from no
        done = erase_customer(customer, now=clock.now())
        for what, count in sorted(done.erased.items()):
            self.stdout.write(f"{what}: {count} erased")
        for kept in done.kept:
            self.stdout.write(f"{kept.what} stays: {kept.why}, {_until(kept)}")
        self.stdout.write(
            "Nothing personal is left." if done.is_complete else "Run this again for the rest."
        )


def _until(kept: Kept) -> str:
    return f"until {kept.until:%Y-%m-%d}" if kept.until else "until that is over"
