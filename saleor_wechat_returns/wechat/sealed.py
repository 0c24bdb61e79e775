"""A sealed part of an answer or notice (AEAD_AES_256_GCM), opened with the merchant's APIv3 key."""

from __future__ import annotations

from . import signing
from .wire import JsonObject, read_text


class Undecipherable(Exception):
    """Sealed with another APIv3 key than ours, or damaged."""


def open_sealed(sealed: JsonObject, apiv3_key: str) -> bytes:
    """Raises Malformed where a field is missing, Undecipherable where the key does not fit."""
    nonce = read_text(sealed, "nonce")
    ciphertext = read_text(sealed, "ciphertext")
    associated_data = read_text(sealed, "associated_data", default="")
    try:
        return signing.unseal(
            apiv3_key, nonce=nonce, ciphertext=ciphertext, associated_data=associated_data
        )
    except ValueError:
        raise Undecipherable from None
