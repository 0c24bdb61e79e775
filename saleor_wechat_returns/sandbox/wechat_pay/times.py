"""Times as WeChat Pay writes them: Beijing's, to the second, with the offset."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def beijing(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")
