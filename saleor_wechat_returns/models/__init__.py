"""The rows. What Saleor knows stays in Saleor; here stands only what it has no place for.

Lock order everywhere: ReturnableOrder → ReturnRequest → Refund. Only usecases/, inbox.py and
outbox.py write.
"""

from .accounts import GuestLookup, WechatAccount
from .ledger import Payment, ReturnableLine, ReturnableOrder
from .messages import Heartbeat, InboxMessage, OutboxMessage
from .payments import WechatPayment
from .reconciliation import Difference, Reconciliation
from .refunds import Refund, SaleorRefundRequest, WechatRefund
from .returns import IdempotentCall, ReturnEvent, ReturnLine, ReturnRequest, ReverseDelivery
from .shops import Shop, ShopApp, WechatAccessToken, WechatMerchant, WechatMiniProgram
from .staff import StaffTask

__all__ = [
    "Difference",
    "GuestLookup",
    "Heartbeat",
    "IdempotentCall",
    "InboxMessage",
    "OutboxMessage",
    "Payment",
    "Reconciliation",
    "Refund",
    "ReturnEvent",
    "ReturnLine",
    "ReturnRequest",
    "ReturnableLine",
    "ReturnableOrder",
    "ReverseDelivery",
    "SaleorRefundRequest",
    "Shop",
    "ShopApp",
    "StaffTask",
    "WechatAccessToken",
    "WechatAccount",
    "WechatMerchant",
    "WechatMiniProgram",
    "WechatPayment",
    "WechatRefund",
]
