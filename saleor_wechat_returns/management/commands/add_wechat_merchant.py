"""Give a shop its WeChat Pay credentials: `manage.py add_wechat_merchant --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns.domain.errors import ProviderRejected
from saleor_wechat_returns.usecases.merchants import (
    MerchantInUse,
    MerchantKeys,
    ShopUnknown,
    keep_merchant,
)


class Command(BaseCommand):
    help = "Store a shop's WeChat Pay merchant, sealed; the same channel again replaces it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        parser.add_argument("--channel", default="", help="channel slug; default: all channels")
        parser.add_argument("--mchid", required=True, help="merchant number (商户号)")
        parser.add_argument("--serial-no", required=True, help="serial of the API certificate")
        parser.add_argument(
            "--private-key-file", type=Path, required=True, help="apiclient_key.pem"
        )
        parser.add_argument("--apiv3-key-file", type=Path, required=True, help="APIv3 密钥")
        parser.add_argument("--public-key-id", required=True, help="PUB_KEY_ID_…")
        parser.add_argument("--public-key-file", type=Path, required=True, help="pub_key.pem")

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            keep_merchant(
                given["shop"],
                MerchantKeys(
                    channel=given["channel"],
                    mchid=given["mchid"],
                    serial_no=given["serial_no"],
                    private_key_pem=_text(given["private_key_file"]),
                    apiv3_key=_text(given["apiv3_key_file"]),
                    verifiers={given["public_key_id"]: _text(given["public_key_file"])},
                ),
            )
        except (ShopUnknown, MerchantInUse) as no:
            raise CommandError(str(no)) from no
        except ProviderRejected as unfit:
            raise CommandError(f"{unfit.field}: {unfit.message}") from unfit
        self.stdout.write(f"Merchant {given['mchid']} is stored.")


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise CommandError(f"{file}: {unreadable}") from unreadable
