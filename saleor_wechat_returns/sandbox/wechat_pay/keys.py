"""WeChat Pay's own signature, and the check of a merchant's.

Source: WeChat Pay v3, "generate signatures", "verify signatures", "public key", read 2026-11.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .problems import not_signed

PROBE = "WECHATPAY/SIGNTEST/"
CLOCK_SECONDS = 5 * 60


class Signer:
    """One key of WeChat Pay's and the number it goes by in Wechatpay-Serial."""

    def __init__(self, private: rsa.RSAPrivateKey, number: str) -> None:
        self._private = private
        self.id = number

    def sign(self, body: bytes, at: datetime, *, probe: bool = False) -> dict[str, str]:
        """The four headers, and the type that the documents call optional."""
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        text = b"\n".join([timestamp.encode(), nonce.encode(), body, b""])
        signature = b64encode(self._private.sign(text, padding.PKCS1v15(), hashes.SHA256()))
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.id,
            "Wechatpay-Signature": (PROBE if probe else "") + signature.decode(),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }


class PlatformKey(Signer):
    """Public-key mode (微信支付公钥): one key for ever."""

    def __init__(self, private_key_pem: str | None = None) -> None:
        if private_key_pem is None:
            private = make_key()
        else:
            # Checking the key again takes 30 ms, and whoever made it is in this process.
            loaded = serialization.load_pem_private_key(
                private_key_pem.encode(), None, unsafe_skip_rsa_key_validation=True
            )
            assert isinstance(loaded, rsa.RSAPrivateKey)  # noqa: S101 - a caller's mistake
            private = loaded
        self.public_pem = (
            private.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )
        digest = hashlib.sha256(self.public_pem.encode()).digest()
        super().__init__(private, f"PUB_KEY_ID_0119{int.from_bytes(digest[:12], 'big'):030d}")


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def seal(plain: bytes, apiv3_key: str, associated_data: str) -> dict[str, str]:
    """AEAD_AES_256_GCM with the merchant's APIv3 key, in the fields of a `resource`."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plain, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": b64encode(sealed).decode(),
        "associated_data": associated_data,
        "nonce": nonce,
    }


def read_authorization(header: str) -> Mapping[str, str]:
    """The five items of the Authorization header, in whatever order."""
    scheme, _, items = header.partition(" ")
    found = dict(re.findall(r'(\w+)="([^"]*)"', items))
    wanted = {"mchid", "nonce_str", "timestamp", "serial_no", "signature"}
    if scheme != "WECHATPAY2-SHA256-RSA2048" or not wanted <= found.keys():
        raise not_signed("Http头Authorization值格式错误")
    return found


def check_signature(
    items: Mapping[str, str],
    *,
    public_key_pem: str,
    serial_no: str,
    request: tuple[str, str, bytes],
    now: datetime,
) -> None:
    """`request` is method, path with query as it came over the wire, and raw body."""
    method, target, body = request
    if not items["timestamp"].isdecimal():
        raise not_signed("Http头Authorization的时间戳错误")
    if abs(int(items["timestamp"]) - now.timestamp()) > CLOCK_SECONDS:
        raise not_signed("Http头Authorization的时间戳与发起请求的时间不得超过5分钟")
    if items["serial_no"] != serial_no:
        raise not_signed("商户证书序列号有误")
    lines = [method, target, items["timestamp"], items["nonce_str"]]
    text = "".join(line + "\n" for line in lines).encode() + body + b"\n"
    if not fits(items["signature"], text, public_key_pem):
        raise not_signed("签名错误")


def fits(signature: str, text: bytes, public_key_pem: str) -> bool:
    key = serialization.load_pem_public_key(public_key_pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - a caller's mistake
    try:
        key.verify(b64decode(signature), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
