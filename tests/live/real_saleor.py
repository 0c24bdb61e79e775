"""A Saleor that is really there: its people, its apps and its settings. For orders see orders.py.

Knows nothing of our code: everything goes through Saleor's public API with a person's token.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

Node = dict[str, Any]

# Saleor's tokens live five minutes, and log-ins that come too fast are turned away.
TOKEN_SECONDS = 240
INSTALL_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Account:
    email: str
    password: str


class RealSaleor:
    """One Saleor, used by its staff and customers as they would."""

    def __init__(self, api_url: str, channel: str, staff: Account) -> None:
        self.api_url = api_url
        self.channel = channel
        self.staff = staff
        self._http = httpx.Client(timeout=60, trust_env=False)
        self._tokens: dict[Account, tuple[float, str]] = {}

    def run(self, query: str, token: str = "", **variables: Any) -> Node:
        """`data` of an operation that must go well."""
        response = self._http.post(
            self.api_url,
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        answer = json.loads(response.content, parse_float=Decimal)
        assert "errors" not in answer, answer["errors"]
        for payload in answer["data"].values():
            assert not (isinstance(payload, dict) and payload.get("errors")), payload["errors"]
        return dict(answer["data"])

    def as_staff(self, query: str, **variables: Any) -> Node:
        return self.run(query, self.token_of(self.staff), **variables)

    def token_of(self, account: Account) -> str:
        """A JWT of this person, from a log-in at most four minutes ago; blank: a guest."""
        if not account.password:
            return ""
        made_at, token = self._tokens.get(account, (float("-inf"), ""))
        if time.monotonic() - made_at > TOKEN_SECONDS:
            made_at, token = time.monotonic(), self._log_in(account)
            self._tokens[account] = made_at, token
        return token

    def _log_in(self, account: Account) -> str:
        query = """mutation($email: String!, $password: String!) {
          tokenCreate(email: $email, password: $password) { token errors { code message } } }"""
        answer = self.run(query, email=account.email, password=account.password)
        return str(answer["tokenCreate"]["token"])

    # The app

    def install(self, manifest_url: str, permissions: Sequence[str]) -> None:
        """Install as the Dashboard does, and wait for Saleor's worker."""
        query = """mutation($input: AppInstallInput!) { appInstall(input: $input) {
          appInstallation { id } errors { code message } } }"""
        wanted = {
            "appName": "Returns under test",
            "manifestUrl": manifest_url,
            "permissions": permissions,
            "activateAfterInstallation": True,
        }
        pk = self.as_staff(query, input=wanted)["appInstall"]["appInstallation"]["id"]

        def is_over() -> bool:
            found = self.as_staff("{ appsInstallations { id status message } }")
            mine = [node for node in found["appsInstallations"] if node["id"] == pk]
            assert not mine or mine[0]["status"] == "PENDING", mine[0]
            return not mine

        wait_until(is_over, seconds=INSTALL_SECONDS)

    def app(self, identifier: str) -> Node | None:
        """The installed app of this identifier, with everything its manifest said."""
        query = """{ apps(first: 100) { edges { node {
          id identifier name version isActive appUrl permissions { code }
          webhooks { id name targetUrl isActive subscriptionQuery
            syncEvents { eventType } asyncEvents { eventType } } } } } }"""
        nodes = (edge["node"] for edge in self.as_staff(query)["apps"]["edges"])
        return next((node for node in nodes if node["identifier"] == identifier), None)

    def remove_app(self, identifier: str) -> None:
        """Delete what a test installed. Never touches an app whose address is not this machine."""
        app = self.app(identifier)
        if app is None:
            return
        local = app["appUrl"].startswith("http://127.0.0.1:")
        assert local, f"{identifier} of {app['appUrl']} is installed: use a Saleor made for tests"
        query = "mutation($id: ID!) { appDelete(id: $id) { errors { code message } } }"
        self.as_staff(query, id=app["id"])

    def set_active(self, identifier: str, *, active: bool) -> None:
        """Staff switch the app on or off; what it has stays."""
        query = """mutation($id: ID!) { appActivate(id: $id) { errors { code message } } }"""
        query = query if active else query.replace("appActivate", "appDeactivate")
        app = self.app(identifier)
        assert app is not None
        self.as_staff(query, id=app["id"])

    def change_webhook(self, webhook: str, **changes: Any) -> None:
        query = """mutation($id: ID!, $input: WebhookUpdateInput!) {
          webhookUpdate(id: $id, input: $input) { errors { field code message } } }"""
        self.as_staff(query, id=webhook, input=changes)

    def remove_webhook(self, webhook: str) -> None:
        query = "mutation($id: ID!) { webhookDelete(id: $id) { errors { code message } } }"
        self.as_staff(query, id=webhook)

    def dashboard_token(self, app_id: str) -> str:
        """What the Dashboard hands to the app's pages: a short JWT of the staff member."""
        query = "query($id: ID!) { app(id: $id) { accessToken } }"
        return str(self.as_staff(query, id=app_id)["app"]["accessToken"])

    # Settings

    @contextmanager
    def parcels_wait_for_approval(self) -> Iterator[None]:
        """What is packed while the block runs leaves only when staff approve."""
        query = """mutation($auto: Boolean!) {
          shopSettingsUpdate(input: { fulfillmentAutoApprove: $auto }) { errors { code } } }"""
        self.as_staff(query, auto=False)
        try:
            yield
        finally:
            self.as_staff(query, auto=True)

    @contextmanager
    def unpaid_orders_allowed(self) -> Iterator[None]:
        """While the block runs, a checkout of the channel becomes an order with a deposit only."""
        query = """mutation($id: ID!, $allowed: Boolean!) {
          channelUpdate(id: $id, input: { orderSettings: { allowUnpaidOrders: $allowed } }) {
            errors { field code message } } }"""
        pk, before = self._channel()
        self.as_staff(query, id=pk, allowed=True)
        try:
            yield
        finally:
            self.as_staff(query, id=pk, allowed=before)

    def _channel(self) -> tuple[str, bool]:
        """Its id, and whether its orders may be unpaid."""
        query = """query($slug: String!) { channel(slug: $slug) {
          id orderSettings { allowUnpaidOrders } } }"""
        channel = self.as_staff(query, slug=self.channel)["channel"]
        return channel["id"], channel["orderSettings"]["allowUnpaidOrders"]

    def add_voucher(self, code: str, off_yuan: str) -> str:
        """So much off a whole order of the channel; the voucher's id."""
        whole = {"type": "ENTIRE_ORDER", "discountValueType": "FIXED"}
        return self._add_voucher(code, off_yuan, whole)

    def add_free_gift(self, code: str, product: str) -> str:
        """Every piece of the product for nothing; the voucher's id."""
        free = {
            "type": "SPECIFIC_PRODUCT",
            "discountValueType": "PERCENTAGE",
            "products": [product],
        }
        return self._add_voucher(code, "100", free)

    def _add_voucher(self, code: str, value: str, kind: Node) -> str:
        query = """mutation($input: VoucherInput!) { voucherCreate(input: $input) {
          voucher { id } errors { field code message } } }"""
        wish = kind | {"name": "Returns under test", "addCodes": [code]}
        voucher = str(self.as_staff(query, input=wish)["voucherCreate"]["voucher"]["id"])
        query = """mutation($id: ID!, $input: VoucherChannelListingInput!) {
          voucherChannelListingUpdate(id: $id, input: $input) { errors { code message } } }"""
        channel, _ = self._channel()
        listing = {"addChannels": [{"channelId": channel, "discountValue": value}]}
        self.as_staff(query, id=voucher, input=listing)
        return voucher

    def add_gift_card(self, yuan: str) -> str:
        """Its code, to be given like a voucher's."""
        query = """mutation($input: GiftCardCreateInput!) { giftCardCreate(input: $input) {
          giftCard { code } errors { field code message } } }"""
        wish = {"balance": {"amount": yuan, "currency": "CNY"}, "isActive": True}
        return str(self.as_staff(query, input=wish)["giftCardCreate"]["giftCard"]["code"])

    def remove_voucher(self, voucher: str) -> None:
        query = "mutation($id: ID!) { voucherDelete(id: $id) { errors { code message } } }"
        self.as_staff(query, id=voucher)


def wait_until(
    happened: Callable[[], bool], *, seconds: float, meanwhile: Callable[[], None] | None = None
) -> None:
    """Look again and again, working meanwhile, until it happened; fail when the time is over."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"did not happen within {seconds:.0f} s"
        if meanwhile:
            meanwhile()
        time.sleep(0.05)
