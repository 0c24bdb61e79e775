"""Every row that is about one customer, and which of its columns are handed over to him.

A model is named in one of the tables here, or a test fails. Of those in the first three every
column is handed over but the ones left out by name, so that a new column is not forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, Q, QuerySet

from ..domain.lifecycle import Actor
from ..models import (
    Evidence,
    EvidenceBundle,
    IdempotentCall,
    InspectedPieces,
    OutboundDelivery,
    Parcel,
    Payment,
    PickupBooking,
    Refund,
    ReturnableLine,
    ReturnableOrder,
    ReturnAppeal,
    ReturnDeadline,
    ReturnEvent,
    ReturnLine,
    ReturnMessage,
    ReturnOffer,
    ReturnOfferLine,
    ReturnRequest,
    ReverseDelivery,
    SafetyCheck,
    SaleorRefundRequest,
    ShippingInfo,
    StaffTask,
    TrackingEvent,
    UnmatchedParcel,
    UploadTicket,
    WechatAccount,
    WechatPayment,
    WechatRefund,
    WechatVisit,
)
from ..secretbox import open_sealed
from .bundle_contents import STAFFS_EVENTS
from .bundle_parcels import is_corrected
from .customers import Customer, orders_of, payments_of, viewers_of
from .ownership import is_payer_of
from .rotate_keys import sealed_columns
from .viewing import SOMEBODYS_CARD
from .whose_parcel import is_others, with_owners

Rows = dict[str, list[dict[str, Any]]]  # by the model's name; a row by its columns

# What leads from a row to the return it is of.
OF_RETURN: Mapping[type[Model], tuple[str, ...]] = {
    ReturnRequest: ("pk",),
    ReturnLine: ("request",),
    InspectedPieces: ("line__request",),
    ReturnEvent: ("request",),
    ReturnMessage: ("request",),
    ReturnOffer: ("request",),
    ReturnOfferLine: ("offer__request",),
    ReturnAppeal: ("request",),
    ReturnDeadline: ("request",),
    Evidence: ("request",),
    EvidenceBundle: ("request",),
    SafetyCheck: ("request", "message__request", "appeal__request", "evidence__request"),
    ReverseDelivery: ("request",),
    PickupBooking: ("request",),
    UnmatchedParcel: ("request",),
    Refund: ("request",),
    WechatRefund: ("refund__request",),
    SaleorRefundRequest: ("refund__request",),
}
# Of a return's parcels, and of those the shop sent.
OF_PARCEL: Mapping[type[Model], str] = {Parcel: "pk", TrackingEvent: "parcel"}
OF_CUSTOMER: tuple[type[Model], ...] = (
    ReturnableOrder,
    ReturnableLine,
    Payment,
    OutboundDelivery,
    WechatAccount,
    WechatVisit,
    WechatPayment,
    ShippingInfo,
)
# They name a customer and tell nothing of him: keys of calls, and what staff have to do.
ONLY_TO_RUN: tuple[type[Model], ...] = (IdempotentCall, UploadTicket, StaffTask)

# Keys, indexes and digests lead to what is handed over. Which of the staff did it is theirs.
_NEVER = re.compile(r"(^|_)(key|key_id|index|digest|by)$|^(caller|actor_id|shop_id)$")
LEFT_OUT: Mapping[type[Model], frozenset[str]] = {
    # The courier's own, a secret of the provider's, and what the shop was charged.
    PickupBooking: frozenset(
        {
            "courier_name_sealed",
            "courier_phone_sealed",
            "salt_sealed",
            "provider_ids",
            "failure",
            "charged_fen",
            "charges",
        }
    ),
    # Said among staff.
    InspectedPieces: frozenset({"note", "warehouse_id"}),
    ReturnAppeal: frozenset({"same_person_reason"}),
    ReturnRequest: frozenset({"legal_hold"}),
    # Blind indexes; a secret of WeChat Pay's; a number for WeChat's pushes.
    ShippingInfo: frozenset({"told"}),
    WechatPayment: frozenset({"prepay_id"}),
    SafetyCheck: frozenset({"trace_id"}),
}


def rows_of_return(request: ReturnRequest, customer: Customer) -> Rows:
    """All that is kept of it. Reads only. Raises UnreadableSecretError."""
    rows = {}
    for model, paths in OF_RETURN.items():
        leads = Q()
        for path in paths:
            leads |= Q(**{path: request.pk})
        rows[model.__name__] = _handed_over(model._default_manager.filter(leads))
    rows |= _of_parcels(_own_parcels(request))
    _take_out_staffs(rows)
    _mask_cards(rows["WechatRefund"], request.refunds.all(), customer)
    return rows


def rows_of_customer(customer: Customer) -> Rows:
    """What is kept of orders, payments and log-ins. Reads only. Raises UnreadableSecretError."""
    shop, orders, payments = customer.shop, orders_of(customer), payments_of(customer)
    logins: dict[str, Any] = {"shop": shop, "openid_index__in": customer.openid_indexes}
    sent = OutboundDelivery.objects.filter(order__in=orders)
    of_payments = Refund.objects.filter(taken__in=payments)
    found: list[QuerySet[Any]] = [
        orders,
        ReturnableLine.objects.filter(order__in=orders),
        Payment.objects.filter(order__in=orders),
        sent,
        WechatAccount.objects.filter(**logins),
        WechatVisit.objects.filter(**logins),
        payments,
        ShippingInfo.objects.filter(payment__in=payments),
        of_payments,
        WechatRefund.objects.filter(refund__in=of_payments),
        SaleorRefundRequest.objects.filter(refund__in=of_payments),
    ]
    rows = {it.model.__name__: _handed_over(it) for it in found}
    return rows | _of_parcels(Parcel.objects.filter(outbound__in=sent))


def columns_handed_over(model: type[Model]) -> list[str]:
    left_out = LEFT_OUT.get(model, frozenset())
    names = [column.attname for column in model._meta.concrete_fields]
    return [name for name in names if not _NEVER.search(name) and name not in left_out]


def _handed_over(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    """Oldest first, with what is sealed in clear."""
    names = columns_handed_over(rows.model)
    keys = {
        name: columns.key_id
        for columns in sealed_columns()
        if columns.model is rows.model
        for name in columns.names
    }
    found = rows.order_by("pk").distinct().values(*names, *set(keys.values()))
    return [{_plain(name): _opened(row, name, keys) for name in names} for row in found]


def _plain(name: str) -> str:
    return name.removesuffix("_sealed")


def _opened(row: dict[str, Any], name: str, keys: Mapping[str, str]) -> Any:
    return open_sealed(row[name], row[keys[name]]) if name in keys else row[name]


def _of_parcels(parcels: QuerySet[Parcel]) -> Rows:
    pks = list(parcels.values_list("pk", flat=True))
    return {
        model.__name__: _handed_over(model._default_manager.filter(**{f"{path}__in": pks}))
        for model, path in OF_PARCEL.items()
    }


def _own_parcels(request: ReturnRequest) -> QuerySet[Parcel]:
    """Not the one of somebody else, whose number he entered by mistake or not."""
    deliveries = with_owners().filter(request=request)
    own = [it.parcel_id for it in deliveries if not is_others(it) and not is_corrected(it)]
    return Parcel.objects.filter(pk__in=own)


def _take_out_staffs(rows: Rows) -> None:
    """What they expect of a dispute, and what they had built for it."""
    rows["ReturnEvent"] = [it for it in rows["ReturnEvent"] if it["kind"] not in STAFFS_EVENTS]
    bundles = rows["EvidenceBundle"]
    rows["EvidenceBundle"] = [it for it in bundles if it["actor"] == Actor.CUSTOMER]


def _mask_cards(rows: list[dict[str, Any]], refunds: Iterable[Refund], customer: Customer) -> None:
    """A card is its payer's affair: of a gift, its receiver may ask for the return."""
    viewers = viewers_of(customer)
    own = {it.pk for it in refunds if any(is_payer_of(viewer, it) for viewer in viewers)}
    for row in rows:
        is_card = any(character.isdigit() for character in row["received_account"])
        if is_card and row["refund_id"] not in own:
            row["received_account"] = SOMEBODYS_CARD
