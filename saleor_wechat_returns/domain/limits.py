"""How much one customer may ask for, so that nobody can drown a shop. The shop's own numbers."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """Each is the most that passes. Raises ValueError below 1."""

    # Of one order line: canceled and rejected ones count, refunded ones do not.
    attempts_per_line: int = 5
    # Of one customer in the whole shop.
    open_requests: int = 10
    requests_per_day: int = 20
    messages_per_hour: int = 30  # with changes of requests
    pickup_questions_per_hour: int = 20  # each asks couriers, and may cost the shop
    uploads_per_hour: int = 60
    upload_bytes_per_day: int = 1024**3
    # Staff send pictures of every parcel they open.
    staff_uploads_per_hour: int = 1000
    staff_upload_bytes_per_day: int = 20 * 1024**3

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise ValueError(f"{field.name} must be 1 or more")
