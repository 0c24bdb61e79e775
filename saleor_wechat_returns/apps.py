"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    """Returns and WeChat Pay refunds."""

    name = "saleor_wechat_returns"
    verbose_name = "Returns"

    def ready(self) -> None:
        """Make our Celery app the current one: `shared_task` and `send_task` go through it."""
        from . import celery  # noqa: F401
