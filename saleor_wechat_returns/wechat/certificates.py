"""Platform certificates (平台证书): how older merchants know WeChat Pay's signature.

Owns opening and checking them. Merchants since about autumn 2024 have none: they were given a
public key instead, and asking is refused with 404 or 403.
Source: WeChat Pay v3, "download platform certificates", read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cryptography.x509 import load_pem_x509_certificate

from . import signing
from .merchant import unusable
from .sealed import Undecipherable, open_sealed
from .wire import JsonObject, Malformed, read_child, read_children, read_text


@dataclass(frozen=True, slots=True)
class PlatformCertificate:
    """One of possibly several that are valid at once. `pem` fits into Merchant.verifiers."""

    serial_no: str
    pem: str = field(repr=False)
    effective_at: datetime
    expires_at: datetime


def read_certificates(data: JsonObject, apiv3_key: str) -> dict[str, PlatformCertificate]:
    """By serial number. Raises Malformed, or ProviderRejected where the APIv3 key does not fit."""
    return {
        certificate.serial_no: certificate
        for item in read_children(data, "data")
        if (certificate := _read(item, apiv3_key))
    }


def _read(item: JsonObject, apiv3_key: str) -> PlatformCertificate | None:
    sealed = read_child(item, "encrypt_certificate")
    if sealed.get("algorithm") != "AEAD_AES_256_GCM":
        return None  # SM2 certificates may stand beside ours
    serial_no = read_text(item, "serial_no")
    try:
        pem = open_sealed(sealed, apiv3_key).decode("ascii")
        signing.read_verifier(pem)
        certificate = load_pem_x509_certificate(pem.encode())
    except Undecipherable:
        raise unusable("apiv3_key", "WeChat Pay seals with another APIv3 key.") from None
    except ValueError:
        raise Malformed("a certificate is unreadable") from None
    if f"{certificate.serial_number:040X}" != serial_no:
        raise Malformed("a certificate bears another number")
    return PlatformCertificate(
        serial_no=serial_no,
        pem=pem,
        effective_at=certificate.not_valid_before_utc,
        expires_at=certificate.not_valid_after_utc,
    )
