"""Compare a day with WeChat Pay's bills and Saleor, now: `manage.py reconcile --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns import clock
from saleor_wechat_returns.domain.differences import KIND_WORDS, DifferenceState
from saleor_wechat_returns.domain.errors import ProviderError
from saleor_wechat_returns.domain.money import Fen, yuan_of_fen
from saleor_wechat_returns.models import Difference, Reconciliation
from saleor_wechat_returns.usecases.reconciliation import (
    NoBills,
    NoSuchMerchant,
    UnderWay,
    latest_day,
    merchant_number,
    reconcile_now,
)
from saleor_wechat_returns.usecases.shops import ShopUnknown, installed_shop

from .add_wechat_merchant import why_not


class Command(BaseCommand):
    help = (
        "Compare a day of a merchant on three sides: WeChat Pay's bills, our rows, Saleor. "
        "The clock does it every morning; doing it again changes nothing that is right. "
        "Ends with an error if something is open."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        parser.add_argument(
            "--day", type=date.fromisoformat, help="YYYY-MM-DD in Beijing; default: the latest"
        )
        parser.add_argument("--mchid", default="", help="where the shop has several merchants")

    def handle(self, *_args: Any, **given: Any) -> None:
        now = clock.now()
        try:
            shop = installed_shop(given["shop"])
            mchid = merchant_number(shop, given["mchid"])
            day = given["day"] or latest_day(now)
            run = reconcile_now(shop, mchid, day, now=now)
        except (ShopUnknown, NoSuchMerchant, NoBills, UnderWay) as no:
            raise CommandError(str(no)) from no
        except ProviderError as no:
            raise CommandError(f"{why_not(no)}. Nothing is lost: run it again.") from no
        self._tell(run)
        open_ones = run.differences.filter(state=DifferenceState.OPEN).count()
        if open_ones:
            raise CommandError(f"{open_ones} differences are open: see docs/runbook.md.")
        self.stdout.write("Everything agrees or is explained.")

    def _tell(self, run: Reconciliation) -> None:
        self.stdout.write(
            f"{run.day} merchant {run.mchid}: {run.payments} payments {_yuan(run.payments_fen)},"
            f" {run.refunds} refunds {_yuan(run.refunds_fen)};"
            f" {run.others} rows of other shops and systems"
        )
        if run.remark:
            self.stdout.write(f"  not compared: {run.remark}")
        for difference in run.differences.exclude(state=DifferenceState.GONE).order_by("pk"):
            self._tell_of(difference)

    def _tell_of(self, difference: Difference) -> None:
        zh, en = KIND_WORDS[difference.kind]
        sides = f"ours {_yuan(difference.ours_fen)}, theirs {_yuan(difference.theirs_fen)}"
        self.stdout.write(
            f"  {difference.state:<9}  {difference.kind:<22}  {difference.number}  {sides}"
        )
        for line in (zh, en, difference.detail, difference.explanation):
            if line:
                self.stdout.write(f"             {line}")


def _yuan(fen: int | None) -> str:
    return "-" if fen is None else f"{yuan_of_fen(Fen(fen))}"
