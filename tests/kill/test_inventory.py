"""What the inventory of kill points knows …"""

from __future__ import annotations

from saleor_wechat_returns.graphql.schema import schema
from saleor_wechat_returns.urls import urlpatterns
from saleor_wechat_returns.usecases.effects import EFFECTS, HANDLERS
from tests.kill import inventory

# What the web does that moves no money of a refund; a new door or mutation is put here or there.
BEFORE_THE_MONEY = {
    "ReturnRequestCreate",
    "ReturnRequestUpdate",
    "ReturnRequestCancel",
    "ReturnRequestReject",
    "ReturnRequestClose",
    "ReturnDeliverySubmit",
    "ReturnReceive",
    "ReturnEvidenceUploadCreate",
    "s/<str:shop_key>/uploads/<str:ticket_id>",
    "ReturnMessageCreate",
    "ReturnMessagesRead",
    "ReturnEvidenceRequest",
    "ReturnOfferCreate",
    "ReturnOfferDecline",
    "ReturnAppealCreate",
    "ReturnDeadlineExtend",
    "ReturnAddressAssign",
    "ReturnUnmatchedParcelCreate",
    "ReturnUnmatchedParcelMatch",
    "ReturnUnmatchedParcelClose",
    "ReturnFreightCompensate",
    "ReturnSendBack",
    "ReturnDeliveryMarkLost",
    "ReturnRefusedParcelCreate",
    "ReturnOutboundSignedReport",
    "ReturnPickupBook",
    "ReturnPickupCancel",
    "ReturnPickupConfirm",
}
LOG_INS = {"WechatSessionCreate", "WechatAccountLink", "ReturnGuestSessionCreate"}
ONLY_WRITES_DOWN = {
    "ReturnTaskSettle",
    "ReturnDifferenceExplain",
    "ReturnLegalHoldSet",
    "ReturnPolicyUpdate",
    "ReturnShippingInfoSwitch",
    "ReturnSafetyDecide",
    "ReturnEvidenceBundleCreate",
    "ReturnAddressCreate",
    "ReturnAddressUpdate",
    "ReturnAddressArchive",
    "ReturnCourierAccountSet",
}
# Each of many is a ReturnRequestApprove.
MANY = {"ReturnRequestsApprove"}
# What is written and shown, and what couriers say: no money.
CONTENT = {
    "s/<str:shop_key>/wechat-push/",
    "s/<str:shop_key>/wechat-check/<str:token>/",
    "s/<str:shop_key>/bundles/<str:token>",
    "s/<str:shop_key>/couriers/<str:provider>/bookings/<str:booking_id>",
    "s/<str:shop_key>/couriers/<str:provider>/parcels/<str:parcel_id>",
}
# Payments: the story "payment", and usecases/test_payment_survives_kill.py.
PAYMENTS = {
    "saleor/payment-gateway/",
    "saleor/payment-begun/",
    "saleor/payment-carried-on/",
    "saleor/charge-requested/",
    "saleor/cancelation-requested/",
    "s/<str:shop_key>/wechat-pay/payment/",
}
INSTALLATION = {"saleor/manifest/", "saleor/register/", "saleor/logo.png"}
PAGES = {
    "",
    "health/",
    "ready/",
    "dashboard/returns/",
    "dashboard/order/",
    "dashboard/content/returns/",
    "dashboard/content/order/",
    "dashboard/static/<str:name>",
    "graphiql/<str:name>",
    "s/<str:shop_key>/evidence/<str:token>",
    "s/<str:shop_key>/slips/<str:token>",
}
BY_MUTATION = {"s/<str:shop_key>/graphql/"}


def test_is_every_door_and_mutation() -> None:
    mutations = schema.graphql_schema.mutation_type.fields.values()
    there = {str(field.type) for field in mutations} | {str(p.pattern) for p in urlpatterns}
    told = (
        MANY
        | BEFORE_THE_MONEY
        | LOG_INS
        | ONLY_WRITES_DOWN
        | PAYMENTS
        | INSTALLATION
        | PAGES
        | CONTENT
    )

    assert there - told - BY_MUTATION == set(inventory.WEB)


def test_is_every_effect_and_handler() -> None:
    missing = inventory.missing(set())

    for topic in {*EFFECTS, *HANDLERS} - set(inventory.NOT_OF_A_REFUND):
        assert {f"worker {topic}: before commit", f"worker {topic}: after commit"} <= missing


def test_is_what_the_code_calls_and_commits() -> None:
    missing = inventory.missing(set())

    assert "after GrantRefund in refund_in_saleor._find_or_create_grant" in missing
    assert "before POST refunds in refund_at_wechat.pay" in missing
    assert "after commit in refund_at_wechat.settle" in missing
    assert "after SetStock in restock._set" in missing
    assert "after bOrder in pickup_calls.book" in missing


def test_is_not_content_with_one_side_of_a_step() -> None:
    needed = inventory.needed()
    everything = {f"worker x: {one}" if " in " in one else f"{one} in y" for one in needed}
    after = "worker x: after POST refunds in refund_at_wechat.pay"

    assert inventory.missing(everything) == set()
    assert inventory.missing(everything - {after}) == {after.partition(": ")[2]}
