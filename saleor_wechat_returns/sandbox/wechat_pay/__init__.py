"""A simulator of WeChat Pay APIv3, payments and refunds, with its own reading of the documents.

Imports nothing of the rest of the package: where both sides err, they must err apart. WeChat
Pay offers no sandbox for v3. Source: WeChat Pay v3 documents, read 2026-11.
"""

from .gateway import Call
from .notices import Notice
from .payments import Order, Payment
from .refunds import Refund
from .simulator import WechatPaySandbox

__all__ = ["Call", "Notice", "Order", "Payment", "Refund", "WechatPaySandbox"]
