"""The commands that store a shop's credentials …"""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from saleor_wechat_returns.models import WechatMerchant, WechatMiniProgram, WechatPush
from saleor_wechat_returns.secretbox import open_sealed
from saleor_wechat_returns.usecases.wechat_programs import mini_of, program_for
from tests import world as worlds
from tests.usecases.unchanged import nothing_changes
from tests.world import APP_SECRET, APPID, MCHID, PUSH_AES_KEY, PUSH_TOKEN, World

SHOP = "https://shop-a.example/graphql/"


def file_of(folder: Path, text: str) -> str:
    file = folder / f"{len(list(folder.iterdir()))}.txt"
    file.write_text(f"{text}\n")
    return str(file)


def program(folder: Path, secret: str = APP_SECRET, *more: str, shop: str = SHOP) -> str:
    said = StringIO()
    arguments = ["--shop", shop, "--appid", APPID, "--secret-file", file_of(folder, secret), *more]
    call_command("add_mini_program", *arguments, stdout=said)
    return said.getvalue().strip()


def merchant(folder: Path, *more: str) -> str:
    said = StringIO()
    arguments = ["--shop", SHOP, "--mchid", MCHID, "--serial-no", worlds.SERIAL]
    arguments += ["--private-key-file", file_of(folder, worlds._private_pem)]
    arguments += ["--apiv3-key-file", file_of(folder, worlds.APIV3_KEY), *more]
    call_command("add_wechat_merchant", *arguments, stdout=said)
    return said.getvalue().strip()


def test_keep_a_mini_program_sealed_and_usable(world: World, tmp_path: Path) -> None:
    assert program(tmp_path, APP_SECRET, "--channel", "cn") == f"Mini-program {APPID} is stored."

    row = program_for(world.shop.row, "cn")
    assert row is not None
    assert (row.channel, row.appid) == ("cn", APPID)
    assert APP_SECRET.encode() not in bytes(row.secret_sealed)
    assert open_sealed(bytes(row.secret_sealed), row.sealed_key_id) == APP_SECRET
    assert mini_of(row).code_to_session(world.mini.login("openid-of-li")).openid == "openid-of-li"


def test_replace_a_mini_program_of_the_same_channel(world: World, tmp_path: Path) -> None:
    program(tmp_path)

    assert WechatMiniProgram.objects.filter(shop=world.shop.row).count() == 1


def test_try_a_secret_before_they_keep_it(world: World, tmp_path: Path) -> None:
    """Also while an access token that the right one got is still good."""
    row = WechatMiniProgram.objects.get(shop=world.shop.row)
    mini_of(row).check_access()

    with nothing_changes(world), pytest.raises(CommandError, match="40125"):
        program(tmp_path, "another-secret")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("address_not_listed", "40164"),
        ("secret_frozen", "40243"),
        ("connect_refused", "WeChat"),
        ("timeout_before_accept", "WeChat"),
        ("timeout_after_accept", "WeChat"),
        ("http_502", "WeChat"),
        ("system_busy", "busy"),
    ],
)
def test_keep_nothing_that_wechat_did_not_take(
    world: World, tmp_path: Path, fault: str, said: str
) -> None:
    world.mini.faults.add(fault)

    with nothing_changes(world), pytest.raises(CommandError, match=said):
        program(tmp_path)


def test_keep_an_untried_secret_when_told_to(world: World, tmp_path: Path) -> None:
    program(tmp_path, "another-secret", "--no-check")

    row = WechatMiniProgram.objects.get(shop=world.shop.row)
    assert open_sealed(bytes(row.secret_sealed), row.sealed_key_id) == "another-secret"
    assert world.mini.calls == []


@pytest.mark.parametrize("secret", ["", "two words", "密钥"])
def test_refuse_a_secret_that_is_none(world: World, tmp_path: Path, secret: str) -> None:
    with nothing_changes(world), pytest.raises(CommandError):
        program(tmp_path, secret)

    assert world.mini.calls == []


