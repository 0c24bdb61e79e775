"""发货信息管理 of a shop: `manage.py shipping_info --help`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from saleor_wechat_returns import clock
from saleor_wechat_returns.models import ShippingInfo
from saleor_wechat_returns.usecases.shipping_info_shown import switch
from saleor_wechat_returns.usecases.shops import ShopUnknown, installed_shop


class Command(BaseCommand):
    help = "Say what WeChat was told of a shop's parcels; --on and --off: who tells it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", required=True, help="the shop's Saleor-Api-Url")
        wish = parser.add_mutually_exclusive_group()
        wish.add_argument("--on", action="store_true", help="this service tells WeChat")
        wish.add_argument("--off", action="store_true", help="somebody else does")

    def handle(self, *_args: Any, **given: Any) -> None:
        try:
            shop = installed_shop(given["shop"])
        except ShopUnknown as no:
            raise CommandError(str(no)) from no
        if given["on"] or given["off"]:
            switch(shop, is_on=given["on"], now=clock.now())
        self.stdout.write("on" if shop.tells_shipping else "off")
        rows = ShippingInfo.objects.filter(shop=shop).values_list("status")
        for status, count in rows.annotate(Count("id")).order_by("status"):
            self.stdout.write(f"  {status}: {count}")
