"""The rows. What Saleor knows stays in Saleor; here stands only what it has no place for.

Lock order everywhere: ReturnableOrder → ReturnRequest → Refund. Only usecases/, inbox.py and
outbox.py write.
"""

from .accounts import CountedTry, WechatAccount
from .addresses import ReturnAddress
from .bundles import EvidenceBundle
from .couriers import CourierAccount
from .deadlines import ReturnDeadline
from .evidence import Evidence, StoredFile, UploadTicket
from .inspections import InspectedPieces
from .ledger import OutboundDelivery, Payment, ReturnableLine, ReturnableOrder
from .messages import Heartbeat, InboxMessage, OutboxMessage
from .parcels import Parcel, PickupBooking, ReverseDelivery, TrackingEvent, UnmatchedParcel
from .payments import WechatPayment
from .policy import ReturnPolicy
from .reconciliation import Difference, Reconciliation
from .refunds import Refund, SaleorRefundRequest, WechatRefund
from .returns import IdempotentCall, ReturnEvent, ReturnLine, ReturnRequest
from .safety import SafetyCheck, WechatPush, WechatVisit
from .shipping_info import ShippingInfo
from .shops import Shop, ShopApp, WechatAccessToken, WechatMerchant, WechatMiniProgram
from .staff import StaffTask
from .stock import StockChange
from .talk import ReturnAppeal, ReturnMessage, ReturnOffer, ReturnOfferLine

__all__ = [
    "CountedTry",
    "CourierAccount",
    "Difference",
    "Evidence",
    "EvidenceBundle",
    "Heartbeat",
    "IdempotentCall",
    "InboxMessage",
    "InspectedPieces",
    "OutboundDelivery",
    "OutboxMessage",
    "Parcel",
    "Payment",
    "PickupBooking",
    "Reconciliation",
    "Refund",
    "ReturnAddress",
    "ReturnAppeal",
    "ReturnDeadline",
    "ReturnEvent",
    "ReturnLine",
    "ReturnMessage",
    "ReturnOffer",
    "ReturnOfferLine",
    "ReturnPolicy",
    "ReturnRequest",
    "ReturnableLine",
    "ReturnableOrder",
    "ReverseDelivery",
    "SafetyCheck",
    "SaleorRefundRequest",
    "ShippingInfo",
    "Shop",
    "ShopApp",
    "StaffTask",
    "StockChange",
    "StoredFile",
    "TrackingEvent",
    "UnmatchedParcel",
    "UploadTicket",
    "WechatAccessToken",
    "WechatAccount",
    "WechatMerchant",
    "WechatMiniProgram",
    "WechatPayment",
    "WechatPush",
    "WechatRefund",
    "WechatVisit",
]
