"""List the installed shops: key (as in public URLs), API URL, App id, credentials, troubles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from saleor_wechat_returns import clock
from saleor_wechat_returns.models import ShopApp, WechatMerchant, WechatMiniProgram

# WeChat Pay's own limit is 12 hours; the clock reads every ten.
CERTIFICATES_OLD = timedelta(hours=12)


class Command(BaseCommand):
    help = "List the installed shops: key, Saleor-Api-Url, App id, state; and their credentials."

    def handle(self, *_args: Any, **_given: Any) -> None:
        for app in ShopApp.objects.filter(is_current=True).select_related("shop").order_by("pk"):
            self.stdout.write(f"{app.shop.key}  {app.shop.api_url}  {app.app_id}  {_state(app)}")
            for merchant in WechatMerchant.objects.filter(shop=app.shop).order_by("channel"):
                where = _channel(merchant.channel)
                self.stdout.write(f"  WeChat Pay {merchant} {where}: {_trust(merchant)}")
            for program in WechatMiniProgram.objects.filter(shop=app.shop).order_by("channel"):
                self.stdout.write(f"  mini-program {program} {_channel(program.channel)}")


def _state(app: ShopApp) -> str:
    if app.refused_at is None:
        return "ok"
    return f"refused by Saleor since {app.refused_at:%Y-%m-%d %H:%M} UTC: see docs/runbook.md"


def _channel(slug: str) -> str:
    return f"({slug or 'every channel'})"


def _trust(merchant: WechatMerchant) -> str:
    """By which keys of WeChat Pay it is known, and whether they are fresh."""
    read_at = merchant.certificates_read_at
    if read_at is None:
        return "public key"
    overdue = clock.now() - read_at > CERTIFICATES_OLD
    warning = ", OVERDUE: see `certificates.kept` in the log" if overdue else ""
    return f"platform certificates, read {read_at:%Y-%m-%d %H:%M} UTC{warning}"
