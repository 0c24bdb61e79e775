"""What stands for an openid in rows …"""

from __future__ import annotations

from saleor_wechat_returns.models.accounts import BLIND_INDEX
from saleor_wechat_returns.usecases.openids import openid_index


def test_is_the_same_for_the_same_person_in_the_same_app() -> None:
    assert openid_index("wx1", "openid-of-li") == openid_index("wx1", "openid-of-li")


def test_differs_by_app_and_by_person() -> None:
    known = {openid_index(app, who) for app in ("wx1", "wx2") for who in ("li", "wang")}

    assert len(known) == 4


def test_does_not_say_who_it_is_and_fits_its_column() -> None:
    found = openid_index("wx1", "openid-of-li")

    assert "openid-of-li" not in found
    assert len(found) == BLIND_INDEX
