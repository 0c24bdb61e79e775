"""The walks of tests/make.py, in a real shop: all they need of a shop is `as_li` and `as_clerk`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import make

Walk = Callable[..., dict[str, Any]]

requested: Walk = make.requested
received: Walk = make.received
inspected: Walk = make.inspected
read: Walk = make.read
