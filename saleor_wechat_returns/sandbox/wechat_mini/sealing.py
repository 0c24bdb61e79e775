"""The message push (消息推送): its signatures, and the envelope of the safe mode (安全模式).

Source: mini-program documentation, "message push", read 2026-11.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

ENCODING_AES_KEY_LENGTH = 43
# 32 bytes, not the 16 of AES: up to two of its blocks may be padding.
PADDED_TO_BITS = 256


def sign(*parts: str) -> str:
    """SHA-1 of the parts, sorted and joined: token, timestamp, nonce and, sealed, the text."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def key_of(encoding_aes_key: str) -> bytes:
    """The 32 bytes behind the EncodingAESKey. ValueError unless it has 43 letters and digits."""
    if len(encoding_aes_key) != ENCODING_AES_KEY_LENGTH or not encoding_aes_key.isalnum():
        raise ValueError("an EncodingAESKey has 43 letters and digits")
    return b64decode(encoding_aes_key + "=")


def seal(message: bytes, key: bytes, appid: str, *, salt: bytes | None = None) -> str:
    """`Encrypt` of a message; `salt` are the 16 random bytes before it."""
    length = len(message).to_bytes(4, "big")
    plain = (salt or secrets.token_bytes(16)) + length + message + appid.encode()
    padder = PKCS7(PADDED_TO_BITS).padder()
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
