"""Hand a customer everything that is kept about him: `manage.py export_customer --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns import clock
from saleor_wechat_returns.domain.errors import ProviderUnavailable
from saleor_wechat_returns.secretbox import UnreadableSecretError
from saleor_wechat_returns.usecases.customers import find_customer
from saleor_wechat_returns.usecases.export_customer import export_customer
from saleor_wechat_returns.usecases.shops import ShopUnknown, installed_shop


class Command(BaseCommand):
    help = "Write everything about one customer of a shop into a ZIP (PIPL art. 45)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        parser.add_argument(
            "--customer",
            required=True,
            help="Saleor's user id (VXNlcjo…), an openid, or the id of a guest's order (T3JkZXI6…)",
        )
        parser.add_argument("--to", type=Path, required=True, help="a ZIP that is not there yet")

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            customer = find_customer(installed_shop(given["shop"]), given["customer"])
            returns = export_customer(customer, given["to"], now=clock.now())
        except (ShopUnknown, ProviderUnavailable, UnreadableSecretError) as no:
            raise CommandError(str(no)) from no
        except OSError as no:
            raise CommandError(f"{given['to']}: {no.strerror}") from no
        self.stdout.write(f"{returns} returns are in {given['to']}.")
