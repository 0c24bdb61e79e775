"""Platform certificates (平台证书): how WeChat Pay signs for merchants of the years before 2024.

Source: WeChat Pay v3, "download platform certificates", read 2026-11: five years of life, several
valid at once, each sealed with the merchant's APIv3 key.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from .keys import Signer, make_key, seal
from .times import beijing

LIFETIME = timedelta(days=5 * 365)


class PlatformCertificate(Signer):
    def __init__(self, at: datetime) -> None:
        private = make_key()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
        self.effective_at, self.expires_at = at, at + LIFETIME
        # The first bit of 20 bytes stays 0, as X.509 wants; the second is set for 40 hex digits.
        number = secrets.randbits(158) | 1 << 158
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(number)
            .not_valid_before(self.effective_at)
            .not_valid_after(self.expires_at)
            .sign(private, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        super().__init__(private, f"{number:040X}")

    def answer(self, apiv3_key: str) -> dict[str, object]:
        """One item of "download platform certificates"."""
        return {
            "serial_no": self.id,
            "effective_time": beijing(self.effective_at),
            "expire_time": beijing(self.expires_at),
            "encrypt_certificate": seal(self.pem.encode(), apiv3_key, "certificate"),
        }
