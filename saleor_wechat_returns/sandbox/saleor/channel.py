"""A sales channel and those of its settings that matter to a payment app: no rules."""

from dataclasses import dataclass

from .ids import to_global_id


@dataclass(eq=False)
class Channel:
    """What a channel has of its own; completing checkouts and unpaid orders are set for all."""

    slug: str = "cn"
    currency_code: str = "CNY"
    is_active: bool = True
    flow_strategy: str = "CHARGE"
    expires_orders_after: int | None = None  # minutes
    releases_funds: bool = False
    releases_funds_after: int = 6  # hours

    @property
    def id(self) -> str:
        return to_global_id("Channel", self.slug)

    @property
    def name(self) -> str:
        return self.slug
