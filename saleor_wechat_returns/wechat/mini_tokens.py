"""The access token of a mini-program: kept by the caller, fetched by one at a time.

Owns when a token is still good and who may fetch. Knows neither WeChat nor a database.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

MARGIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class AccessToken:
    value: str = field(repr=False)
    expires_at: datetime


class TokenStore(Protocol):
    """Handed in by the caller; shared by all processes, so that they use one token."""

    def get(self, appid: str) -> AccessToken | None:
        """The token set last, even if it has expired."""

    def set(self, appid: str, token: AccessToken) -> None:
        """Tokens are secrets: encrypted at rest."""

    def locked(self, appid: str) -> AbstractContextManager[object]:
        """Held while a token is fetched: a call leaves meanwhile, so it is no transaction."""


class TokenKeeper:
    """One app's token. Whatever `fetch` raises passes through; the store is then unchanged."""

    def __init__(
        self,
        store: TokenStore,
        appid: str,
        fetch: Callable[[], AccessToken],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._appid = appid
        self._fetch = fetch
        self._now = now

    def current(self) -> str:
        return self._good(self._store.get(self._appid)) or self.renew()

    def renew(self, bad: str = "") -> str:
        """Another token than the bad one. Whoever waited for the lock takes what was fetched."""
        with self._store.locked(self._appid):
            kept = self._good(self._store.get(self._appid))
            if kept and kept != bad:
                return kept
            token = self._fetch()
            self._store.set(self._appid, token)
            return token.value

    def _good(self, token: AccessToken | None) -> str:
        if token is None or token.expires_at - self._now() <= MARGIN:
            return ""
        return token.value
