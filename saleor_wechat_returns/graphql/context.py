"""What every resolver knows: the shop, who is asking, and the request's id in the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..domain.errors import ErrorCode, refuse
from ..models import Shop
from ..usecases.access import Viewer
from .budget import Budget


@dataclass(frozen=True, slots=True)
class Context:
    shop: Shop
    viewer: Viewer | ErrorCode  # or why there is none
    request_id: str
    address: str  # where the call came from, as far as proxies can be trusted
    spend: Budget = field(default_factory=Budget)


def viewer_of(info: Any) -> Viewer:
    """Whoever is asking. Raises Refusal(UNAUTHENTICATED) or, for other staff, FORBIDDEN.

    The people of the warehouse are such others: what is theirs asks for `anybody_of`.
    """
    viewer = anybody_of(info)
    if viewer.is_warehouse:
        raise refuse(ErrorCode.FORBIDDEN)
    return viewer


def anybody_of(info: Any) -> Viewer:
    """`viewer_of`, and the people of the warehouse too."""
    context: Context = info.context
    if isinstance(context.viewer, ErrorCode):
        raise refuse(context.viewer)
    return context.viewer


def shop_of(info: Any) -> Shop:
    """The shop whose address was called."""
    context: Context = info.context
    return context.shop
