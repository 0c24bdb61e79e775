"""Logging in, refreshing and verifying tokens."""

from typing import Any

from .call import Call
from .errors import Refused, TopLevelError, refuse
from .people import User
from .registry import mutation
from .tokens import new_csrf_token


@mutation("tokenCreate")
def create_token(
    call: Call, *, email: str, password: str, audience: str | None = None
) -> dict[str, Any]:
    """Access and refresh token for e-mail and password. [201-203]"""
    user = next((u for u in call.world.users if u.email == email), None)
    if user is None or not user.is_active or not password or user.password != password:
        text = "Please, enter valid credentials"
        raise refuse("email", "INVALID_CREDENTIALS", text)
    csrf_token = new_csrf_token()
    now = call.now()
    return {
        "token": call.keys.access_token(user, now=now, audience=audience),
        "refreshToken": call.keys.refresh_token(
            user, now=now, csrf_token=csrf_token, audience=audience
        ),
        "csrfToken": csrf_token,
        "user": user,
    }


@mutation("tokenRefresh")
def refresh_token(
    call: Call, *, refresh_token: str | None = None, **_cookies: str
) -> dict[str, Any]:
    """A new access token; `csrfToken` is only for cookies and therefore ignored. [204]"""
    claims = _verified(call, refresh_token or "", field="refreshToken")
    user = _user(call, claims)
    if claims.get("type") != "refresh" or user is None:
        raise refuse("refreshToken", "JWT_INVALID_TOKEN", "Incorrect refreshToken")
    return {"token": call.keys.access_token(user, now=call.now()), "user": user}


@mutation("tokenVerify")
def verify_token(call: Call, *, token: str) -> dict[str, Any]:
    """Says whether a token of this Saleor still holds, revocation included. [205-208]"""
    try:
        claims = _verified(call, token, field=None)
        user = _user(call, claims)
        if user is None:
            text = "Invalid token. User does not exist or is inactive."
            raise refuse(None, "JWT_INVALID_TOKEN", text)
    except Refused as refused:
        errors = [problem.as_payload() for problem in refused.problems]
        return {"isValid": False, "errors": errors}
    return {"isValid": True, "payload": claims, "user": _seen_through(user, claims)}


@mutation("appTokenVerify")
def verify_app_token(call: Call, *, token: str) -> dict[str, Any]:
    valid = any(app.auth_token == token and app.is_active for app in call.world.apps)
    return {"valid": valid}


def _verified(call: Call, token: str, *, field: str | None) -> dict[str, Any]:
    try:
        return call.keys.verify(token, now=call.now())
    except TopLevelError as error:
        if error.code == "ExpiredSignatureError":
            raise refuse(field, "JWT_SIGNATURE_EXPIRED", str(error)) from None
        raise refuse(field, "JWT_DECODE_ERROR", "Error decoding signature") from None


def _user(call: Call, claims: dict[str, Any]) -> User | None:
    return next(
        (
            user
            for user in call.world.users
            if user.id == claims.get("user_id")
            and user.is_active
            and user.token_key == claims.get("token")
        ),
        None,
    )


def _seen_through(user: User, claims: dict[str, Any]) -> User:
    """The person with no more permissions than the token carries. [208]"""
    if claims.get("type") != "thirdparty":
        return user
    seen = User(**vars(user))
    seen.permissions = user.permissions & frozenset(claims.get("permissions", ()))
    return seen
