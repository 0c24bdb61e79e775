"""A Saleor shop in memory, shaped by recordings of a real one (3.23.28), traps included.

Imports nothing of the rest of the project: it is the other side of the wire.
"""

from .catalog import Category, Collection, ProductType
from .faults import FaultKind
from .foreign_app import ForeignPaymentApp
from .install import InstallationFailed
from .people import Address
from .sandbox import CallRecord, SaleorSandbox
from .seed import LineSpec
from .seed_payments import PaidByGiftCard, PaidWith, PaidWithOldPayment
from .sending import Delivery
from .shopper import OrderRefused, PayBy, Payment, Shopper

__all__ = [
    "Address",
    "CallRecord",
    "Category",
    "Collection",
    "Delivery",
    "FaultKind",
    "ForeignPaymentApp",
    "InstallationFailed",
    "LineSpec",
    "OrderRefused",
    "PaidByGiftCard",
    "PaidWith",
    "PaidWithOldPayment",
    "PayBy",
    "Payment",
    "ProductType",
    "SaleorSandbox",
    "Shopper",
]
