"""A payment app of somebody else, inside the sandbox: it hears refund requests and answers.

It speaks as any app does, by its answers to webhooks and by reports with its own token; what
Saleor does with either is recorded (60 to 67, 99, 100, 191). Gone: uninstall or deactivate it.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import httpx

from .access import app_principal
from .call import Call
from .people import App, Webhook
from .reports import report_event
from .tokens import TokenKeys
from .webhook_events import REQUEST_EVENTS
from .world import SaleorWorld

_QUERY = """subscription { event { ... on TransactionRefundRequested {
  action { amount currency } transaction { id pspReference } } } }"""


class Manner(StrEnum):
    """What the app does when it is asked for a refund."""

    SUCCEED = "succeed"  # at once
    ACCEPT = "accept"  # and say later how it ended
    FAIL = "fail"
    GARBAGE = "garbage"  # an answer that is no JSON
    UNREACHABLE = "unreachable"


class ForeignPaymentApp:
    """`manner` holds until it is changed; `heard` are the payloads, oldest first."""

    def __init__(self, app: App, world: SaleorWorld, keys: TokenKeys) -> None:
        self.app = app
        self.manner = Manner.SUCCEED
        self.heard: list[dict[str, Any]] = []
        self._call = Call(world, keys, app_principal(app))
        app.server = self._answer
        app.webhooks.append(
            Webhook(
                id=world.ids.numbered("Webhook"),
                app=app,
                name="refund",
                target_url=f"https://{app.identifier}.invalid/refund",
                query=_QUERY,
                events=frozenset({REQUEST_EVENTS["REFUND"]}),
            )
        )

    @property
    def reference(self) -> str:
        """The pspReference of the latest refund it accepted."""
        return f"{self.app.identifier}-{len(self.heard)}"

    def finish(self, outcome: str = "REFUND_SUCCESS") -> None:
        """Report how the latest accepted refund ended: REFUND_SUCCESS or REFUND_FAILURE."""
        latest = self.heard[-1]
        report_event(
            self._call,
            id=latest["transaction"]["id"],
            psp_reference=self.reference,
            type=outcome,
            amount=Decimal(str(latest["action"]["amount"])),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.manner is Manner.UNREACHABLE:
            raise httpx.ConnectError("connection refused", request=request)
        self.heard.append(httpx.Response(200, content=request.content).json())
        match self.manner:
            case Manner.SUCCEED:
                answer = {"pspReference": self.reference, "result": "REFUND_SUCCESS"}
            case Manner.ACCEPT:
                answer = {"pspReference": self.reference}
            case Manner.FAIL:
                answer = {"result": "REFUND_FAILURE", "message": "Refused by the provider."}
            case Manner.GARBAGE:
                return httpx.Response(200, text="oops")
        return httpx.Response(200, json=answer)
