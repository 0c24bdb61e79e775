"""Bringing an installed shop's webhooks to what this version needs …"""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from saleor_wechat_returns.models import Shop, ShopApp
from saleor_wechat_returns.saleor.subscriptions import SUBSCRIPTIONS, webhook_input
from saleor_wechat_returns.sandbox.saleor.people import Webhook
from saleor_wechat_returns.tasks import migrate_shops
from tests.usecases.wires import Refusing, wired
from tests.world import US, TestShop, World

WRITES = ("webhookCreate", "webhookUpdate", "webhookDelete")


def shown(webhook: Webhook) -> tuple[str, str, str, frozenset[str], bool]:
    events = frozenset(webhook.events)
    return webhook.name, webhook.target_url, webhook.query, events, webhook.is_active


def wanted(us: str = US) -> list[tuple[str, str, str, frozenset[str], bool]]:
    """As a fresh installation has them."""
    found = [webhook_input(entry, us) for entry in SUBSCRIPTIONS]
    return [
        (w["name"], w["targetUrl"], w["query"], frozenset(w["syncEvents"] + w["asyncEvents"]), True)
        for w in found
    ]


def there(shop: TestShop) -> list[tuple[str, str, str, frozenset[str], bool]]:
    return sorted(shown(webhook) for webhook in shop.app.webhooks)


def writes(shop: TestShop) -> list[str]:
    """The calls since the start, as `webhookCreate Order updated`."""
    said = []
    for call in shop.saleor.calls:
        if call.field in WRITES:
            name = call.variables["input"]["name"] if "input" in call.variables else ""
            said.append(f"{call.field} {name}".strip())
    return said


def digest(shop: TestShop) -> str:
    return Shop.objects.get(pk=shop.row.pk).webhooks_digest


def named(shop: TestShop, name: str) -> Webhook:
    (found,) = [webhook for webhook in shop.app.webhooks if webhook.name == name]
    return found


def test_finds_nothing_to_do_after_an_installation(world: World) -> None:
    assert digest(world.shop) == ""

    migrate_shops()

    assert writes(world.shop) == writes(world.other_shop) == []
    assert digest(world.shop) == digest(world.other_shop) != ""
    assert there(world.shop) == sorted(wanted())


def test_asks_nothing_of_a_shop_that_is_up_to_date(world: World) -> None:
    migrate_shops()
    before = len(world.shop.saleor.calls)

    migrate_shops()

    assert len(world.shop.saleor.calls) == before


def test_creates_what_an_older_version_did_not_have(world: World) -> None:
    shop = world.shop
    shop.app.webhooks.remove(named(shop, "Order updated"))

    migrate_shops()

    assert writes(shop) == ["webhookCreate Order updated"]
    assert there(shop) == sorted(wanted())
    assert digest(shop) != ""


