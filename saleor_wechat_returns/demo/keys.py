"""A merchant's keys, made anew for each demo: worth nothing anywhere else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True, slots=True)
class DemoKeys:
    serial_no: str
    private_key_pem: str = field(repr=False)
    public_key_pem: str
    apiv3_key: str = field(repr=False)


def make_keys() -> DemoKeys:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return DemoKeys(
        serial_no=secrets.token_hex(20).upper(),
        private_key_pem=key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        public_key_pem=key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
        apiv3_key=secrets.token_hex(16),
    )
