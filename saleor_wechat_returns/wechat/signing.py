"""Signatures and sealed resources of WeChat Pay APIv3 (签名, 验签, 解密).

Owns the two signed texts and AES-256-GCM. Knows keys and bytes, no HTTP client and no refund.
Source: WeChat Pay v3, "generate, verify signatures" and "decrypt callbacks", read 2026-11.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

SCHEMA = "WECHATPAY2-SHA256-RSA2048"
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
WINDOW_SECONDS = 300


class SignatureFault(StrEnum):
    """Why something that claims to come from WeChat Pay is not believed."""

    UNSIGNED = "unsigned"  # a signature header is missing or unreadable
    PROBE = "probe"  # WeChat tests that we do verify; the true one follows: no alarm
    STALE = "stale"  # signed more than 300 s from now: a replay, or our clock is wrong
    UNKNOWN_SERIAL = "unknown_serial"  # we hold no key of that number: a task for the operator
    FORGED = "forged"  # the signature does not fit the bytes


class SignatureRefused(Exception):
    """The bytes are not proven to come from WeChat Pay."""

    def __init__(self, fault: SignatureFault) -> None:
        super().__init__(fault)
        self.fault = fault


@lru_cache(maxsize=32)  # reading one takes about 30 ms, and a service has few merchants
def read_private_key(pem: str) -> RSAPrivateKey:
    """Raises ValueError for anything but an RSA private key."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not a readable private key") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA private key")
    return key


def read_verifier(pem: str) -> RSAPublicKey:
    """The key in a WeChat Pay public key or platform certificate; ValueError otherwise."""
    try:
        certified = "BEGIN CERTIFICATE" in pem
        key: object = (
            load_pem_x509_certificate(pem.encode()).public_key()
            if certified
            else load_pem_public_key(pem.encode())
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not a readable public key or certificate") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key")
    return key


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """RSA PKCS#1 v1.5 with SHA-256, in base64."""
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def authorization(
    key: RSAPrivateKey,
    *,
    mchid: str,
    serial_no: str,
    method: str,
    target: str,
    body: bytes,
    nonce: str,
    now: datetime,
) -> str:
    """The Authorization header. `target` is path and query exactly as they go on the wire."""
    timestamp = int(now.timestamp())
    signature = sign(key, f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n")
    return (
        f'{SCHEMA} mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{timestamp}",serial_no="{serial_no}"'
    )


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    verifiers: Mapping[str, RSAPublicKey],
    now: datetime,
) -> None:
    """Return only if WeChat Pay signed these raw bytes within 300 s of now.

    `verifiers`: keys by their number. During WeChat's change-over from platform certificates to
    its public key both kinds of signature arrive, so several are held.
    Raises SignatureRefused, nothing else.
    """
    ours = {name.lower(): value for name, value in headers.items()}
    timestamp = ours.get("wechatpay-timestamp", "")
    nonce = ours.get("wechatpay-nonce", "")
    signature = ours.get("wechatpay-signature", "")
    if signature.startswith(PROBE_PREFIX):
        raise SignatureRefused(SignatureFault.PROBE)
    # A line break inside the nonce would move the borders of the three signed lines.
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or not re.fullmatch(r"[!-~]{1,128}", nonce):
        raise SignatureRefused(SignatureFault.UNSIGNED)
    try:
        signed = base64.b64decode(signature, validate=True)
    except ValueError:
        signed = b""
    if not signed:
        raise SignatureRefused(SignatureFault.UNSIGNED)
    if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise SignatureRefused(SignatureFault.STALE)
    key = verifiers.get(ours.get("wechatpay-serial", ""))
    if key is None:
        raise SignatureRefused(SignatureFault.UNKNOWN_SERIAL)
    message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    try:
        key.verify(signed, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise SignatureRefused(SignatureFault.FORGED) from None


def unseal(apiv3_key: str, *, nonce: str, ciphertext: str, associated_data: str) -> bytes:
    """Decrypt a resource; `associated_data` may be empty. ValueError if it does not open."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(apiv3_key.encode()).decrypt(
            nonce.encode(), sealed, associated_data.encode() or None
        )
    except (ValueError, InvalidTag):
        raise ValueError("does not open with this key") from None