@pytest.mark.parametrize(
    "change",
    [
        {"target_url": f"{US}/elsewhere/"},
        {"query": "subscription { event { ... on OrderUpdated { order { number } } } }"},
        {"events": frozenset({"ORDER_CREATED"})},
        {"events": frozenset({"ORDER_CREATED", "ORDER_UPDATED"})},
        {"is_active": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_updates_what_differs_and_nothing_else(world: World, change: dict[str, Any]) -> None:
    shop = world.shop
    old = named(shop, "Order updated")
    for name, value in change.items():
        setattr(old, name, value)

    migrate_shops()

    assert writes(shop) == ["webhookUpdate Order updated"]
    assert there(shop) == sorted(wanted())
    assert writes(world.other_shop) == []


def test_deletes_what_this_version_has_no_more(world: World) -> None:
    shop = world.shop
    old = replace(named(shop, "Order updated"), id="V2ViaG9vazo5OQ==", name="Order paid")
    shop.app.webhooks.append(old)

    migrate_shops()

    assert writes(shop) == ["webhookDelete"]
    assert there(shop) == sorted(wanted())


def test_leaves_what_staff_added_for_somebody_else(world: World) -> None:
    shop = world.shop
    webhook = named(shop, "Order updated")
    for number, url in enumerate((f"{US}.evil.example/saleor/", "https://erp.example/orders/")):
        foreign = replace(webhook, id=f"V2ViaG9vazo5{number}", name="ERP", target_url=url)
        shop.app.webhooks.append(foreign)

    migrate_shops()

    assert writes(shop) == []
    assert len(shop.app.webhooks) == len(SUBSCRIPTIONS) + 2


def test_leaves_one_of_two_that_are_the_same(world: World) -> None:
    """Two processes migrated at one moment, or an answer was lost twice."""
    shop = world.shop
    shop.app.webhooks.append(replace(named(shop, "Order updated"), id="V2ViaG9vazo5OQ=="))

    migrate_shops()

    assert writes(shop) == ["webhookDelete"]
    assert there(shop) == sorted(wanted())


def test_follows_a_change_of_our_address(world: World, settings: Any) -> None:
    migrate_shops()
    settings.PUBLIC_URL = "https://new.example"

    migrate_shops()

    assert there(world.shop) == sorted(wanted("https://new.example"))
    assert writes(world.shop) == [f"webhookUpdate {entry.name}" for entry in SUBSCRIPTIONS]
    assert there(world.other_shop) == sorted(wanted("https://new.example"))


def test_looks_again_after_a_reinstallation(world: World) -> None:
    shop = world.shop
    migrate_shops()
    shop.saleor.uninstall_app(shop.app)
    shop.install()
    assert digest(shop) == ""
    before = len(shop.saleor.calls_of("app"))

    migrate_shops()

    assert len(shop.saleor.calls_of("app")) == before + 1
    assert digest(shop) != ""


@pytest.mark.parametrize("field", ["webhookCreate", "webhookUpdate", "webhookDelete"])
@pytest.mark.parametrize(
    "fault", ["timeout_before", "http_500", "timeout_after_accept", "http_500_after_accept"]
)
def test_ends_right_at_the_next_look_whatever_became_of_a_call(
    world: World, field: str, fault: str
) -> None:
    """Away, or accepted and the answer lost: what is there is read before anything is repeated."""
    shop = world.shop
    old = named(shop, "Order updated")
    shop.app.webhooks.append(replace(old, id="V2ViaG9vazo5OQ==", name="Order paid"))
    old.is_active = False
    shop.app.webhooks.remove(named(shop, "Refund requested"))
    shop.saleor.faults.add(fault, field)

    migrate_shops()
    assert digest(shop) == ""

    migrate_shops()
    assert there(shop) == sorted(wanted())
    assert digest(shop) != ""
    assert sum(write.startswith(field) for write in writes(shop)) == 1


@pytest.mark.parametrize("fault", ["timeout_before", "http_500", "timeout_after_accept"])
def test_waits_while_saleor_cannot_be_read(world: World, fault: str) -> None:
    shop = world.shop
    shop.app.webhooks.clear()
    shop.saleor.faults.add(fault, "app")

    migrate_shops()

    assert writes(shop) == []
    assert digest(shop) == ""
    assert digest(world.other_shop) != ""


def test_goes_on_with_the_others_when_one_is_refused(world: World) -> None:
    shop = world.shop
    shop.app.webhooks.clear()
    no = {"field": "query", "code": "INVALID", "message": "no such field"}
    refusals = [{"data": {"webhookCreate": {"webhook": None, "errors": [no]}}}]

    def refuse_the_first(call: str) -> httpx.Response | None:
        is_it = call == "CreateWebhook" and refusals
        return httpx.Response(200, json=refusals.pop()) if is_it else None

    with wired(world, before=refuse_the_first):
        migrate_shops()

    others = [entry.name for entry in SUBSCRIPTIONS[1:]]
    assert [webhook.name for webhook in shop.app.webhooks] == others
    assert digest(shop) == ""
    migrate_shops()
    assert there(shop) == sorted(wanted())


@pytest.mark.parametrize("operation", ["CreateWebhook", "UpdateWebhook", "DeleteWebhook"])
def test_is_not_finished_while_saleor_refuses(world: World, operation: str) -> None:
    shop = world.shop
    old = named(shop, "Order updated")
    shop.app.webhooks.append(replace(old, id="V2ViaG9vazo5OQ==", name="Order paid"))
    old.is_active = False
    shop.app.webhooks.remove(named(shop, "Refund requested"))

    with wired(world, before=Refusing(operation)):
        migrate_shops()

    assert digest(shop) == ""
    assert len(writes(shop)) == 2  # the others were written
    migrate_shops()
    assert there(shop) == sorted(wanted())
    assert digest(shop) != ""


def test_leaves_a_shop_alone_that_refuses_us(world: World) -> None:
    shop = world.shop
    shop.app.is_active = False

    migrate_shops()
    before = len(shop.saleor.calls)
    migrate_shops()

    assert ShopApp.objects.get(shop=shop.row).refused_at == world.clock.now
    assert len(shop.saleor.calls) == before
    assert digest(shop) == ""


def test_by_two_at_one_moment_leaves_no_pair_behind(world: World) -> None:
    shop = world.shop
    shop.app.webhooks.clear()
    overtaken = False

    def meanwhile(call: str) -> None:
        nonlocal overtaken
        if call == "OwnWebhooks" and not overtaken:
            overtaken = True
            migrate_shops()

    with wired(world, after=meanwhile):
        migrate_shops()
    migrate_shops()

    assert there(shop) == sorted(wanted())
    assert len(shop.app.webhooks) == len(SUBSCRIPTIONS)


def test_by_hand_says_what_was_done(world: World) -> None:
    world.shop.app.webhooks.remove(named(world.shop, "Order updated"))
    said = StringIO()

    call_command("migrate_webhooks", stdout=said)

    assert said.getvalue().splitlines() == [
        "https://shop-a.example/graphql/: CreateWebhook Order updated",
        "https://shop-b.example/graphql/: nothing to do",
        "Every shop is up to date.",
    ]


def test_by_hand_says_what_is_not_finished(world: World) -> None:
    world.other_shop.saleor.faults.add("timeout_before", "app")
    said = StringIO()

    with pytest.raises(CommandError, match="1 of 2 shops are not up to date"):
        call_command("migrate_webhooks", stdout=said)

    assert said.getvalue().splitlines()[1:] == [
        "https://shop-b.example/graphql/: nothing to do",
        "  not finished: Saleor not reached: OwnWebhooks",
    ]


def test_by_hand_looks_again_when_told_to(world: World) -> None:
    migrate_shops()
    named(world.shop, "Order updated").is_active = False
    call_command("migrate_webhooks", stdout=StringIO())
    assert not named(world.shop, "Order updated").is_active

    call_command("migrate_webhooks", "--look-again", stdout=StringIO())

    assert named(world.shop, "Order updated").is_active
