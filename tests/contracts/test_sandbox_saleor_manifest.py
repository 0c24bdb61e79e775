"""The sandbox takes and refuses manifests as three real Saleors did: recordings `m-*` of each.

The recordings hold the answers; what was in each manifest is told by its name.
"""

import json
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.sandbox.saleor import InstallationFailed, SaleorSandbox
from tests.contracts import recordings

HERE = "http://127.0.0.1:8111"
MANIFEST = {
    "id": "m",
    "name": "m",
    "version": "1",
    "permissions": ["MANAGE_ORDERS"],
    "appUrl": HERE,
    "tokenTargetUrl": f"{HERE}/register/m",
}
QUERY = "subscription { event { ... on OrderUpdated { order { id } } } }"


def extension(mount: str, target: str, url: str = "/x", **more: Any) -> dict[str, Any]:
    """A manifest with this one extension."""
    found = {"label": "l", "mount": mount, "target": target, "url": url, "permissions": []} | more
    return MANIFEST | {"extensions": [found]}


def without(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in manifest.items() if key != name}


def webhook(query: str) -> dict[str, Any]:
    return {"webhooks": [{"name": "w", "targetUrl": f"{HERE}/w", "query": query}]}


ORDER = "ORDER_DETAILS_MORE_ACTIONS"
WIDGETS = "ORDER_DETAILS_WIDGETS"
POST, GET = {"method": "POST"}, {"method": "GET"}
WIDGET = extension(WIDGETS, "WIDGET")["extensions"]
REASON = "... on FulfillmentCreated { fulfillment { reason } }"
CASES = {
    "app-page-absolute-url": extension("NAVIGATION_ORDERS", "APP_PAGE", f"{HERE}/x"),
    "app-page-navigation-orders": extension("NAVIGATION_ORDERS", "APP_PAGE"),
    "bad-method": extension(WIDGETS, "WIDGET", options={"widgetTarget": {"method": "PUT"}}),
    "extension-identifier": MANIFEST | {"extensions": [{**WIDGET[0], "identifier": "a"}] * 2},
    "manage-apps-permission": MANIFEST | {"permissions": ["MANAGE_APPS"]},
    "new-tab-get": extension(ORDER, "NEW_TAB", options={"newTabTarget": GET}),
    "new-tab-post-foreign-host": extension(
        ORDER, "NEW_TAB", "http://localhost:8111/x", options={"newTabTarget": POST}
    ),
    "no-app-url-relative-popup": without(extension(ORDER, "POPUP"), "appUrl"),
    "no-token-target-url": without(MANIFEST, "tokenTargetUrl"),
    "permission-out-of-scope": extension(ORDER, "POPUP", permissions=["MANAGE_PRODUCTS"]),
    "popup-on-widget-mount": extension(WIDGETS, "POPUP"),
    "popup-order-details": extension(ORDER, "POPUP"),
    "popup-order-overview": extension("ORDER_OVERVIEW_MORE_ACTIONS", "POPUP"),
    "required-version": MANIFEST | {"requiredSaleorVersion": ">=3.21 <4"},
    "unknown-mount": extension("RETURNS_EVERYWHERE", "POPUP"),
    "unknown-options-key": extension(WIDGETS, "WIDGET", options={"foo": 1}),
    "unknown-target": extension("NAVIGATION_ORDERS", "DRAWER"),
    "unknown-top-level-key": MANIFEST | {"colour": "green"} | webhook(QUERY),
    "webhook-unknown-field": MANIFEST | webhook(f"subscription {{ event {{ {REASON} }} }}"),
    "widget-on-non-widget-mount": extension(ORDER, "WIDGET"),
    "widget-options-on-popup": extension(ORDER, "POPUP", options={"widgetTarget": GET}),
    "widget-order-details": extension(WIDGETS, "WIDGET"),
    "widget-post": extension(WIDGETS, "WIDGET", options={"widgetTarget": POST}),
}


def recorded(version: str, case: str) -> set[tuple[str, str]]:
    file = recordings.folder().parent / version / f"m-{case}.json"
    answer = json.loads(file.read_text("utf-8"))["response"]["body"]
    if "errors" in answer:
        return {("extensions", answer["errors"][0]["extensions"]["exception"]["code"])}
    found = answer["data"]["appFetchManifest"]["errors"]
    return {(error["field"], error["code"]) for error in found}


def said(version: str, manifest: dict[str, Any]) -> set[tuple[str, str]]:
    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=manifest if request.method == "GET" else {})

    http = httpx.Client(transport=httpx.MockTransport(serve))
    shop = SaleorSandbox("http://127.0.0.1:8000/graphql/", http, schema_version=version)
    try:
        shop.install_app(f"{HERE}/manifest/m")
    except InstallationFailed as failed:
        return set(failed.problems) or {("", str(failed))}
    return set()


@pytest.mark.parametrize("version", ["3.21", "3.22", "3.23"])
@pytest.mark.parametrize("case", CASES)
def test_answers_as_recorded(case: str, version: str) -> None:
    assert said(version, CASES[case]) == recorded(version, case)


def test_plays_every_case_that_was_recorded() -> None:
    folder = recordings.folder().parent
    for version in ("3.21", "3.22", "3.23"):
        names = {file.stem.removeprefix("m-") for file in (folder / version).glob("m-*.json")}
        assert names == set(CASES)


def test_refuses_the_permission_to_manage_apps_from_3_24_on() -> None:
    """Read in its code, not recorded."""
    assert said("3.24", CASES["manage-apps-permission"]) == {("permissions", "INVALID")}
