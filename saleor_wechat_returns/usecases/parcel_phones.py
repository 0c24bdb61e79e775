"""The telephone without which some couriers do not tell where a parcel is.

Its sender's or its receiver's. The shop's is known once staff approve; whoever ships before that is
likely to be the one the order went to, whose number Saleor has.
"""

from __future__ import annotations

import structlog

from ..couriers.carriers import carriers
from ..domain.errors import ProviderRejected
from ..domain.lifecycle import DeliveryStatus
from ..domain.phones import normal_phone
from ..models import Parcel, ReverseDelivery
from ..secretbox import open_sealed
from .ledger import read_order
from .outbound import LAST_DIGITS
from .parcel_rows import keep_phone
from .whose_parcel import owned

log = structlog.get_logger(__name__)


def phone_of(parcel: Parcel) -> str:
    """As far as we know; calls nobody."""
    return open_sealed(parcel.phone_sealed, parcel.sealed_key_id) or _of_the_shop(parcel)


def find_phone(parcel: Parcel) -> str:
    """The same; where none is known and the courier wants one, Saleor is asked, once.

    No transaction may be open. Raises ProviderUnavailable.
    """
    known, carrier = phone_of(parcel), carriers().get(parcel.courier)
    if known or carrier is None or not carrier.needs_phone:
        return known
    delivery = _delivery_of(parcel)
    if delivery is None:
        return ""
    order = delivery.request.order
    try:
        read = read_order(parcel.shop, order.order_id, with_parcels=True)
    except ProviderRejected as no:
        log.warning("parcel.no_phone", parcel=str(parcel.pk), code=no.code)
        return ""
    digits = normal_phone(read.facts.receiver_phone)[-LAST_DIGITS:] if read else ""
    if digits:
        keep_phone(parcel, digits)
    return digits


def try_the_shops(parcel: Parcel) -> None:
    """The courier does not know the parcel by the telephone so far; the next look is with this."""
    phone = _of_the_shop(parcel)
    if phone and phone != phone_of(parcel):
        keep_phone(parcel, phone)


def _of_the_shop(parcel: Parcel) -> str:
    delivery = _delivery_of(parcel)
    address = delivery.request.return_address if delivery else None
    return address.phone if address else ""


def _delivery_of(parcel: Parcel) -> ReverseDelivery | None:
    found = owned().filter(parcel=parcel).exclude(status=DeliveryStatus.CANCELED)
    return found.select_related("request__return_address", "request__order").order_by("-id").first()
