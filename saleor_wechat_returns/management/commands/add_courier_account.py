"""Give a shop its account with a courier provider: `manage.py add_courier_account --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns import clock
from saleor_wechat_returns.couriers.registry import PROVIDERS
from saleor_wechat_returns.domain.errors import Refusal
from saleor_wechat_returns.usecases.courier_accounts import WantedAccount, keep_account
from saleor_wechat_returns.usecases.shops import ShopUnknown, installed_shop

from .add_wechat_merchant import read_secret


class Command(BaseCommand):
    help = (
        "Store a shop's account with a courier provider, sealed; the same provider again replaces"
        " it. `manage.py doctor` asks the provider whether it takes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        needs = "; ".join(
            f"{it.key}: {', '.join(it.credentials) or 'none'}" for it in PROVIDERS.values()
        )
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        parser.add_argument("--provider", required=True, choices=sorted(PROVIDERS))
        parser.add_argument(
            "--credential",
            action="append",
            default=[],
            metavar="NAME=FILE",
            help=f"a file that holds it; once for each ({needs}); none: those stored stay",
        )
        parser.add_argument(
            "--courier",
            action="append",
            required=True,
            help="who may be sent, the favourite first: jd, yto, zto, sto, yunda, ems, jt …",
        )
        parser.add_argument(
            "--hours", action="append", default=[], help="09:00-11:00; none: the usual hours"
        )
        parser.add_argument("--disabled", action="store_true", help="nothing new is booked with it")

    def handle(self, *_args: Any, **given: Any) -> None:
        credentials = dict(_credential(one) for one in given["credential"])
        try:
            account = keep_account(
                installed_shop(given["shop"]),
                WantedAccount(
                    provider=given["provider"],
                    couriers=tuple(given["courier"]),
                    credentials=credentials or None,
                    hours=tuple(given["hours"]),
                    is_enabled=not given["disabled"],
                ),
                now=clock.now(),
            )
        except ShopUnknown as no:
            raise CommandError(str(no)) from no
        except Refusal as no:
            said = "; ".join(f"{it.field}: {it.code} {it.message}".strip() for it in no.faults)
            raise CommandError(said) from no
        self.stdout.write(f"The account at {account.provider} is stored.")


def _credential(written: str) -> tuple[str, str]:
    name, equals, file = written.partition("=")
    if not name or not equals:
        raise CommandError(f"--credential {name}: NAME=FILE")
    return name, read_secret(Path(file))