def test_refuse_a_shop_that_is_not_installed(world: World, tmp_path: Path) -> None:
    with nothing_changes(world), pytest.raises(CommandError, match="no shop with the API URL"):
        program(tmp_path, shop="https://nobody.example/graphql/")


def test_keep_a_message_push_sealed(world: World, tmp_path: Path) -> None:
    token, key = file_of(tmp_path, PUSH_TOKEN), file_of(tmp_path, PUSH_AES_KEY)

    said = program(tmp_path, APP_SECRET, "--push-token-file", token, "--push-aes-key-file", key)

    address = f"https://returns.example/s/{world.shop.row.key}/wechat-push/"
    assert said.splitlines()[1] == f"Its message push goes to {address}."
    row = WechatPush.objects.get()
    assert PUSH_TOKEN.encode() not in bytes(row.token_sealed)
    assert open_sealed(bytes(row.token_sealed), row.sealed_key_id) == PUSH_TOKEN
    assert row.aes_key_sealed is not None
    assert open_sealed(bytes(row.aes_key_sealed), row.sealed_key_id) == PUSH_AES_KEY


def test_leave_the_message_push_as_it_is_if_told_nothing_of_it(
    world: World, tmp_path: Path
) -> None:
    world.shop.add_push()
    before = WechatPush.objects.values().get()

    program(tmp_path)

    assert WechatPush.objects.values().get() == before


@pytest.mark.parametrize(
    ("token", "key", "said"),
    [
        ("no word", PUSH_AES_KEY, "token"),
        (PUSH_TOKEN, "too short", "encoding_aes_key"),
        (None, PUSH_AES_KEY, "--push-token-file"),
    ],
)
def test_refuse_a_message_push_that_cannot_be_right(
    world: World, tmp_path: Path, token: str | None, key: str, said: str
) -> None:
    more = ["--push-aes-key-file", file_of(tmp_path, key)]
    more += ["--push-token-file", file_of(tmp_path, token)] if token else []

    with nothing_changes(world), pytest.raises(CommandError, match=said):
        program(tmp_path, APP_SECRET, *more)


def test_fetch_platform_certificates(world: World, tmp_path: Path) -> None:
    world.wechat.add_merchant(
        MCHID, worlds.SERIAL, worlds._public_pem, worlds.APIV3_KEY, is_old=True
    )

    said = merchant(tmp_path, "--platform-certificates")

    assert said == f"Merchant {MCHID} is stored."


def test_say_why_there_are_no_platform_certificates(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="RESOURCE_NOT_EXISTS"):
        merchant(tmp_path, "--platform-certificates")


@pytest.mark.parametrize("given", [(), ("--public-key-id", "PUB_KEY_ID_1")])
def test_need_some_key_of_wechat_pay(world: World, tmp_path: Path, given: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="--platform-certificates, or all three"):
        merchant(tmp_path, *given)


def test_keep_a_public_key(world: World, tmp_path: Path) -> None:
    key = file_of(tmp_path, world.wechat.public_key_pem)

    said = merchant(
        tmp_path, "--public-key-id", world.wechat.public_key_id, "--public-key-file", key
    )

    assert said == f"Merchant {MCHID} is stored."


def test_list_them_and_say_when_certificates_are_old(world: World) -> None:
    rows = WechatMerchant.objects.filter(shop=world.shop.row)
    rows.update(certificates_read_at=world.clock.now - timedelta(hours=13))
    said = StringIO()

    call_command("shops", stdout=said)

    assert [line for line in said.getvalue().splitlines() if line.startswith(" ")] == [
        f"  WeChat Pay {MCHID} (every channel): platform certificates, read 2026-11-22 13:00 UTC,"
        " OVERDUE: see `certificates.kept` in the log",
        f"  mini-program {APPID} (every channel)",
        f"  WeChat Pay {MCHID} (every channel): public key",
        f"  mini-program {APPID} (every channel)",
    ]
