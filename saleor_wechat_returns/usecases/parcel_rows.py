"""The row of one parcel, found by the number its courier gave it."""

from __future__ import annotations

from django.db.models import QuerySet

from ..couriers.carriers import named
from ..domain.lifecycle import SENT_DELIVERIES, DeliveryDirection, DeliveryStatus
from ..models import Parcel, ReturnRequest, ReverseDelivery, Shop
from ..secretbox import blind_index, open_sealed, seal


def tidy_number(number: str) -> str:
    """As couriers print it: no blanks, upper case."""
    return "".join(number.split()).upper()


def parcel_under(shop: Shop, number: str, *, carrier: str, phone: str = "") -> Parcel:
    """The parcel of that number, made if nobody has told of it yet.

    `carrier`: a key of couriers/carriers, or any name; `phone`: of its sender or receiver, for
    couriers that tell nothing without.
    """
    known = named(carrier)
    courier, name = (known.key, known.zh) if known else ("", carrier)
    index = blind_index(tidy_number(number))
    if heard_of := _known(shop, index, courier):
        if courier and not heard_of.courier:
            heard_of.courier, heard_of.carrier = courier, name
            heard_of.save(update_fields=["courier", "carrier"])
        return heard_of
    sealed, key_id = seal(tidy_number(number))
    parcel, _ = Parcel.objects.get_or_create(
        shop=shop,
        courier=courier,
        waybill_index=index,
        defaults={
            "carrier": name,
            "waybill_sealed": sealed,
            "phone_sealed": seal(phone)[0],
            "sealed_key_id": key_id,
        },
    )
    return parcel


def _known(shop: Shop, index: str, courier: str) -> Parcel | None:
    """Of that number: this courier's; else one of which not both tell whose it is."""
    rows = list(Parcel.objects.filter(shop=shop, waybill_index=index).order_by("id"))
    exact = [row for row in rows if row.courier == courier]
    vague = [row for row in rows if not (row.courier and courier)]
    return next(iter([*exact, *vague]), None)


def waybill_of(parcel: Parcel) -> str:
    """The number, or "" while the courier has given none."""
    return open_sealed(parcel.waybill_sealed, parcel.sealed_key_id)


def keep_phone(parcel: Parcel, phone: str) -> None:
    """Of its sender or receiver, instead of the one so far. Sealed anew with the number."""
    parcel.waybill_sealed, parcel.sealed_key_id = seal(waybill_of(parcel))
    parcel.phone_sealed = seal(phone)[0]
    parcel.save(update_fields=["waybill_sealed", "phone_sealed", "sealed_key_id"])


def sent_back(request: ReturnRequest) -> list[ReverseDelivery]:
    """Parcels that have left for the shop, as far as anybody told; loads `deliveries` once."""
    return [
        delivery
        for delivery in request.deliveries.all()
        if delivery.direction == DeliveryDirection.BACK and delivery.status in SENT_DELIVERIES
    ]


def ways_back(request: ReturnRequest) -> set[str]:
    """How its parcels left for the shop, also those that were lost; loads `deliveries` once."""
    left = SENT_DELIVERIES | {DeliveryStatus.LOST}
    return {
        delivery.method
        for delivery in request.deliveries.all()
        if delivery.direction == DeliveryDirection.BACK and delivery.status in left
    }


def deliveries_of(parcel: Parcel) -> QuerySet[ReverseDelivery]:
    """What returns have to do with it, oldest first."""
    return ReverseDelivery.objects.filter(parcel=parcel).order_by("id")


def name_parcel(delivery: ReverseDelivery, number: str) -> None:
    """The courier has given the delivery's parcel its number, once and for all.

    If the number is known already, the delivery is of that parcel.
    """
    parcel = delivery.parcel
    if parcel.waybill_index:
        return
    index = blind_index(tidy_number(number))
    known = _known(delivery.shop, index, parcel.courier)
    if known is None:
        phone = open_sealed(parcel.phone_sealed, parcel.sealed_key_id)
        parcel.waybill_sealed, parcel.sealed_key_id = seal(tidy_number(number))
        parcel.phone_sealed, parcel.waybill_index = seal(phone)[0], index
        parcel.save(
            update_fields=["waybill_sealed", "phone_sealed", "sealed_key_id", "waybill_index"]
        )
    elif not deliveries_of(known).filter(request=delivery.request_id).exists():
        delivery.parcel = known
        delivery.save(update_fields=["parcel"])


def unnamed_parcel(shop: Shop, *, courier: str, carrier: str, phone: str) -> Parcel:
    """One whose courier gives its number later."""
    sealed, key_id = seal("")
    return Parcel.objects.create(
        shop=shop,
        courier=courier,
        carrier=carrier,
        waybill_sealed=sealed,
        phone_sealed=seal(phone)[0],
        sealed_key_id=key_id,
    )
