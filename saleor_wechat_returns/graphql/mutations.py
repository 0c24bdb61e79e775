"""Everything that can be asked for, by name."""

from __future__ import annotations

import graphene

from .address_mutations import (
    ReturnAddressArchive,
    ReturnAddressAssign,
    ReturnAddressCreate,
    ReturnAddressUpdate,
)
from .appeal_mutations import ReturnAppealCreate, ReturnAppealResolve
from .bulk_approval import ReturnRequestsApprove
from .bundles import ReturnEvidenceBundleCreate
from .carriers import ReturnDeliverySubmit
from .courier_accounts import ReturnCourierAccountSet
from .customer_mutations import (
    ReturnRequestCancel,
    ReturnRequestCreate,
    ReturnRequestUpdate,
)
from .deadline_mutations import ReturnDeadlineExtend
from .freight_mutations import ReturnFreightCompensate
from .offer_mutations import ReturnOfferAccept, ReturnOfferCreate, ReturnOfferDecline
from .pickup_mutations import ReturnPickupBook, ReturnPickupCancel, ReturnPickupConfirm
from .policy import ReturnPolicyUpdate
from .receive_mutations import ReturnReceive
from .reconciliations import ReturnDifferenceExplain
from .refund_mutations import ReturnRefundRetry, ReturnRefundSettleManually
from .safety import ReturnSafetyDecide
from .send_back_mutations import ReturnSendBack
from .shipping_info import ReturnShippingInfoSwitch
from .staff_mutations import (
    ReturnInspect,
    ReturnRequestApprove,
    ReturnRequestClose,
    ReturnRequestReject,
)
from .talk_mutations import ReturnEvidenceRequest, ReturnMessageCreate, ReturnMessagesRead
from .task_mutations import ReturnTaskSettle
from .tracking_mutations import (
    ReturnDeliveryMarkLost,
    ReturnOutboundSignedReport,
    ReturnRefusedParcelCreate,
)
from .unmatched_mutations import (
    ReturnUnmatchedParcelClose,
    ReturnUnmatchedParcelCreate,
    ReturnUnmatchedParcelMatch,
)


class ReturnMutations(graphene.ObjectType):
    return_request_create = ReturnRequestCreate.Field()
    return_request_update = ReturnRequestUpdate.Field()
    return_request_cancel = ReturnRequestCancel.Field()
    return_request_approve = ReturnRequestApprove.Field()
    return_requests_approve = ReturnRequestsApprove.Field()
    return_request_reject = ReturnRequestReject.Field()
    return_message_create = ReturnMessageCreate.Field()
    return_messages_read = ReturnMessagesRead.Field()
    return_evidence_request = ReturnEvidenceRequest.Field()
    return_offer_create = ReturnOfferCreate.Field()
    return_offer_accept = ReturnOfferAccept.Field()
    return_offer_decline = ReturnOfferDecline.Field()
    return_appeal_create = ReturnAppealCreate.Field()
    return_appeal_resolve = ReturnAppealResolve.Field()
    return_delivery_submit = ReturnDeliverySubmit.Field()
    return_delivery_mark_lost = ReturnDeliveryMarkLost.Field()
    return_refused_parcel_create = ReturnRefusedParcelCreate.Field()
    return_outbound_signed_report = ReturnOutboundSignedReport.Field()
    return_pickup_book = ReturnPickupBook.Field()
    return_pickup_cancel = ReturnPickupCancel.Field()
    return_pickup_confirm = ReturnPickupConfirm.Field()
    return_receive = ReturnReceive.Field()
    return_inspect = ReturnInspect.Field()
    return_unmatched_parcel_create = ReturnUnmatchedParcelCreate.Field()
    return_unmatched_parcel_match = ReturnUnmatchedParcelMatch.Field()
    return_unmatched_parcel_close = ReturnUnmatchedParcelClose.Field()
    return_freight_compensate = ReturnFreightCompensate.Field()
    return_send_back = ReturnSendBack.Field()
    return_request_close = ReturnRequestClose.Field()
    return_refund_retry = ReturnRefundRetry.Field()
    return_refund_settle_manually = ReturnRefundSettleManually.Field()
    return_evidence_bundle_create = ReturnEvidenceBundleCreate.Field()
    return_safety_decide = ReturnSafetyDecide.Field()
    return_task_settle = ReturnTaskSettle.Field()
    return_difference_explain = ReturnDifferenceExplain.Field()
    return_policy_update = ReturnPolicyUpdate.Field()
    return_address_create = ReturnAddressCreate.Field()
    return_address_update = ReturnAddressUpdate.Field()
    return_address_archive = ReturnAddressArchive.Field()
    return_address_assign = ReturnAddressAssign.Field()
    return_courier_account_set = ReturnCourierAccountSet.Field()
    return_deadline_extend = ReturnDeadlineExtend.Field()
    return_shipping_info_switch = ReturnShippingInfoSwitch.Field()
