"""Show a shop's rules about returns, or put a file in force: `manage.py return_policy --help`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns import clock
from saleor_wechat_returns.domain.error_words import MEANINGS
from saleor_wechat_returns.domain.errors import Refusal
from saleor_wechat_returns.usecases.policies import (
    current_policy,
    latest_of,
    rules_of,
    write_rules,
)
from saleor_wechat_returns.usecases.policy_versions import keep_rules, parse_rules
from saleor_wechat_returns.usecases.shops import ShopUnknown, installed_shop


class Command(BaseCommand):
    help = "Show a shop's rules about returns as JSON; with --load, put those of a file in force."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        parser.add_argument("--channel", default="", help="channel slug; default: all channels")
        parser.add_argument("--load", type=Path, help="a JSON file; open returns stay as they are")
        parser.add_argument("--shipped", action="store_true", help="show the rules as shipped")

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            shop = installed_shop(given["shop"])
        except ShopUnknown as no:
            raise CommandError(str(no)) from no
        channel = given["channel"]
        if given["load"] is None:
            row = None if given["shipped"] else current_policy(shop, channel)
            shown = write_rules(rules_of(row))
            self.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2))
            return
        latest = latest_of(shop, channel)
        try:
            row = keep_rules(
                shop,
                channel,
                parse_rules(_read(given["load"])),
                expected_version=latest.version if latest else 0,
                now=clock.now(),
            )
        except Refusal as no:
            lines = (f"{f.field}: {f.message or MEANINGS[f.code][1]}" for f in no.faults)
            raise CommandError("\n".join(lines)) from no
        self.stdout.write(
            f"Version {row.version} is in force for {row.channel or 'every channel'}."
        )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise CommandError(f"{path}: {wrong}") from wrong
