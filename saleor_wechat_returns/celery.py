"""The Celery app: a clock and a pool of threads. PostgreSQL remembers what must not be lost.

Tasks are registered in `tasks.py`. The worker runs with `--pool threads`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from . import message_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_wechat_returns.settings")

message_files.use()

RUN_DEADLINES = "saleor_wechat_returns.run_deadlines"
# More than the second for which Celery lets Redis wait for a message.
BROKER_SECONDS = 2.0


def every(seconds: float, task: str) -> dict[str, Any]:
    """A beat entry whose message expires when the next one is due: late ticks never pile up."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


def _own_folder(folder: Path) -> str:
    """The folder, made if missing; refused if others may read or write the messages in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise ImproperlyConfigured(
            f"The broker's folder {folder} is open to others: chmod 700 it, or set BROKER_DIR."
        )
    return str(folder)


def _filesystem_broker() -> dict[str, str]:
    folder = Path(_own_folder(settings.BROKER_DIR))
    messages = _own_folder(folder / "messages")
    control = _own_folder(folder / "control")
    # One folder in both directions: whoever sends and whoever works share this machine.
    return {"data_folder_in": messages, "data_folder_out": messages, "control_folder": control}


def _transport_options() -> dict[str, Any]:
    """A broker that is away or hangs holds up no customer: it only says "look"."""
    scheme = settings.CELERY_BROKER_URL.partition(":")[0]
    options: dict[str, Any] = {"max_retries": 0}  # of connecting, by whoever sends a message
    if scheme == "filesystem":
        options |= _filesystem_broker()
    if scheme in ("redis", "rediss"):
        options |= {"socket_connect_timeout": BROKER_SECONDS, "socket_timeout": BROKER_SECONDS}
    return options


def _configuration() -> dict[str, Any]:
    return {
        "broker_url": settings.CELERY_BROKER_URL,
        "broker_transport_options": _transport_options(),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # however long it is away
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "timezone": "UTC",
        "worker_hijack_root_logger": False,
        "beat_scheduler": "celery.beat:Scheduler",  # in memory: no file to lose
        "beat_schedule": {
            "drain": every(2, "saleor_wechat_returns.drain"),
            "heartbeat": every(10, "saleor_wechat_returns.heartbeat"),
            "run deadlines": every(2 if settings.CLOCK_SCALE > 1 else 30, RUN_DEADLINES),
            "give deadlines": every(600, "saleor_wechat_returns.give_deadlines"),
            "ask refusing shops": every(300, "saleor_wechat_returns.ask_refusing_shops"),
            "refresh certificates": every(600, "saleor_wechat_returns.refresh_certificates"),
            "migrate webhooks": every(600, "saleor_wechat_returns.migrate_webhooks"),
            "read open orders": every(600, "saleor_wechat_returns.read_open_orders"),
            "look at parcels": every(
                2 if settings.CLOCK_SCALE > 1 else 60, "saleor_wechat_returns.look_at_parcels"
            ),
            "show returns": every(30, "saleor_wechat_returns.show_returns"),
            "reconcile days": every(600, "saleor_wechat_returns.reconcile_days"),
            "delete files": every(60, "saleor_wechat_returns.delete_files"),
            "erase evidence": every(3600, "saleor_wechat_returns.erase_evidence"),
            "forget tries": every(3600, "saleor_wechat_returns.forget_tries"),
            "look at shipping": every(600, "saleor_wechat_returns.look_at_shipping"),
            "forget messages": every(600, "saleor_wechat_returns.forget_messages"),
            "forget parcels": every(3600, "saleor_wechat_returns.forget_parcels"),
            "forget visits": every(600, "saleor_wechat_returns.forget_visits"),
        },
    }


app = Celery("saleor_wechat_returns")
app.add_defaults(_configuration)  # read when first needed: an import makes no folders
app.autodiscover_tasks(["saleor_wechat_returns"])
