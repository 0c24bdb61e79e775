"""The docs …"""

from __future__ import annotations

from pathlib import Path

from saleor_wechat_returns.models.staff import StaffTaskKind

ROOT = Path(__file__).parents[1]


def test_tell_staff_what_to_do_for_every_kind_of_task() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")

    assert [kind.name for kind in StaffTaskKind if f"`{kind.name}`" not in runbook] == []
