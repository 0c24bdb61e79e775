"""One file: an Errand as JSON on standard input, what was Made or why not on standard output."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from .errand import TRY_AGAIN, Errand, Made, Unreadable, is_no_room
from .limits import limit_this_process


def main() -> int:
    """0 also for a file that nobody can read: the answer says so. TRY_AGAIN, or else a crash."""
    asked = json.load(sys.stdin)
    limit_this_process(asked.pop("limit_seconds"))
    errand = Errand(**asked)
    try:
        made = asdict(_make(errand))
    except Unreadable as why:
        if is_no_room(why.__cause__):
            return TRY_AGAIN
        made = {"trouble": str(why)}
    except OSError as wrong:
        if is_no_room(wrong):
            return TRY_AGAIN
        raise
    except MemoryError:
        made = {"trouble": "too_many_pixels"}
    json.dump(made, sys.stdout)
    return 0


def _make(errand: Errand) -> Made:
    # Loaded under the limits, and only what the file needs.
    if errand.frames:
        from .frames import cut_frames

        return cut_frames(errand)
    if errand.medium == "video":
        from .videos import make_video

        return make_video(errand)
    from .pictures import make_picture

    return make_picture(errand)


if __name__ == "__main__":
    sys.exit(main())
