"""Say what is in order and what is not: `manage.py doctor`."""

from __future__ import annotations

import json
import logging
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns.usecases.doctor import Finding, Level, examine, level_of, words_of
from saleor_wechat_returns.usecases.shops import ShopUnknown

MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.BROKEN: "✗"}


class Command(BaseCommand):
    help = (
        "Look at everything this service leans on: database, broker, worker, what waits, and"
        " each shop's Saleor, WeChat Pay, mini-program and couriers. Changes nothing; fails if"
        " something is broken."
    )
    # It must be able to say that the database is away.
    requires_system_checks: list[str] = []  # noqa: RUF012 - as Django declares it

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", default="", help="only the shop with this Saleor-Api-Url")
        parser.add_argument("--json", action="store_true", help="one JSON object, for machines")
        parser.add_argument("--strict", action="store_true", help="fail on warnings too")

    def handle(self, *_args: Any, **given: Any) -> None:
        found: list[Finding] = []
        try:
            with _less_talkative():
                for finding in examine(given["shop"]):
                    if not given["json"]:
                        self._tell(finding, found[-1] if found else None)
                    found.append(finding)
        except ShopUnknown as no:
            raise CommandError(str(no)) from no
        count = Counter(level_of(finding) for finding in found)
        if given["json"]:
            self.stdout.write(_as_json(found))
        else:
            self.stdout.write(
                f"\n{count[Level.OK]} ✓  {count[Level.WARNING]} !  {count[Level.BROKEN]} ✗"
            )
        if count[Level.BROKEN] or (given["strict"] and count[Level.WARNING]):
            raise CommandError(
                f"{count[Level.BROKEN]} broken, {count[Level.WARNING]} warnings:"
                " docs/runbook.md, “The doctor”"
            )

    def _tell(self, finding: Finding, before: Finding | None) -> None:
        if before is None or before.shop != finding.shop:
            self.stdout.write(f"\n{finding.shop or '本服务 This service'}")
        words = words_of(finding)
        about = f"[{finding.about}] " if finding.about else ""
        if words.level is Level.OK:
            self._line(f"  ✓ {about}{words.zh}  {words.en}")
            return
        self._line(f"  {MARKS[words.level]} {about}{words.zh}  ({finding.code.name})")
        self._line(f"      {words.en}")
        self._line(f"    → {words.remedy_zh}")
        if words.remedy_en != words.remedy_zh:
            self._line(f"      {words.remedy_en}")

    def _line(self, text: str) -> None:
        """Others' words stand in it: nothing of theirs may move the cursor."""
        self.stdout.write("".join(c if c.isprintable() else " " for c in text))


def _as_json(found: list[Finding]) -> str:
    return json.dumps(
        {
            "worst": _worst(found),
            "findings": [_node(finding) for finding in found],
        },
        ensure_ascii=False,
        indent=1,
    )


def _node(finding: Finding) -> dict[str, Any]:
    words = words_of(finding)
    return {
        "level": words.level,
        "code": finding.code.name,
        "shop": finding.shop,
        "about": finding.about,
        "zh": words.zh,
        "en": words.en,
        "remedy": {"zh": words.remedy_zh, "en": words.remedy_en},
    }


def _worst(found: list[Finding]) -> Level:
    levels = {level_of(finding) for finding in found}
    return max(levels, key=list(Level).index, default=Level.OK)


@contextmanager
def _less_talkative() -> Iterator[None]:
    """The log's lines about each call would stand between the findings."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)
