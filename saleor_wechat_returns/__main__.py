"""`python -m saleor_wechat_returns schema|docs|demo`: what `make` calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent


def write_schema() -> int:
    """schema.graphql: the API as clients see it."""
    _set_up_django()
    from .graphql.schema import schema

    (ROOT / "schema.graphql").write_text(f"{schema}\n", encoding="utf-8")
    return 0


def write_docs() -> int:
    """docs/lifecycle.md and docs/errors.md, from the tables in domain/; docs/settings.md."""
    from .pages import errors_page, lifecycle_page, settings_page

    (ROOT / "docs" / "lifecycle.md").write_text(lifecycle_page(), encoding="utf-8")
    (ROOT / "docs" / "errors.md").write_text(errors_page(), encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    (ROOT / "docs" / "settings.md").write_text(settings_page(example), encoding="utf-8")
    return 0


def play_demo() -> int:
    """The story of one return, on embedded parts and simulated providers."""
    from .demo import main

    return main()


COMMANDS: dict[str, Callable[[], int]] = {
    "schema": write_schema,
    "docs": write_docs,
    "demo": play_demo,
}


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_wechat_returns.settings")
    import django

    django.setup()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python -m saleor_wechat_returns {'|'.join(COMMANDS)}")
    sys.exit(COMMANDS[sys.argv[1]]())
