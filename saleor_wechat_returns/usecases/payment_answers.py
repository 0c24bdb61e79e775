"""What we tell Saleor, and through it the mini-program, of a payment.

Only a success names a pspReference, WeChat Pay's transaction id: Saleor's transaction takes over
the first one it hears of a session and keeps it, and refunds are found by it.
Source: Saleor 3.23 as measured, 2026-11, and its recordings 13 to 22.
"""

from __future__ import annotations

from typing import Any

from ..domain.money import Fen, yuan_of_fen
from ..domain.payment_faults import PaymentFault, sentence
from ..models import WechatPayment

Answer = dict[str, Any]


def succeeded(payment: WechatPayment) -> Answer:
    """Charged; a second report of the same is counted once."""
    return {
        "result": "CHARGE_SUCCESS",
        "pspReference": payment.wechat_transaction_id,
        # A number, as in everything that was measured; two decimals survive it.
        "amount": float(yuan_of_fen(Fen(payment.amount_fen))),
        "actions": ["REFUND"],
    }


def to_be_paid(payment: WechatPayment, parameters: dict[str, str]) -> Answer:
    """The payer's turn: the parameters are what wx.requestPayment takes."""
    data = {"paymentParameters": parameters, "expiresAt": payment.expires_at.isoformat()}
    return {"result": "CHARGE_ACTION_REQUIRED", "data": data}


def not_yet(fault: PaymentFault) -> Answer:
    """No parameters now, but the same Saleor transaction can be carried on."""
    return {"result": "CHARGE_ACTION_REQUIRED", "data": told(fault)}


def failed(fault: PaymentFault) -> Answer:
    """For good, for this Saleor transaction: a new one must be begun."""
    return {"result": "CHARGE_FAILURE", "message": sentence(fault), "data": told(fault)}


def told(fault: PaymentFault) -> Answer:
    """`data` that the mini-program can show."""
    return {"errors": [{"code": fault, "message": sentence(fault)}]}
