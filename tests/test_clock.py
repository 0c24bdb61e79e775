"""The clock …"""

from __future__ import annotations

from saleor_wechat_returns import tasks
from saleor_wechat_returns.celery import app

OURS = "saleor_wechat_returns."


def test_strikes_every_task_there_is_and_no_other() -> None:
    app.loader.import_task_module(tasks.__name__)
    registered = {name for name in app.tasks if name.startswith(OURS)}

    assert {entry["task"] for entry in app.conf.beat_schedule.values()} == registered


def test_lets_no_late_stroke_pile_up() -> None:
    for entry in app.conf.beat_schedule.values():
        assert entry["options"]["expires"] == entry["schedule"]
