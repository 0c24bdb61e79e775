"""Rotating the keys …"""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from saleor_wechat_returns import inbox
from saleor_wechat_returns.models import (
    InboxMessage,
    Parcel,
    ShopApp,
    WechatAccessToken,
    WechatMerchant,
)
from saleor_wechat_returns.secretbox import current_key_id, open_sealed, parse_keys
from saleor_wechat_returns.usecases import rotate_keys as rotation
from saleor_wechat_returns.usecases.rotate_keys import rotate_keys, sealed_columns
from saleor_wechat_returns.usecases.shops import credentials_of, saleor_of
from saleor_wechat_returns.usecases.wechat_programs import AccessTokens, mini_of, program_for
from tests import make
from tests.usecases.paid_once import assert_paid_once
from tests.world import APIV3_KEY, World

OLD = "tests"


@pytest.fixture
def filled(world: World, settings: Any) -> World:
    """Something sealed in every model the world fills, and a new key in front."""
    make.in_transit(world.shop, world.shop.order())
    program = program_for(world.shop.row, "")
    assert program is not None
    mini_of(program).check_access()
    new = parse_keys(f"new:{Fernet.generate_key().decode()}")
    settings.SECRETS_KEYS = new | settings.SECRETS_KEYS
    assert current_key_id() == "new"
    return world


def said() -> list[str]:
    output = StringIO()
    call_command("rotate_keys", stdout=output)
    return output.getvalue().splitlines()


def test_knows_every_binary_column_of_ours() -> None:
    ours = apps.get_app_config("saleor_wechat_returns").get_models()
    binary = {
        (model, column.name)
        for model in ours
        for column in model._meta.concrete_fields
        if isinstance(column, models.BinaryField)
    }

    covered = [(columns.model, name) for columns in sealed_columns() for name in columns.names]

    assert set(covered) == binary
    assert len(covered) == len(binary) >= 7


@pytest.mark.parametrize(
    ("name", "others"),
    [("token", {"token_key_id"}), ("token_sealed", {"id"}), ("photo", {"sealed_key_id"})],
)
def test_refuses_a_column_that_it_cannot_place(name: str, others: set[str]) -> None:
    with pytest.raises(LookupError, match=name):
        rotation._key_id_of(name, {name} | others)


def test_seals_everything_with_the_new_key(filled: World, settings: Any) -> None:
    rotate_keys()

    del settings.SECRETS_KEYS[OLD]
    for merchant in WechatMerchant.objects.order_by("pk"):
        assert credentials_of(merchant).apiv3_key == APIV3_KEY
    assert saleor_of(filled.shop.row).token == filled.shop.app.auth_token
    parcel = Parcel.objects.get()
    assert open_sealed(parcel.waybill_sealed, parcel.sealed_key_id) == "SF1234567890123"
    token = WechatAccessToken.objects.get()
    assert AccessTokens().get(token.appid) is not None


def test_leaves_the_service_working_without_the_old_key(filled: World, settings: Any) -> None:
    order = filled.shop.order()
    request = make.inspected(filled.shop, order)
    rotate_keys()
    del settings.SECRETS_KEYS[OLD]

    filled.run()

    assert_paid_once(filled.shop, order, request, 19900)


def test_done_twice_changes_nothing(filled: World) -> None:
    rotate_keys()
    before = list(ShopApp.objects.order_by("pk").values())

    done = rotate_keys()

    assert done.sealed.total() == 0
    assert list(ShopApp.objects.order_by("pk").values()) == before


def test_is_carried_on_after_a_kill(filled: World) -> None:
    """In the middle of it some rows have the new key and some the old: both open."""
    (columns,) = [c for c in sealed_columns() if c.model is WechatMerchant]
    assert rotation._seal_anew(columns, next(rotation._rows_of_other_keys(columns))) == 1

    keys = WechatMerchant.objects.order_by("sealed_key_id").values_list("sealed_key_id", flat=True)
    assert list(keys) == ["new", OLD]
    assert {credentials_of(it).apiv3_key for it in WechatMerchant.objects.all()} == {APIV3_KEY}
    assert rotate_keys().sealed["WechatMerchant (private_key_sealed, apiv3_key_sealed)"] == 1


def test_does_not_write_over_what_was_written_meanwhile(filled: World) -> None:
    (columns,) = [c for c in sealed_columns() if c.model is WechatAccessToken]
    (row,) = rotation._rows_of_other_keys(columns)
    WechatAccessToken.objects.update(token_sealed=b"a newer one")

    assert rotation._seal_anew(columns, row) == 0

    assert bytes(WechatAccessToken.objects.get().token_sealed) == b"a newer one"


def test_goes_through_more_rows_than_one_batch(filled: World) -> None:
    token = WechatAccessToken.objects.get()
    WechatAccessToken.objects.bulk_create(
        WechatAccessToken(
            appid=f"wx{number}",
            token_sealed=token.token_sealed,
            sealed_key_id=OLD,
            expires_at=token.expires_at,
        )
        for number in range(2 * rotation.BATCH)
    )

    done = rotate_keys()

    assert done.is_complete
    assert done.sealed["WechatAccessToken (token_sealed)"] == 2 * rotation.BATCH + 1


def test_says_what_was_done_and_which_key_can_go(filled: World) -> None:
    assert said() == [
        "Parcel (waybill_sealed, phone_sealed): 1 sealed anew",
        "ShopApp (token_sealed): 2 sealed anew",
        "WechatAccessToken (token_sealed): 1 sealed anew",
        "WechatMerchant (private_key_sealed, apiv3_key_sealed): 2 sealed anew",
        "WechatMiniProgram (secret_sealed): 2 sealed anew",
        "key 'new' seals 8",
        "'tests' can be removed from SECRETS_KEYS, once every process was restarted with 'new' in"
        " front and this command says so again.",
    ]


def test_goes_on_past_what_it_cannot_open_and_says_so(filled: World, settings: Any) -> None:
    lost = WechatMerchant.objects.filter(shop=filled.shop.row)
    lost.update(sealed_key_id="lost")
    output = StringIO()

    with pytest.raises(CommandError, match="Not everything is sealed with 'new' yet"):
        call_command("rotate_keys", stdout=output)

    lines = output.getvalue().splitlines()
    assert "key 'lost' seals 1" in lines
    assert (
        "1 unreadable: WechatMerchant (private_key_sealed, apiv3_key_sealed): A secret was sealed"
        " with key 'lost': put that key back into SECRETS_KEYS." in lines
    )
    assert not any("can be removed" in line for line in lines)
    settings.SECRETS_KEYS["lost"] = settings.SECRETS_KEYS[OLD]
    assert said()[-1].startswith("'tests', 'lost' can be removed")


def test_waits_for_what_is_still_to_be_heard(filled: World) -> None:
    payload = {"parcel": "", "provider": "kuaidi100", "body": "…", "key_id": OLD}
    inbox.receive(filled.shop.row, "courier.tracking", "1", payload)
    waiting = rotate_keys()
    InboxMessage.objects.update(handled_at=filled.clock.now)
    heard = rotate_keys()

    assert (waiting.is_complete, waiting.in_use[OLD]) == (False, 1)
    assert (heard.is_complete, heard.removable) == (True, [OLD])


def test_shows_no_secret(filled: World, caplog: pytest.LogCaptureFixture) -> None:
    lines = said()

    assert filled.shop.app.auth_token not in "".join(lines) + caplog.text
    assert APIV3_KEY not in "".join(lines) + caplog.text
