"""A merchant of WeChat Pay: its number, its secrets, and the keys that prove WeChat's word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ..domain.errors import ProviderRejected, Rejection
from . import signing

MAIN_HOST = "https://api.mch.weixin.qq.com"
BACKUP_HOST = "https://api2.mch.weixin.qq.com"
PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
ADDRESS = r"https?://[0-9A-Za-z.-]+(:[0-9]{1,5})?"


def unusable(field_name: str, message: str) -> ProviderRejected:
    """Keys that cannot work are told apart before anything is sent."""
    return ProviderRejected(Rejection.CONFIGURATION, "MERCHANT_UNUSABLE", message, field=field_name)


@dataclass(frozen=True, slots=True)
class Merchant:
    """One direct merchant (直连商户). Raises ProviderRejected (CONFIGURATION) if it cannot work.

    `serial_no`: number of the merchant's own API certificate, hex in capitals.
    `verifiers`: PEM by number: WeChat Pay public keys (PUB_KEY_ID_…) and platform certificates
    (40 hex digits); hold both while WeChat changes over.
    `awaits_certificates`: it may hold no key yet, and can only ask for certificates then.
    """

    mchid: str
    serial_no: str
    private_key_pem: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    verifiers: Mapping[str, str] = field(repr=False)
    base_url: str = MAIN_HOST
    awaits_certificates: bool = False
    keys: Mapping[str, RSAPublicKey] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9A-Za-z]{1,32}", self.mchid):
            raise unusable("mchid", "The merchant number has 1 to 32 digits.")
        if not re.fullmatch(r"[0-9A-Fa-f]{1,40}", self.serial_no):
            raise unusable("serial_no", "The certificate number has up to 40 hex digits.")
        if not re.fullmatch(r"[!-~]{32}", self.apiv3_key):
            raise unusable("apiv3_key", "The APIv3 key has exactly 32 characters.")
        if not re.fullmatch(ADDRESS, self.base_url):
            raise unusable("base_url", "The address is scheme and host, without a path.")
        if not self.verifiers and not self.awaits_certificates:
            raise unusable("verifiers", "At least one key of WeChat Pay is needed.")
        try:
            keys = {number: signing.read_verifier(pem) for number, pem in self.verifiers.items()}
        except ValueError as error:
            raise unusable("verifiers", str(error)) from None
        object.__setattr__(self, "keys", keys)

    @property
    def public_key_id(self) -> str | None:
        """Number of the WeChat Pay public key, if the merchant has moved to one."""
        return next((no for no in self.verifiers if no.startswith(PUBLIC_KEY_PREFIX)), None)
