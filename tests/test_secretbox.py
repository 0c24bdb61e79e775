"""Secrets in rows: what opens, what does not, and what can be searched."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from saleor_wechat_returns import secretbox

OLD = f"old:{Fernet.generate_key().decode()}"
NEW = f"new:{Fernet.generate_key().decode()}"


def use_keys(settings: Settings, *keys: str) -> None:
    settings.SECRETS_KEYS = secretbox.parse_keys(",".join(keys))


def test_a_sealed_text_opens_again_and_is_not_readable(settings: Settings) -> None:
    use_keys(settings, NEW)

    ciphertext, key_id = secretbox.seal("密钥")

    assert key_id == "new"
    assert "密钥".encode() not in ciphertext
    assert secretbox.open_sealed(ciphertext, key_id) == "密钥"


def test_opens_what_the_database_hands_back_as_memoryview(settings: Settings) -> None:
    use_keys(settings, NEW)
    ciphertext, key_id = secretbox.seal("secret")

    assert secretbox.open_sealed(memoryview(ciphertext), key_id) == "secret"


def test_an_older_key_still_opens_after_a_newer_one_came(settings: Settings) -> None:
    use_keys(settings, OLD)
    ciphertext, key_id = secretbox.seal("secret")

    use_keys(settings, NEW, OLD)

    assert secretbox.open_sealed(ciphertext, key_id) == "secret"
    assert secretbox.current_key_id() == "new"


def test_says_which_key_is_missing(settings: Settings) -> None:
    use_keys(settings, OLD)
    ciphertext, key_id = secretbox.seal("secret")
    use_keys(settings, NEW)

    with pytest.raises(secretbox.UnreadableSecretError) as caught:
        secretbox.open_sealed(ciphertext, key_id)

    assert str(caught.value) == (
        "A secret was sealed with key 'old': put that key back into SECRETS_KEYS."
    )


def test_refuses_a_changed_ciphertext(settings: Settings) -> None:
    use_keys(settings, NEW)
    ciphertext, key_id = secretbox.seal("secret")

    with pytest.raises(secretbox.UnreadableSecretError, match="does not open"):
        secretbox.open_sealed(ciphertext[:-4] + b"AAA=", key_id)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "entry 1 must be `id:key` with an id of its own"),
        (Fernet.generate_key().decode(), "entry 1 must be `id:key` with an id of its own"),
        (f"{OLD},{OLD}", "entry 2 must be `id:key` with an id of its own"),
        ("short:abc", "the key of 'short' is not a Fernet key (44 characters)"),
    ],
    ids=["empty", "without an id", "the same id twice", "too short"],
)
def test_refuses_a_list_of_keys_that_cannot_work(text: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        secretbox.parse_keys(text)

    assert str(caught.value) == f"SECRETS_KEYS: {message}."


def test_equal_texts_have_equal_blind_indexes_and_different_ones_have_not() -> None:
    one = secretbox.blind_index("13800000000")

    assert one == secretbox.blind_index("13800000000")
    assert one != secretbox.blind_index("13800000001")
    assert len(one) == 64


def test_a_blind_index_depends_on_the_secret_key(settings: Settings) -> None:
    before = secretbox.blind_index("13800000000")

    settings.SECRET_KEY = "another"

    assert secretbox.blind_index("13800000000") != before
