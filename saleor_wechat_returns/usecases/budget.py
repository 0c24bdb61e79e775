"""How long somebody who waits is kept waiting, over several calls."""

from __future__ import annotations

import time

from ..domain.errors import ProviderUnavailable

# Too short for any call to have a chance.
SHORTEST_SECONDS = 0.3


class Budget:
    """Seconds for all calls of one request together; real time, whatever clock rows go by."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def spend(self, most: float) -> float:
        """What the next call may take. Raises ProviderUnavailable when nothing is left."""
        left = self._ends_at - time.monotonic()
        if left < SHORTEST_SECONDS:
            raise ProviderUnavailable("no time left for another call")
        return min(most, left)
