"""发货信息管理: what WeChat was told of an order's parcels. For staff."""

from __future__ import annotations

from typing import Any

import graphene

from .. import clock
from ..domain.errors import Refusal
from ..domain.shipping_info import STATE_WORDS, STATUS_WORDS, ShippingInfoStatus
from ..models import ShippingInfo
from ..usecases.access import need_staff
from ..usecases.shipping_info_shown import shipping_info_of, switch_for
from . import enums
from .context import viewer_of
from .errors import ReturnError, busy_is_a_refusal
from .label import label_field

ReturnShippingInfoStatus = graphene.Enum.from_enum(
    ShippingInfoStatus, name="ReturnShippingInfoStatus"
)


class ReturnShippingInfo(graphene.ObjectType):
    """One payment of an order, and what WeChat was told of its parcels."""

    payment_number = graphene.String(required=True, description="The merchant's number of it.")
    status = graphene.Field(ReturnShippingInfoStatus, required=True)
    status_label = label_field("How far the telling has come, in words.")
    order_state = graphene.Int(
        description="WeChat's number of the order's state; null: it was not asked yet."
    )
    order_state_label = label_field("The order's state at WeChat in words; blank: not known.")
    parcels_told = graphene.Int(required=True)
    is_corrected = graphene.Boolean(
        required=True, description="WeChat takes one correction; then none is left."
    )
    uploaded_at = graphene.DateTime(description="When WeChat was last told, or was to be.")
    settles_at = graphene.DateTime(description="When WeChat lets the money go, as it estimated.")
    settled_at = graphene.DateTime()
    trouble = graphene.String(required=True, description="WeChat's refusal; blank: none.")

    @staticmethod
    def resolve_payment_number(row: ShippingInfo, _info: Any) -> str:
        return row.payment.out_trade_no

    @staticmethod
    def resolve_status_label(row: ShippingInfo, _info: Any, language_code: Any) -> str:
        return enums.label(STATUS_WORDS, row.status, language_code)

    @staticmethod
    def resolve_order_state_label(row: ShippingInfo, _info: Any, language_code: Any) -> str:
        zh, en = STATE_WORDS.get(row.order_state or 0, ("", ""))
        return en if language_code == enums.LanguageCode.EN else zh

    @staticmethod
    def resolve_parcels_told(row: ShippingInfo, _info: Any) -> int:
        return len(row.told)

    @staticmethod
    def resolve_is_corrected(row: ShippingInfo, _info: Any) -> bool:
        return row.times_finished > 1


class ShippingInfoQuery(graphene.ObjectType):
    return_shipping_info = graphene.List(
        graphene.NonNull(ReturnShippingInfo),
        required=True,
        order_id=graphene.ID(required=True, description="Saleor's order id."),
        description="For staff: what WeChat was told of an order's parcels, payment by payment.",
    )
    return_shipping_info_is_on = graphene.Boolean(
        required=True, description="For staff: whether this service tells WeChat of parcels."
    )

    @staticmethod
    def resolve_return_shipping_info(_root: None, info: Any, order_id: str) -> list[ShippingInfo]:
        return shipping_info_of(need_staff(viewer_of(info)), order_id)

    @staticmethod
    def resolve_return_shipping_info_is_on(_root: None, info: Any) -> bool:
        return need_staff(viewer_of(info)).shop.tells_shipping


class ReturnShippingInfoSwitch(graphene.Mutation):
    """Let this service tell WeChat of the shop's parcels (发货信息管理), or leave it to others."""

    class Arguments:
        is_on = graphene.Boolean(required=True)

    is_on = graphene.Boolean(description="As it is now; null where it was refused.")
    errors = graphene.List(graphene.NonNull(ReturnError), required=True)

    @staticmethod
    def mutate(_root: None, info: Any, is_on: bool) -> dict[str, Any]:
        try:
            with busy_is_a_refusal():
                shop = switch_for(need_staff(viewer_of(info)), is_on=is_on, now=clock.now())
        except Refusal as no:
            return {"errors": no.faults}
        return {"is_on": shop.tells_shipping, "errors": ()}
