"""A real Saleor installs us."""

from __future__ import annotations

from typing import Any

from saleor_wechat_returns.models import Shop, ShopApp
from saleor_wechat_returns.usecases.install import IDENTIFIER
from saleor_wechat_returns.usecases.shops import saleor_of
from tests.live.live_shop import LiveShop


def test_keeps_every_webhook_of_the_manifest_word_for_word(shop: LiveShop) -> None:
    manifest = shop.manifest

    app = shop.app

    assert app["isActive"] is True
    assert app["version"] == manifest["version"]
    assert {node["code"] for node in app["permissions"]} == set(manifest["permissions"])
    assert sorted(map(_as_in_manifest, app["webhooks"]), key=_name) == sorted(
        manifest["webhooks"], key=_name
    )


def test_gives_us_a_token_that_is_ours(shop: LiveShop) -> None:
    row = Shop.objects.get()
    ours = ShopApp.objects.get()

    assert row.api_url == shop.saleor.api_url
    assert (
        row.schema_version
        == shop.saleor.as_staff("{ shop { schemaVersion } }")["shop"]["schemaVersion"]
    )
    assert (ours.app_id, ours.is_current) == (shop.app["id"], True)
    proven = saleor_of(row).read("OwnApp")["app"]
    assert (proven["id"], proven["identifier"]) == (ours.app_id, IDENTIFIER)


def test_keeps_the_shop_when_it_installs_us_again(shop: LiveShop) -> None:
    first = ShopApp.objects.get()
    shop.saleor.remove_app(IDENTIFIER)

    shop.saleor.install(f"{shop.web.url}/saleor/manifest/", shop.manifest["permissions"])

    assert Shop.objects.get() == shop.row
    apps = ShopApp.objects.order_by("id").values_list("app_id", "is_current")
    assert list(apps) == [(first.app_id, False), (shop.app["id"], True)]


def _as_in_manifest(webhook: dict[str, Any]) -> dict[str, Any]:
    events = {
        kind: [event["eventType"] for event in webhook[kind]]
        for kind in ("syncEvents", "asyncEvents")
        if webhook[kind]
    }
    return events | {
        "name": webhook["name"],
        "targetUrl": webhook["targetUrl"],
        "query": webhook["subscriptionQuery"],
        "isActive": webhook["isActive"],
    }


def _name(webhook: dict[str, Any]) -> str:
    return str(webhook["name"])
