"""The one offer of a return that may be open, and how it ends without being answered.

An open offer waits for the customer, so whatever takes the return from there ends it too.
Callers hold the order lock.
"""

from __future__ import annotations

from datetime import datetime

from ..domain.talk import OfferStatus
from ..models import ReturnOffer, ReturnRequest


def open_offer(request: ReturnRequest) -> ReturnOffer | None:
    """The offer that was neither answered nor ended; its time may be over."""
    offers = (offer for offer in request.offers.all() if offer.status == OfferStatus.OPEN)
    return next(offers, None)


def live_offer(request: ReturnRequest, *, now: datetime) -> ReturnOffer | None:
    """The offer that can still be answered: until, and not at, the moment it expires."""
    offer = open_offer(request)
    return offer if offer is not None and now < offer.expires_at else None


def end_offer(request: ReturnRequest, status: OfferStatus, *, now: datetime) -> None:
    """End the open offer, if there is one. One whose time is over has expired, however it ends."""
    offer = open_offer(request)
    if offer is None:
        return
    is_over = status is OfferStatus.WITHDRAWN and now >= offer.expires_at
    offer.status = OfferStatus.EXPIRED if is_over else status
    offer.ended_at = now
    offer.save(update_fields=["status", "ended_at"])


def expire_offer(request: ReturnRequest, *, now: datetime) -> None:
    """The customer did not answer in time."""
    end_offer(request, OfferStatus.EXPIRED, now=now)
