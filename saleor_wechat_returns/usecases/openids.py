"""An openid in rows: never in clear, and found again by what it is and where it is valid."""

from __future__ import annotations

from ..secretbox import blind_index


def openid_index(appid: str, openid: str) -> str:
    """What stands for the openid in rows. An openid means somebody else in another app."""
    return blind_index(f"openid {appid} {openid}")
