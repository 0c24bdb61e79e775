"""The manifest that Saleor reads when it installs us …"""

from __future__ import annotations

import struct
from typing import Any

import pytest

from saleor_wechat_returns.saleor.subscriptions import SUBSCRIPTIONS
from saleor_wechat_returns.sandbox.saleor import SaleorSandbox
from saleor_wechat_returns.sandbox.saleor.people import App
from saleor_wechat_returns.usecases.install import PERMISSIONS
from tests.world import US, World

MANIFEST = "/saleor/manifest/"
VERSIONS = ("3.21", "3.22", "3.23", "3.24")


def manifest(world: World, version: str | None) -> dict[str, Any]:
    headers = {} if version is None else {"Saleor-Schema-Version": version}
    answer = world.us.get(MANIFEST, headers=headers)
    assert answer.status_code == 200
    return dict(answer.json())


def installed(world: World, version: str) -> App:
    """In a shop of that version, which takes what real ones were seen to take."""
    saleor = SaleorSandbox(
        world.shop.saleor.world.api_url, world.us, clock=world.clock, schema_version=version
    )
    world.shop.saleor.world.apps.clear()
    saleor.world.apps = world.shop.saleor.world.apps  # they answer for each other's tokens
    return saleor.install_app(f"{US}{MANIFEST}")


@pytest.mark.parametrize("version", VERSIONS)
def test_is_taken_whole_by(world: World, version: str) -> None:
    app = installed(world, version)

    assert app.permissions == frozenset(PERMISSIONS)
    assert sorted(webhook.name for webhook in app.webhooks) == sorted(
        entry.name for entry in SUBSCRIPTIONS
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_hangs_our_pages_where_that_version_has_room(world: World, version: str) -> None:
    app = installed(world, version)

    everywhere = [("NAVIGATION_ORDERS", "APP_PAGE"), ("ORDER_DETAILS_MORE_ACTIONS", "POPUP")]
    widget = [] if version == "3.21" else [("ORDER_DETAILS_WIDGETS", "WIDGET")]
    assert [(e.mount_name, e.target_name) for e in app.extensions] == everywhere + widget
    assert {permission for e in app.extensions for permission in e.permissions} == {"MANAGE_ORDERS"}


@pytest.mark.parametrize("version", VERSIONS)
def test_names_extensions_where_names_are_known(world: World, version: str) -> None:
    found = [e.get("identifier") for e in manifest(world, version)["extensions"]]

    if version in {"3.21", "3.22"}:
        assert set(found) == {None}
    else:
        assert found == ["returns", "order-popup", "order-widget"]


@pytest.mark.parametrize(
    "version",
    [
        None,
        "",
        "3",
        "3.x",
        "x.22",
        "latest",
        "-3.22",
        "3." + "9" * 5000,
        "9" * 5000,
        "3.20",
    ],
    ids=range(10),
)
def test_is_the_most_modest_one_for_a_version_that_cannot_be_read(
    world: World, version: str | None
) -> None:
    assert manifest(world, version) == manifest(world, "3.21")


@pytest.mark.parametrize("version", ["3.23.28", "3.24.0-a.0", "3.25", "4.0"])
def test_is_the_newest_one_for_a_version_yet_to_come(world: World, version: str) -> None:
    """EC40."""
    assert manifest(world, version) == manifest(world, "3.24")


def test_asks_for_nothing_that_3_24_forbids(world: World) -> None:
    assert "MANAGE_APPS" not in manifest(world, "3.24")["permissions"]


def test_has_a_bare_origin_that_every_kind_of_extension_joins_alike(world: World) -> None:
    found = manifest(world, "3.24")

    assert found["appUrl"] == US
    assert all(extension["url"].startswith("/") for extension in found["extensions"])


def test_points_to_a_logo_as_saleor_wants_it(world: World) -> None:
    url = manifest(world, "3.24")["brand"]["logo"]["default"]

    logo = world.us.get(url)

    assert url.endswith(".png")
    assert (logo.status_code, logo.headers["Content-Type"]) == (200, "image/png")
    assert logo.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", logo.content[16:24]) == (256, 256)
    assert len(logo.content) < 10 * 1024
