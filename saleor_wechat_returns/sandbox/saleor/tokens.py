"""Saleor's JWTs and webhook signatures: one RSA key, RS256, published at `/.well-known/jwks.json`.

Claims as measured on Saleor 3.23.28 (recordings 200 to 209); signatures as on recording 43.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from .errors import TopLevelError
from .people import App, AppExtension, User

ACCESS_LIFETIME = timedelta(minutes=5)
REFRESH_LIFETIME = timedelta(days=30)


def peek(token: str) -> dict[str, Any] | None:
    """The claims of a JWT without checking anything; None when the text is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


@cache
def _generated_key(_slot: int) -> rsa.RSAPrivateKey:
    # Making a key takes a while; sandboxes of one process may share a few.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TokenKeys:
    """The signing key of one shop; `slot` picks the key, equal slots share it."""

    def __init__(self, issuer: str, slot: int = 0) -> None:
        self._issuer = issuer
        self._private = _generated_key(slot)
        self._public = json.loads(RSAAlgorithm.to_jwk(self._private.public_key()))
        self.kid = self._thumbprint()

    def _thumbprint(self) -> str:
        """RFC 7638: hash of the required members in lexical order."""
        members = {name: self._public[name] for name in ("e", "kty", "n")}
        digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def jwks(self) -> dict[str, Any]:
        return {"keys": [{**self._public, "use": "sig", "kid": self.kid, "alg": "RS256"}]}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Sign any claims, wrongly typed ones too: tests need tokens nobody should accept."""
        return jwt.api_jws.encode(
            json.dumps(dict(claims), separators=(",", ":")).encode(),
            self._private,
            algorithm="RS256",
            headers={"kid": self.kid},
        )

    def sign_payload(self, body: bytes) -> str:
        """Detached JWS over the raw body (RFC 7797), as in the `Saleor-Signature` header."""
        return jwt.api_jws.encode(
            body,
            self._private,
            algorithm="RS256",
            headers={"kid": self.kid, "b64": False, "crit": ["b64"]},
            is_payload_detached=True,
        )

    def verify(self, token: str, *, now: datetime) -> dict[str, Any]:
        """The checked claims; raises the error Saleor shows for a bad or expired token."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._private.public_key(),
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_iat": False},
            )
        except jwt.DecodeError:  # a broken signature, whether or not it can be decoded [206, 212]
            raise TopLevelError("Signature verification failed", "InvalidSignatureError") from None
        except jwt.InvalidTokenError as error:
            raise TopLevelError(str(error), type(error).__name__) from None
        if claims.get("exp", 0) <= now.timestamp():
            raise TopLevelError("Signature has expired", "ExpiredSignatureError")
        return claims

    def _claims(self, user: User, kind: str, now: datetime, lifetime: timedelta) -> dict[str, Any]:
        issued = int(now.timestamp())
        return {
            "iat": issued,
            "owner": "saleor",
            "iss": self._issuer,
            "exp": issued + int(lifetime.total_seconds()),
            "token": user.token_key,
            "email": user.email,
            "type": kind,
            "user_id": user.id,
            "is_staff": user.is_staff,
        }

    def access_token(
        self,
        user: User,
        *,
        now: datetime,
        lifetime: timedelta = ACCESS_LIFETIME,
        audience: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> str:
        """What `tokenCreate` returns, for customers and staff alike; `extra` overrides claims."""
        claims = self._claims(user, "access", now, lifetime)
        if audience:
            claims["aud"] = f"custom:{audience}"
        return self.sign({**claims, **(extra or {})})

    def refresh_token(
        self, user: User, *, now: datetime, csrf_token: str, audience: str | None = None
    ) -> str:
        claims = self._claims(user, "refresh", now, REFRESH_LIFETIME)
        claims["csrfToken"] = csrf_token
        if audience:
            claims["aud"] = f"custom:{audience}"
        return self.sign(claims)

    def dashboard_token(
        self,
        user: User,
        app: App,
        extension: AppExtension | None = None,
        *,
        now: datetime,
        lifetime: timedelta = ACCESS_LIFETIME,
        extra: Mapping[str, Any] | None = None,
    ) -> str:
        """The `thirdparty` token that Dashboard gives to an app or to one of its extensions."""
        granted = extension.permissions if extension else app.permissions
        claims = self._claims(user, "thirdparty", now, lifetime)
        claims["app"] = app.id
        claims["permissions"] = sorted(granted & user.permissions)
        claims["user_permissions"] = sorted(user.permissions)
        if extension:
            claims["app_extension"] = extension.id
        if app.audience:
            claims["aud"] = app.audience
        return self.sign({**claims, **(extra or {})})


def new_csrf_token() -> str:
    return secrets.token_urlsafe(48)
