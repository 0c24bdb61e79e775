"""What pictures and videos are said to show, to be held against what a reason asks for."""

from __future__ import annotations

from django.db.models import QuerySet

from ..domain.evidence import Medium, Shows
from ..models import Evidence


def shown_by(files: QuerySet[Evidence]) -> list[tuple[Medium, Shows]]:
    """One for each file and thing: the same file sent twice is one proof, not two."""
    found = files.order_by().values_list("medium", "shows", "sha256").distinct()
    return [(Medium(medium), Shows(shows)) for medium, shows, _ in found]
