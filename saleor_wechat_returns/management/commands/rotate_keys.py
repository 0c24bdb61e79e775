"""Seal every stored secret anew with the first key of SECRETS_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns.secretbox import current_key_id
from saleor_wechat_returns.usecases.rotate_keys import rotate_keys


class Command(BaseCommand):
    help = "Seal stored secrets anew with the first key of SECRETS_KEYS; safe to repeat."

    def handle(self, *_args: Any, **_given: Any) -> None:
        done = rotate_keys()
        for columns, rows in sorted(done.sealed.items()):
            self.stdout.write(f"{columns}: {rows} sealed anew")
        for why, rows in sorted(done.unreadable.items()):
            self.stdout.write(f"{rows} unreadable: {why}")
        for key_id, rows in sorted(done.in_use.items()):
            self.stdout.write(f"key {key_id!r} seals {rows}")
        if not done.is_complete:
            raise CommandError(f"Not everything is sealed with {current_key_id()!r} yet.")
        if done.removable:
            keys = ", ".join(map(repr, done.removable))
            self.stdout.write(
                f"{keys} can be removed from SECRETS_KEYS, once every process was restarted with"
                f" {current_key_id()!r} in front and this command says so again."
            )
