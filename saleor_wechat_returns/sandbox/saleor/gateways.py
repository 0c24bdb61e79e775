"""paymentGatewayInitialize: what payment apps tell the storefront before a payment begins."""

from decimal import Decimal
from typing import Any

from . import money
from .call import Call
from .happenings import PaymentSession
from .lookup import get_source
from .registry import mutation
from .webhook_events import GATEWAY_SESSION


@mutation("paymentGatewayInitialize")
def initialize_gateways(
    call: Call,
    *,
    id: str,
    amount: Decimal | None = None,
    payment_gateways: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Ask the named apps, or all that listen; each answer passes through unchanged. [11, 12]"""
    source = get_source(call, id)
    wanted = money.to_pay(source, amount)
    listening = [a for a in call.world.apps if a.is_active and a.listens_to(GATEWAY_SESSION)]
    asked = payment_gateways or [{"id": app.identifier} for app in listening]
    known = {app.identifier for app in listening}
    configs = []
    for gateway in asked:
        session = PaymentSession(source, wanted, gateway["id"], gateway.get("data"))
        config = _configure(call, session) if gateway["id"] in known else _NO_GATEWAY
        configs.append({"id": gateway["id"], **config})
    return {"gatewayConfigs": configs}


def _configure(call: Call, session: PaymentSession) -> dict[str, Any]:
    answer = call.ask(GATEWAY_SESSION, session)
    if isinstance(answer, dict) and "data" in answer:
        return {"data": answer["data"], "errors": []}
    text = "Unable to process a payment gateway response."
    return {"data": None, "errors": [{"field": "id", "code": "INVALID", "message": text}]}


_NO_GATEWAY = {
    "data": None,
    "errors": [
        {
            "field": "id",
            "code": "NOT_FOUND",
            "message": "Active app with `HANDLE_PAYMENT` permissions or app webhook not found.",
        }
    ],
}
