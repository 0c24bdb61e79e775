"""Secrets in rows: sealed with keys that have names, and searchable without being readable.

Owns the cryptography; which column is sealed, and when keys are rotated, is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class UnreadableSecretError(Exception):
    """A stored secret cannot be opened with the keys we have; the message says what to do."""


def parse_keys(text: str) -> dict[str, Fernet]:
    """Read `id:key,id:key`; the first is the one that seals. Raises ImproperlyConfigured."""
    keys: dict[str, Fernet] = {}
    for number, entry in enumerate(text.split(","), start=1):
        key_id, colon, key = entry.strip().partition(":")
        if not key_id or not colon or key_id in keys:
            raise ImproperlyConfigured(
                f"SECRETS_KEYS: entry {number} must be `id:key` with an id of its own."
            )
        try:
            keys[key_id] = Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(
                f"SECRETS_KEYS: the key of {key_id!r} is not a Fernet key (44 characters)."
            ) from None
    return keys


def current_key_id() -> str:
    """The id of the key that seals from now on; rows with another id wait for rotation."""
    return next(iter(settings.SECRETS_KEYS))


def seal(text: str) -> tuple[bytes, str]:
    """Encrypt with the current key; answer the ciphertext and the key's id, to store together."""
    key_id = current_key_id()
    return settings.SECRETS_KEYS[key_id].encrypt(text.encode()), key_id


def open_sealed(ciphertext: bytes | memoryview, key_id: str) -> str:
    """Decrypt what `seal` made. Raises UnreadableSecretError."""
    try:
        return settings.SECRETS_KEYS[key_id].decrypt(bytes(ciphertext)).decode()
    except KeyError:
        raise UnreadableSecretError(
            f"A secret was sealed with key {key_id!r}: put that key back into SECRETS_KEYS."
        ) from None
    except InvalidToken:
        raise UnreadableSecretError(
            f"A secret sealed with key {key_id!r} does not open: the key has that name but another"
            " value, or the row was changed. Restore the key, or enter the secret again."
        ) from None


def blind_index(text: str) -> str:
    """64 hex characters that are equal for equal texts, and say nothing without SECRET_KEY.

    Normalise before you ask: "+86 138…" and "138…" are different texts.
    """
    return hmac.new(_index_key(), text.encode(), hashlib.sha256).hexdigest()


def _index_key() -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"blind index v1")
    return derivation.derive(settings.SECRET_KEY.encode())
