"""docs/edge_cases.md, and the tests that it names …"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs/edge_cases.md"
NUMBER = re.compile(r"\bEC(\d+)\b")
CASE = re.compile(r"^### EC(\d+): (.+)$", re.M)
SHOWN = re.compile(r"^- \[([^\]]+)\]\(\.\./tests/([^)]+)\)$", re.M)
NOT_YET = "*Not yet.*"
# Each of these must be shown; the others may wait.
MUST_BE_SHOWN = {*range(1, 24), *range(25, 64), 65, 66}


def cases() -> dict[int, str]:
    """Each case of the page, with what stands below its heading."""
    parts = CASE.split(PAGE.read_text(encoding="utf-8"))
    return dict(zip(map(int, parts[1::3]), parts[3::3], strict=True))


def named_on_the_page() -> dict[int, set[tuple[str, str]]]:
    return {
        number: {(path, text) for text, path in SHOWN.findall(body)}
        for number, body in cases().items()
    }


def named_by_tests() -> dict[int, set[tuple[str, str]]]:
    """(file, test as the page writes it) by number; a whole file is written by its own name."""
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        tests = [(it.name, it) for it in functions if it.name.startswith("test_")]
        named: list[tuple[str, ast.Module | ast.FunctionDef]] = [(path.stem, tree), *tests]
        for name, node in named:
            shown = name.removeprefix("test_").replace("_", " ")
            if path != Path(__file__):
                for number in NUMBER.findall(ast.get_docstring(node) or ""):
                    found[int(number)].add((str(path.relative_to(TESTS)), shown))
    return found


def test_name_each_other() -> None:
    on_page = {number: tests for number, tests in named_on_the_page().items() if tests}

    assert on_page == dict(named_by_tests())


def test_leave_no_case_out() -> None:
    assert sorted(cases()) == list(range(1, 67))


def test_say_of_every_case_what_shows_it_or_that_nothing_does() -> None:
    unsaid = {n for n, body in cases().items() if bool(SHOWN.search(body)) == (NOT_YET in body)}

    assert unsaid == set()


def test_show_every_case_that_must_be_shown() -> None:
    assert MUST_BE_SHOWN - set(named_by_tests()) == set()
