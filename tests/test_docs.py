"""The docs …"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from saleor_wechat_returns.models.staff import StaffTaskKind
from saleor_wechat_returns.pages import settings_page
from saleor_wechat_returns.settings import SECRETS
from saleor_wechat_returns.usecases.doctor import Code, Finding, Level, level_of

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "saleor_wechat_returns"
CALLS = (ROOT / "docs" / "calls.md").read_text(encoding="utf-8")


def test_tell_staff_what_to_do_for_every_kind_of_task() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")

    assert [kind.name for kind in StaffTaskKind if f"`{kind.name}`" not in runbook] == []


def test_tell_operators_what_to_do_about_everything_the_doctor_finds_wrong() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    bad = [code.name for code in Code if level_of(Finding(code)) is not Level.OK]

    assert [name for name in bad if f"`{name}`" not in runbook] == []


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


def test_tell_of_every_operation_that_saleor_knows() -> None:
    files = (PACKAGE / "saleor" / "operations").glob("*.graphql")
    in_rows = set(re.findall(r"`(\w+)`", "".join(row[0] for row in rows_of(CALLS))))

    for file in files:
        is_sent = not file.read_text(encoding="utf-8").startswith("subscription")
        told = in_rows if is_sent else CALLS.partition("we never send them:")[2]
        assert file.stem in told, file.stem


def test_tell_of_every_call_of_an_adapter() -> None:
    in_rows = "".join(row[0] for row in rows_of(CALLS)) + CALLS.partition("calls nobody")[0][-99:]
    silent = {"windows", "read_booking_callback", "read_tracking_callback", "answer"}
    couriers = methods_of(PACKAGE / "couriers" / "base.py", "Courier")
    calls = [
        *methods_of(PACKAGE / "wechat" / "pay.py", "PayClient"),
        *methods_of(PACKAGE / "wechat" / "bills.py", "BillClient"),
        *methods_of(PACKAGE / "wechat" / "mini.py", "MiniClient"),
        *(name for name in couriers if name not in silent),
        *(n for n in names_in(PACKAGE / "saleor" / "tokens.py") if n.startswith("verify_")),
    ]

    assert [name for name in calls if f"`{name}`" not in in_rows] == []


def test_show_by_tests_that_exist_what_becomes_of_a_call() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", CALLS)
    missing = [(f, name) for f, name in named if name not in names_in(ROOT / "tests" / f)]
    unshown = [row for row in rows_of(CALLS) if not all("::test_" in cell for cell in row[2:])]

    assert len(named) > 100
    assert missing == []
    assert unshown == []


def test_say_where_a_call_comes_from() -> None:
    for row in rows_of(CALLS):
        for file in re.findall(r"`([\w/]+\.py)`", row[1]):
            assert (PACKAGE / file).exists() or (PACKAGE / "usecases" / file).exists(), file


def rows_of(page: str) -> list[list[str]]:
    """The cells of each row of each table of calls: call, from, refused, away, answer lost."""
    lines = [line.strip("|").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    assert {len(cells) for cells in lines} == {5}
    return [cells for cells in lines if cells[0].strip() != "call"]


@cache
def names_in(file: Path) -> frozenset[str]:
    """The functions that a module begins with `def`."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def methods_of(file: Path, name: str) -> list[str]:
    """The public methods of a class."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    (found,) = [it for it in tree.body if isinstance(it, ast.ClassDef) and it.name == name]
    methods = [it.name for it in found.body if isinstance(it, ast.FunctionDef)]
    return [name for name in methods if not name.startswith("_")]
