"""The sandbox installs an app as the real Saleor did, and undoes it when the app refuses."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import (
    InstallationFailed,
    LineSpec,
    PaidWith,
    SaleorSandbox,
)
from tests.contracts import recordings

API_URL = "http://127.0.0.1:8000/graphql/"
MANIFEST_URL = "http://127.0.0.1:8111/manifest/lab.returns"
MANIFEST = {
    "id": "lab.returns",
    "name": "Lab Returns",
    "version": "1",
    "permissions": ["MANAGE_ORDERS", "HANDLE_PAYMENTS"],
    "tokenTargetUrl": "http://127.0.0.1:8111/register/lab.returns",
    "webhooks": [
        {
            "name": "updated",
            "targetUrl": "http://127.0.0.1:8111/updated",
            "query": "subscription { event { ... on OrderUpdated { order { id } } } }",
        }
    ],
}
RETURN = """mutation($id: ID!, $line: ID!) { orderFulfillmentReturnProducts(order: $id,
  input: {refund: false, fulfillmentLines: [{fulfillmentLineId: $line, quantity: 1}]}) {
  errors { code } } }"""
GRANT = """mutation($id: ID!, $transaction: ID!) { orderGrantRefundCreate(id: $id,
  input: {amount: "1.00", transactionId: $transaction}) { errors { code } } }"""
MAKERS = """query($id: ID!) { order(id: $id) {
  events { type app { id } } grantedRefunds { app { id } } } }"""
OWN_APP = "{ app { id identifier } }"
REPORT = """mutation($id: ID!) { transactionEventReport(id: $id, pspReference: "r", amount: "1.00",
  type: REFUND_SUCCESS) { errors { code } } }"""

Register = Callable[[httpx.Request], httpx.Response]


def accept(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"ok": True})


def shop_with(
    register: Register = accept, manifest: dict[str, Any] = MANIFEST
) -> tuple[SaleorSandbox, list[httpx.Request]]:
    """A shop whose app server has `manifest` and answers the register call with `register`."""
    seen: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path.startswith("/manifest"):
            return httpx.Response(200, json=manifest)
        return register(request)

    return SaleorSandbox(API_URL, httpx.Client(transport=httpx.MockTransport(serve))), seen


def ask(shop: SaleorSandbox, token: str, query: str, **variables: Any) -> Any:
    client = httpx.Client(transport=shop.transport)
    headers = {"Authorization": f"Bearer {token}"}
    body = {"query": query, "variables": variables}
    return client.post(API_URL, json=body, headers=headers).json()


def telling(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say something about the sender, not about its HTTP library."""
    lowered = {name.lower(): value for name, value in headers.items()}
    kept = ("host", "user-agent", "content-type")
    return {n: v for n, v in lowered.items() if n in kept or "saleor" in n}


@pytest.mark.parametrize(("position", "name"), [(0, "02-manifest-fetch"), (1, "03-register-post")])
def test_sends_what_was_recorded(position: int, name: str) -> None:
    recording = recordings.load(name)
    shop, seen = shop_with()

    app = shop.install_app(MANIFEST_URL)

    request = seen[position]
    assert telling(request.headers) == telling(recording.headers)
    assert request.url.path == recording.path
    if position == 1:
        assert request.read() == b'{"auth_token":"%s"}' % app.auth_token.encode()
        assert len(app.auth_token) == len(recording.body["auth_token"])


def test_the_token_works_while_the_app_is_still_answering() -> None:
    answers: list[Any] = []

    def call_back(request: httpx.Request) -> httpx.Response:
        token = httpx.Response(200, content=request.read()).json()["auth_token"]
        answers.append(ask(shop, token, OWN_APP)["data"])
        return httpx.Response(200, json={})

    shop, _ = shop_with(call_back)

    app = shop.install_app(MANIFEST_URL)

    assert answers == [{"app": {"id": app.id, "identifier": "lab.returns"}}]


def test_a_refusing_app_is_removed_again_and_its_message_shown() -> None:
    shop, _ = shop_with(lambda _: httpx.Response(400, json={"error": {"message": "not here"}}))

    with pytest.raises(InstallationFailed, match="not here"):
        shop.install_app(MANIFEST_URL)

    assert shop.world.apps == []


def test_an_unknown_field_in_a_subscription_fails_the_whole_installation() -> None:
    query = "subscription { event { ... on OrderUpdated { order { invented } } } }"
    webhook = {"name": "bad", "targetUrl": "http://127.0.0.1:8111/bad", "query": query}
    shop, seen = shop_with(manifest={**MANIFEST, "webhooks": [webhook]})

    with pytest.raises(InstallationFailed, match="invented"):
        shop.install_app(MANIFEST_URL)

    assert [request.method for request in seen] == ["GET"]


def test_the_same_app_cannot_be_installed_twice() -> None:
    shop, _ = shop_with()
    shop.install_app(MANIFEST_URL)

    with pytest.raises(InstallationFailed, match="already installed"):
        shop.install_app(MANIFEST_URL)


def test_a_reinstalled_app_still_owns_its_transactions() -> None:
    shop, _ = shop_with()
    former = shop.install_app(MANIFEST_URL)
    line = LineSpec("T-shirt", "T-shirt-S", "TS-S", 1, "99.90")
    order = shop.seed_order(lines=[line], paid_with=[PaidWith("lab.returns", "wx-1")])
    shop.uninstall_app(former)

    app = shop.install_app(MANIFEST_URL)

    transaction = order.transactions[0].id
    assert app.id != former.id
    assert "errors" in ask(shop, former.auth_token, OWN_APP)
    answer = ask(shop, app.auth_token, REPORT, id=transaction)
    assert answer["data"]["transactionEventReport"]["errors"] == []


def test_a_removed_app_is_no_longer_named_by_what_it_made() -> None:
    """Not even when it is installed again (3.23.28, seen 2026-11)."""
    shop, _ = shop_with()
    former = shop.install_app(MANIFEST_URL)
    line = LineSpec("T-shirt", "T-shirt-S", "TS-S", 1, "99.90")
    paid = [PaidWith("lab.returns", "wx-1")]
    order = shop.seed_order(lines=[line], paid_with=paid, fulfilled="all")
    shipped = order.fulfillments[0].lines[0].id
    ask(shop, former.auth_token, RETURN, id=order.id, line=shipped)
    ask(shop, former.auth_token, GRANT, id=order.id, transaction=order.transactions[0].id)
    before = ask(shop, former.auth_token, MAKERS, id=order.id)["data"]["order"]
    shop.uninstall_app(former)

    app = shop.install_app(MANIFEST_URL)

    after = ask(shop, app.auth_token, MAKERS, id=order.id)["data"]["order"]
    made_by = {"app": {"id": former.id}}
    assert {"type": "FULFILLMENT_RETURNED", **made_by} in before["events"]
    assert before["grantedRefunds"] == [made_by]
    assert {"type": "FULFILLMENT_RETURNED", "app": None} in after["events"]
    assert after["grantedRefunds"] == [{"app": None}]
