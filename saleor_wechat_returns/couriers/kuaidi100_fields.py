"""What fits into the fields of a request to Kuaidi100. Sends nothing.

What does not fit is told apart before anything is sent: ProviderRejected with the field.
Source of every limit: docs/providers.md, "Kuaidi100".
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from ..domain.errors import ProviderRejected, Rejection
from ..domain.phones import normal_phone
from .base import UNFIT, Booking, Place, Window
from .carriers import carriers
from .kuaidi100_words import BEIJING

DAYS = ("今天", "明天", "后天")


def booking_fields(booking: Booking, now: datetime) -> dict[str, str]:
    """`param` of bOrder; op=1 has the parcel tracked too, where the number is known at once."""
    sender, receiver = booking.route.sender, booking.route.receiver
    return {
        "kuaidicom": com_of(booking.courier),
        "recManName": _there(receiver.name, "receiver.name"),
        **_phone("recMan", receiver, "receiver.phone"),
        "recManPrintAddr": address_of(receiver, "receiver"),
        "sendManName": _there(sender.name, "sender.name"),
        **_phone("sendMan", sender, "sender.phone"),
        "sendManPrintAddr": address_of(sender, "sender"),
        "cargo": _there(booking.goods.name, "goods.name"),
        "payment": "SHIPPER",
        "weight": kilograms(booking.goods.grams),
        "remark": booking.remark,
        **_appointment(booking.window, now),
        "callBackUrl": fit(booking.callback_url, 200, "callback_url"),
        "salt": _there(booking.salt, "salt"),
        "thirdOrderId": fit(booking.number, 32, "number"),
        "op": "1",
        "pollCallBackUrl": fit(booking.tracking_url, 200, "tracking_url"),
        "resultv2": "4",
    }


def com_of(courier: str) -> str:
    known = carriers().get(courier)
    if known is None or not known.kuaidi100:
        raise _unfit("courier", "Kuaidi100 has no such courier.")
    return known.kuaidi100


def address_of(place: Place, whose: str) -> str:
    text = "".join((place.province, place.city, place.area, place.street_address))
    # Municipalities are province and city in one.
    text = text.removeprefix(place.province) if place.province == place.city else text
    return fit(_there(text, f"{whose}.street_address"), 300, f"{whose}.street_address")


def _phone(whose: str, place: Place, field: str) -> dict[str, str]:
    """A landline has a field of its own; one of the two must be there."""
    digits = _there(normal_phone(place.phone), field)
    kind = "Mobile" if re.fullmatch(r"1[3-9]\d{9}", digits) else "Tel"
    return {f"{whose}{kind}": digits}


def kilograms(grams: int) -> str:
    return format((Decimal(grams) / 1000).normalize(), "f")


def _appointment(window: Window, now: datetime) -> dict[str, str]:
    """Today, tomorrow or the day after in Beijing's days, told anew whenever it is sent."""
    starts, ends, today = (
        moment.astimezone(BEIJING) for moment in (window.starts_at, window.ends_at, now)
    )
    days = (starts.date() - today.date()).days
    if not 0 <= days < len(DAYS) or ends.date() != starts.date():
        raise _unfit("window", "Today, tomorrow or the day after, within one day.")
    return {
        "dayType": DAYS[days],
        "pickupStartTime": f"{starts:%H:%M}",
        "pickupEndTime": f"{ends:%H:%M}",
    }


def _there(text: str, field: str) -> str:
    if not text.strip():
        raise _unfit(field, "Must not be empty.")
    return text


def fit(text: str, most_bytes: int, field: str) -> str:
    if len(text.encode()) > most_bytes:
        raise _unfit(field, f"At most {most_bytes} bytes.")
    return text


def cut(text: str, *, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def _unfit(field: str, message: str) -> ProviderRejected:
    """What Kuaidi100 could not take is told apart before anything is sent."""
    return ProviderRejected(Rejection.REQUEST, UNFIT, message, field=field)
