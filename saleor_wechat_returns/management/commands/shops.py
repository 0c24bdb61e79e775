"""List the installed shops: key (as in public URLs), API URL, current App id, and what is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from saleor_wechat_returns.models import ShopApp


class Command(BaseCommand):
    help = "List the installed shops: key, Saleor-Api-Url, App id, state."

    def handle(self, *_args: Any, **_given: Any) -> None:
        for app in ShopApp.objects.filter(is_current=True).select_related("shop").order_by("pk"):
            self.stdout.write(f"{app.shop.key}  {app.shop.api_url}  {app.app_id}  {_state(app)}")


def _state(app: ShopApp) -> str:
    if app.refused_at is None:
        return "ok"
    return f"refused by Saleor since {app.refused_at:%Y-%m-%d %H:%M} UTC: see docs/runbook.md"
