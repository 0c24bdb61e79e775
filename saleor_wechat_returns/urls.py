"""Every public address of the service."""

from __future__ import annotations

from django.urls import path

from .dashboard import views as dashboard
from .graphql import graphiql
from .graphql.bundle_view import bundle_view
from .graphql.evidence_view import evidence_view
from .graphql.slip_view import slip_view
from .graphql.upload_view import upload_view
from .graphql.view import graphql_view
from .probes import health_view, ready_view
from .webhooks.courier import booking_call_view, parcel_call_view
from .webhooks.manifest import logo_view, manifest_view, register_view
from .webhooks.payment_sessions import (
    cancelation_requested_view,
    charge_requested_view,
    payment_begun_view,
    payment_carried_on_view,
    payment_gateway_view,
)
from .webhooks.saleor_calls import order_updated_view, refund_requested_view
from .webhooks.wechat_check import checked_picture_view
from .webhooks.wechat_pay import payment_notice_view, refund_notice_view
from .webhooks.wechat_push import message_push_view

urlpatterns = [
    # For orchestrators.
    path("health/", health_view),
    path("ready/", ready_view),
    # For Saleor: it names itself in a header.
    path("saleor/manifest/", manifest_view),
    path("saleor/register/", register_view),
    path("saleor/logo.png", logo_view),
    path("saleor/refund-requested/", refund_requested_view),
    path("saleor/order-updated/", order_updated_view),
    path("saleor/payment-gateway/", payment_gateway_view),
    path("saleor/payment-begun/", payment_begun_view),
    path("saleor/payment-carried-on/", payment_carried_on_view),
    path("saleor/charge-requested/", charge_requested_view),
    path("saleor/cancelation-requested/", cancelation_requested_view),
    # Inside the Dashboard: the token names the shop.
    path("", dashboard.list_shell),  # the app itself, opened from the list of extensions
    path("dashboard/returns/", dashboard.list_shell),
    path("dashboard/order/", dashboard.order_shell),
    path("dashboard/content/returns/", dashboard.list_content),
    path("dashboard/content/order/", dashboard.order_content),
    path("dashboard/static/<str:name>", dashboard.static_file),
    # For everybody else: an opaque key names the shop.
    path("s/<str:shop_key>/graphql/", graphql_view),
    path("s/<str:shop_key>/uploads/<str:ticket_id>", upload_view),
    path("s/<str:shop_key>/evidence/<str:token>", evidence_view),
    path("s/<str:shop_key>/bundles/<str:token>", bundle_view),
    path("s/<str:shop_key>/slips/<str:token>", slip_view),
    path("graphiql/<str:name>", graphiql.static_file),
    path("s/<str:shop_key>/wechat-pay/refund/", refund_notice_view),
    path("s/<str:shop_key>/wechat-pay/payment/", payment_notice_view),
    path("s/<str:shop_key>/wechat-push/", message_push_view),
    path("s/<str:shop_key>/couriers/<str:provider>/bookings/<str:booking_id>", booking_call_view),
    path("s/<str:shop_key>/couriers/<str:provider>/parcels/<str:parcel_id>", parcel_call_view),
    path("s/<str:shop_key>/wechat-check/<str:token>/", checked_picture_view),
]
