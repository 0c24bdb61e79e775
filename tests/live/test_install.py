"""A real Saleor installs us."""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.core.management import call_command

from saleor_wechat_returns.models import Shop, ShopApp
from saleor_wechat_returns.usecases.install import IDENTIFIER
from saleor_wechat_returns.usecases.shops import saleor_of
from tests.live.live_shop import LiveShop

OTHER_QUERY = "subscription { event { ... on OrderCreated { order { number } } } }"


def test_keeps_every_webhook_of_the_manifest_word_for_word(shop: LiveShop) -> None:
    manifest = shop.manifest

    app = shop.app

    assert app["isActive"] is True
    assert app["version"] == manifest["version"]
    assert {node["code"] for node in app["permissions"]} == set(manifest["permissions"])
    assert sorted(map(_as_in_manifest, app["webhooks"]), key=_name) == sorted(
        manifest["webhooks"], key=_name
    )


def test_calls_us_for_every_event_of_the_table(shop: LiveShop) -> None:
    heard = [event for webhook in shop.app["webhooks"] for event in _events(webhook)]

    assert sorted(heard) == [
        "ORDER_UPDATED",
        "PAYMENT_GATEWAY_INITIALIZE_SESSION",
        "TRANSACTION_CANCELATION_REQUESTED",
        "TRANSACTION_CHARGE_REQUESTED",
        "TRANSACTION_INITIALIZE_SESSION",
        "TRANSACTION_PROCESS_SESSION",
        "TRANSACTION_REFUND_REQUESTED",
    ]


def test_lets_us_bring_back_what_staff_changed_and_removed(shop: LiveShop) -> None:
    changed, silenced, removed, *others = sorted(shop.app["webhooks"], key=_name)
    shop.saleor.change_webhook(changed["id"], query=OTHER_QUERY, targetUrl=f"{shop.web.url}/x/")
    shop.saleor.change_webhook(silenced["id"], isActive=False)
    shop.saleor.remove_webhook(removed["id"])
    said = StringIO()

    call_command("migrate_webhooks", "--look-again", stdout=said)

    after = shop.app["webhooks"]
    assert sorted(map(_as_in_manifest, after), key=_name) == sorted(
        shop.manifest["webhooks"], key=_name
    )
    kept = {webhook["id"] for webhook in (changed, silenced, *others)}
    (brought_back,) = [webhook for webhook in after if webhook["id"] not in kept]
    assert brought_back["name"] == removed["name"]
    done, up_to_date = said.getvalue().splitlines()
    assert sorted(done.removeprefix(f"{shop.saleor.api_url}: ").split(", ")) == [
        f"CreateWebhook {removed['name']}",
        f"UpdateWebhook {changed['name']}",
        f"UpdateWebhook {silenced['name']}",
    ]
    assert up_to_date == "Every shop is up to date."


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
    kinds = ("syncEvents", "asyncEvents")
    events = {kind: _events(webhook, kind) for kind in kinds if webhook[kind]}
    return events | {
        "name": webhook["name"],
        "targetUrl": webhook["targetUrl"],
        "query": webhook["subscriptionQuery"],
        "isActive": webhook["isActive"],
    }


def _events(webhook: dict[str, Any], *kinds: str) -> list[str]:
    kinds = kinds or ("syncEvents", "asyncEvents")
    return [event["eventType"] for kind in kinds for event in webhook[kind]]


def _name(webhook: dict[str, Any]) -> str:
    return str(webhook["name"])
