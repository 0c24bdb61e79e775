"""A refusal leaves no trace: no row written, nothing queued, nobody called but for a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db.models import Model

from tests.world import World


@contextmanager
def nothing_changes(
    world: World, *, reads: int = 0, permissions: int = 0, but: type[Model] | None = None
) -> Iterator[None]:
    """Fail if the block changes any row, or calls out for more than looks at an order (`reads`)
    and at what staff may do (`permissions`). Rows of `but` may change."""
    calls = _all_calls(world)
    with rows_stay(but):
        yield
    assert _all_calls(world) - calls == Counter({"order": reads, "me": permissions})


@contextmanager
def rows_stay(but: type[Model] | None = None) -> Iterator[None]:
    """Fail if the block changes any row but those of one model; it may ask whom it likes."""
    rows = _all_rows(but)
    yield
    assert _all_rows(but) == rows


def _all_rows(but: type[Model] | None) -> dict[str, list[dict[str, Any]]]:
    models = set(apps.get_app_config("saleor_wechat_returns").get_models()) - {but}
    return {m.__name__: list(m._default_manager.order_by("pk").values()) for m in models}


def _all_calls(world: World) -> Counter[str]:
    asked = [*world.shop.saleor.calls, *world.other_shop.saleor.calls]
    return Counter([call.field for call in asked] + [call.path for call in world.wechat.calls])
