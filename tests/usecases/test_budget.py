"""A budget for somebody who waits …"""

from __future__ import annotations

import pytest

from saleor_wechat_returns.domain.errors import ProviderUnavailable
from saleor_wechat_returns.usecases.budget import Budget


def test_gives_a_call_what_it_wants_while_there_is_enough() -> None:
    assert Budget(5).spend(2.0) == 2.0


def test_gives_a_call_what_is_left() -> None:
    assert 0.9 < Budget(1).spend(2.0) <= 1.0


def test_lets_nobody_begin_what_cannot_end() -> None:
    with pytest.raises(ProviderUnavailable, match="no time left"):
        Budget(0.2).spend(2.0)
