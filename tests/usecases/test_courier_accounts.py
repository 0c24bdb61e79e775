"""A shop's account with a courier provider …"""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from saleor_wechat_returns.domain.errors import ProviderRejected, Rejection
from saleor_wechat_returns.models import CourierAccount
from saleor_wechat_returns.usecases.couriers import accounts_of, courier_for, opened, tracker_of
from tests.returning import as_owner
from tests.usecases.unchanged import nothing_changes
from tests.world import World

SET = """mutation($provider: String!, $credentials: [ReturnCourierCredentialInput!],
    $couriers: [String!]!, $hours: [String!], $enabled: Boolean) {
  returnCourierAccountSet(provider: $provider, credentials: $credentials, couriers: $couriers,
      hours: $hours, isEnabled: $enabled) {
    account { provider label en: label(languageCode: EN) couriers hours isEnabled }
    errors { field code } } }"""
LIST = "{ returnCourierAccounts { provider couriers hours isEnabled } }"
CREDENTIALS = [
    {"name": "key", "value": "TestKey0001"},
    {"name": "secret", "value": "TestSecret0001"},
    {"name": "customer", "value": "TESTCUSTOMER0001"},
]
KUAIDI100 = {"provider": "kuaidi100", "credentials": CREDENTIALS, "couriers": ["jd", "yto"]}


def row(world: World, provider: str = "kuaidi100") -> CourierAccount:
    return CourierAccount.objects.get(shop=world.shop.row, provider=provider)


def test_is_entered_by_staff_sealed_and_never_shown_again(world: World) -> None:
    answer = as_owner(world.shop, SET, **KUAIDI100, hours=["09:00-11:00"]).payload

    assert answer["errors"] == []
    assert answer["account"] == {
        "provider": "kuaidi100",
        "label": "快递100",
        "en": "Kuaidi100",
        "couriers": ["jd", "yto"],
        "hours": ["09:00-11:00"],
        "isEnabled": True,
    }
    assert b"TestSecret0001" not in bytes(row(world).credentials_sealed)
    account = opened(row(world))
    assert account.credentials == {it["name"]: it["value"] for it in CREDENTIALS}
    assert "TestSecret0001" not in repr(account)
    assert courier_for(world.shop.row, "kuaidi100").provider == "kuaidi100"
    assert accounts_of(world.other_shop.row) == []


def test_keeps_its_credentials_when_other_things_change(world: World) -> None:
    as_owner(world.shop, SET, **KUAIDI100)
    sealed = bytes(row(world).credentials_sealed)
    changes: dict[str, Any] = {"provider": "kuaidi100", "couriers": ["sf"], "enabled": False}
    answer = as_owner(world.shop, SET, **changes)
    listed = as_owner(world.shop, LIST).data["returnCourierAccounts"]

    assert answer.payload["errors"] == []
    assert bytes(row(world).credentials_sealed) == sealed
    assert listed == [
        {"provider": "kuaidi100", "couriers": ["sf"], "hours": [], "isEnabled": False}
    ]


def test_that_is_off_is_asked_for_nothing_new(world: World) -> None:
    world.shop.add_courier()
    assert tracker_of(world.shop.row) is not None
    CourierAccount.objects.update(is_enabled=False)

    assert (accounts_of(world.shop.row), tracker_of(world.shop.row)) == ([], None)
    assert courier_for(world.shop.row, "kuaidi100").provider == "kuaidi100"


def test_of_staff_needs_no_credentials_and_tracks_nothing(world: World) -> None:
    answer = as_owner(world.shop, SET, provider="manual", couriers=["sf"])

    assert answer.payload["errors"] == []
    assert tracker_of(world.shop.row) is None
    with pytest.raises(ProviderRejected) as missing:
        courier_for(world.shop.row, "kuaidi100")
    assert (missing.value.kind, missing.value.code) == (Rejection.CONFIGURATION, "NO_ACCOUNT")


@pytest.mark.parametrize(
    ("change", "refusals"),
    [
        ({"provider": "nobody"}, [("NOT_FOUND", "provider")]),
        (
            {"credentials": None},
            [("REQUIRED", f"credentials.{name}") for name in ("key", "secret", "customer")],
        ),
        (
            {"credentials": [*CREDENTIALS[:2], {"name": "costumer", "value": "x"}]},
            [("REQUIRED", "credentials.customer"), ("MALFORMED", "credentials")],
        ),
        (
            {"credentials": [*CREDENTIALS, {"name": "key", "value": "k" * 201}]},
            [("TOO_LONG", "credentials.key")],
        ),
        (
            {"credentials": [*CREDENTIALS, {"name": "key", "value": "密钥"}]},
            [("MALFORMED", "credentials.key")],
        ),
        ({"couriers": []}, [("REQUIRED", "couriers")]),
        (
            {"couriers": ["jd", "nobody", "jd"]},
            [("NOT_FOUND", "couriers.1"), ("MALFORMED", "couriers.2")],
        ),
        (
            {"hours": ["09:00-11:00", "9-11", "12:00-11:00", "24:00-25:00"]},
            [("MALFORMED", f"hours.{n}") for n in (1, 2, 3)],
        ),
        ({"hours": ["09:00-11:00"] * 25}, [("TOO_MANY", "hours")]),
    ],
)
def test_is_refused_with_every_reason(
    world: World, change: dict[str, Any], refusals: list[tuple[str, str]]
) -> None:
    with nothing_changes(world):
        answer = as_owner(world.shop, SET, **(KUAIDI100 | change))

    assert answer.refusals == refusals


def test_is_not_for_staff_who_may_not_change_settings(world: World) -> None:
    with nothing_changes(world):
        answer = world.shop.as_clerk(SET, **KUAIDI100)
        listed = world.shop.as_clerk(LIST)

    assert answer.refusals == [("FORBIDDEN", None)]
    assert listed.body["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_can_be_stored_by_an_operator(world: World, tmp_path: Path) -> None:
    def store(*more: str) -> str:
        said = StringIO()
        shop = ["--shop", world.shop.row.api_url, "--provider", "kuaidi100", "--courier", "jd"]
        call_command("add_courier_account", *shop, *more, stdout=said)
        return said.getvalue()

    files = []
    for one in CREDENTIALS:
        file = tmp_path / one["name"]
        file.write_text(one["value"] + "\n")
        files += ["--credential", f"{one['name']}={file}"]

    with pytest.raises(CommandError, match=r"credentials\.secret: required"):
        store(*files[:2])
    with pytest.raises(CommandError, match="NAME=FILE"):
        store("--credential", "TestSecret0001")
    assert not CourierAccount.objects.exists()
    assert store(*files, "--hours", "09:00-11:00") == "The account at kuaidi100 is stored.\n"
    assert opened(row(world)).credentials["secret"] == "TestSecret0001"
    store("--disabled")
    assert (row(world).is_enabled, row(world).hours) == (False, [])
    assert opened(row(world)).credentials["secret"] == "TestSecret0001"
