"""Give a shop its mini-program: `manage.py add_mini_program --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns.domain.errors import ProviderError
from saleor_wechat_returns.usecases.shops import ShopUnknown
from saleor_wechat_returns.usecases.wechat_programs import keep_program
from saleor_wechat_returns.usecases.wechat_pushes import push_address
from saleor_wechat_returns.wechat.push import PushKeys

from .add_wechat_merchant import read_secret, why_not


class Command(BaseCommand):
    help = "Store a shop's mini-program, sealed; the same channel again replaces it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        parser.add_argument("--channel", default="", help="channel slug; default: all channels")
        parser.add_argument("--appid", required=True, help="wx…")
        parser.add_argument("--secret-file", type=Path, required=True, help="AppSecret")
        parser.add_argument(
            "--push-token-file", type=Path, help="Token of the message push (消息推送)"
        )
        parser.add_argument(
            "--push-aes-key-file", type=Path, help="its EncodingAESKey, for the safe mode"
        )
        parser.add_argument(
            "--no-check", action="store_true", help="store it without asking WeChat to take it"
        )

    def handle(self, *_args: Any, **given: Any) -> None:
        push = _push_of(given)
        try:
            keep_program(
                given["shop"],
                given["appid"],
                read_secret(given["secret_file"]),
                channel=given["channel"],
                check=not given["no_check"],
                push=push,
            )
        except ShopUnknown as no:
            raise CommandError(str(no)) from no
        except ProviderError as no:
            raise CommandError(why_not(no)) from no
        self.stdout.write(f"Mini-program {given['appid']} is stored.")
        if push is not None:
            self.stdout.write(f"Its message push goes to {push_address(given['shop'])}.")


def _push_of(given: dict[str, Any]) -> PushKeys | None:
    token, key = given["push_token_file"], given["push_aes_key_file"]
    if token is None:
        if key is not None:
            raise CommandError("Give --push-token-file with --push-aes-key-file.")
        return None
    try:
        return PushKeys(given["appid"], read_secret(token), read_secret(key) if key else "")
    except ProviderError as no:
        raise CommandError(why_not(no)) from no
