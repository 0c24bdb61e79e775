"""The docs …"""

from __future__ import annotations

import re
from pathlib import Path

from saleor_wechat_returns.models.staff import StaffTaskKind
from saleor_wechat_returns.pages import settings_page
from saleor_wechat_returns.settings import SECRETS

ROOT = Path(__file__).parents[1]


def test_tell_staff_what_to_do_for_every_kind_of_task() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")

    assert [kind.name for kind in StaffTaskKind if f"`{kind.name}`" not in runbook] == []


def test_explain_every_setting_and_mark_every_secret() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    explained = re.findall(r"^\| `([A-Z_]+)`( 🔒)? \| .+ \| .+ \|$", page, flags=re.MULTILINE)

    assert page == settings_page(example)
    assert [name for name, _ in explained] == re.findall(
        r"^(?:# )?([A-Z_]+)=", example, flags=re.MULTILINE
    )
    assert {name for name, mark in explained if mark} == set(SECRETS)


def test_tell_of_every_command_of_the_operator() -> None:
    told = "".join(
        (ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "docs/runbook.md")
    )
    commands = (ROOT / "saleor_wechat_returns" / "management" / "commands").glob("[a-z]*.py")

    assert [file.stem for file in commands if f"manage.py {file.stem}" not in told] == []
