"""Bring the webhooks of installed shops to what this version needs, now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns.models import Shop
from saleor_wechat_returns.usecases.webhook_migration import migrate, migrate_all


class Command(BaseCommand):
    help = "Bring the webhooks of shops that are behind up to date; the clock does it as well."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--look-again", action="store_true", help="also at shops that were up to date"
        )

    def handle(self, *_args: Any, **given: Any) -> None:
        again = given["look_again"]
        found = [migrate(s) for s in Shop.objects.order_by("pk")] if again else migrate_all()
        for migration in found:
            said = ", ".join(migration.done) or "nothing to do"
            self.stdout.write(f"{migration.shop}: {said}")
            if migration.trouble:
                self.stdout.write(f"  not finished: {migration.trouble}")
        unfinished = sum(bool(migration.trouble) for migration in found)
        if unfinished:
            raise CommandError(f"{unfinished} of {len(found)} shops are not up to date.")
        self.stdout.write("Every shop is up to date.")
