"""Give a shop its WeChat Pay credentials: `manage.py add_wechat_merchant --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from saleor_wechat_returns.domain.errors import ProviderError, ProviderRejected
from saleor_wechat_returns.usecases.merchants import MerchantInUse, MerchantKeys, keep_merchant
from saleor_wechat_returns.usecases.shops import ShopUnknown


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
        parser.add_argument("--public-key-id", help="PUB_KEY_ID_…")
        parser.add_argument("--public-key-file", type=Path, help="pub_key.pem")
        parser.add_argument(
            "--platform-certificates",
            action="store_true",
            help="a merchant without public key (平台证书): WeChat Pay is asked for its"
            " certificates now and by the clock; with both while it changes over",
        )

    def handle(self, *_args: Any, **given: Any) -> None:
        verifiers = _verifiers(given)
        try:
            keep_merchant(
                given["shop"],
                MerchantKeys(
                    channel=given["channel"],
                    mchid=given["mchid"],
                    serial_no=given["serial_no"],
                    private_key_pem=read_secret(given["private_key_file"]),
                    apiv3_key=read_secret(given["apiv3_key_file"]),
                    verifiers=verifiers,
                ),
                has_certificates=given["platform_certificates"],
            )
        except (ShopUnknown, MerchantInUse) as no:
            raise CommandError(str(no)) from no
        except ProviderError as no:
            raise CommandError(why_not(no)) from no
        self.stdout.write(f"Merchant {given['mchid']} is stored.")


def _verifiers(given: dict[str, Any]) -> dict[str, str]:
    number, file = given["public_key_id"], given["public_key_file"]
    if bool(number) != bool(file) or not (number or given["platform_certificates"]):
        raise CommandError(
            "Give --public-key-id with --public-key-file, or --platform-certificates, or all three."
        )
    return {number: read_secret(file)} if number else {}


def why_not(trouble: ProviderError) -> str:
    """In one line: the field at fault, where one is, and WeChat's words."""
    if isinstance(trouble, ProviderRejected) and trouble.field:
        return f"{trouble.field}: {trouble.message}"
    return f"WeChat: {trouble}"


def read_secret(file: Path) -> str:
    """What a file holds, without white space around it. Raises CommandError."""
    try:
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise CommandError(f"{file}: {unreadable}") from unreadable
