"""A mini-program: its credentials, and who is logged in to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..domain.errors import ProviderRejected, Rejection
from .merchant import ADDRESS

MAIN_HOST = "https://api.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class MiniProgram:
    """One mini-program. Raises ProviderRejected (CONFIGURATION) if it cannot work."""

    appid: str
    secret: str = field(repr=False)
    base_url: str = MAIN_HOST

    def __post_init__(self) -> None:
        for name, pattern in (
            ("appid", r"[0-9A-Za-z]{1,32}"),
            ("secret", r"[!-~]{1,128}"),
            ("base_url", ADDRESS),
        ):
            if not re.fullmatch(pattern, getattr(self, name)):
                message = "The mini-program's settings are incomplete."
                raise ProviderRejected(
                    Rejection.CONFIGURATION, "MINI_PROGRAM_UNUSABLE", message, field=name
                )


@dataclass(frozen=True, slots=True)
class MiniSession:
    """Who logged in. `unionid` only if the app is bound to an open-platform account.

    The session_key that comes along is thrown away: whoever has it can forge the user's data.
    """

    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)
