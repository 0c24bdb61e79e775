"""Tokens, keys and signatures of the sandbox have the shape of recorded ones."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from tests.contracts import recordings
from tests.contracts.recordings import Lab, Recording, claims
from tests.contracts.test_sandbox_saleor_lab import play, tell

REPLAYED = (
    "200-jwks",
    "201-token-create-customer",
    "202-token-create-staff",
    "203-token-create-customer-audience",
    "204-token-refresh",
    "205-token-verify-customer",
    "206-token-verify-bad",
    "207-app-access-token-for-staff",
    "208-token-verify-app-user-token",
    "209-me-with-app-user-token",
    "210-app-token-verify",
    "211-bad-app-token",
    "212-bad-jwt",
)

# Different in every token, or a matter of the shop.
VARYING = ("iat", "exp", "token", "csrfToken", "email", "permissions", "user_permissions")


def shape(recorded: str) -> dict[str, Any]:
    """The claims of a token with what varies reduced to its type, and its lifetime."""
    known = claims(recorded)
    lifetime = known["exp"] - known["iat"]
    reduced = {k: type(v).__name__ if k in VARYING else v for k, v in known.items()}
    return {**reduced, "lifetime": lifetime}


@pytest.fixture
def lab() -> Lab:
    recordings.folder()
    return Lab()


def answer_to(lab: Lab, recording: Recording, **variables: Any) -> Any:
    body = {"query": recording.query, "variables": {**recording.variables, **variables}}
    response = lab.client.post("/graphql/", json=body, headers=lab.bearer(recording.bearer))
    assert response.status_code == recording.status
    return response.json()["data"]


@pytest.mark.parametrize("name", REPLAYED[1:4])
def test_log_in_gives_tokens_of_the_recorded_shape(lab: Lab, name: str) -> None:
    recording = recordings.load(name)
    recorded = recording.answer["data"]["tokenCreate"]

    answered = answer_to(lab, recording)["tokenCreate"]

    assert shape(answered["token"]) == shape(recorded["token"])
    assert shape(answered["refreshToken"]) == shape(recorded["refreshToken"])
    assert answered["user"] == recorded["user"]
    assert claims(answered["refreshToken"])["csrfToken"] == answered["csrfToken"]


def test_refreshing_gives_an_access_token_of_the_recorded_shape(lab: Lab) -> None:
    logged_in = answer_to(lab, recordings.load("201-"))["tokenCreate"]
    recording = recordings.load("204-")

    answered = answer_to(lab, recording, t=logged_in["refreshToken"])["tokenRefresh"]

    assert shape(answered["token"]) == shape(recording.answer["data"]["tokenRefresh"]["token"])
    assert answered["errors"] == []


@pytest.mark.parametrize("name", ["205-token-verify-customer", "208-token-verify-app-user-token"])
def test_a_good_token_verifies(lab: Lab, name: str) -> None:
    recording = recordings.load(name)
    recorded = recording.answer["data"]["tokenVerify"]

    own = lab.token(claims(recording.variables["t"]))
    answered = answer_to(lab, recording, t=own)["tokenVerify"]

    assert answered["payload"].keys() == recorded["payload"].keys()
    assert answered["payload"] == claims(own)
    assert answered["isValid"] is True
    assert answered["user"] == recorded["user"]
    assert answered["errors"] == []


def test_a_tampered_token_does_not_verify(lab: Lab) -> None:
    recording = recordings.load("206-")
    own = lab.token(claims(recording.variables["t"]))

    answered = answer_to(lab, recording, t=own + "x")

    assert answered == recording.answer["data"]


def test_dashboard_tokens_have_the_recorded_shape(lab: Lab) -> None:
    recording = recordings.load("207-")
    recorded = recording.answer["data"]["app"]
    manifest = recordings.load("02-").answer
    given = manifest["extensions"][0]
    lab.shop.http = httpx.Client(transport=httpx.MockTransport(lambda _: _minimal(manifest)))
    lab.shop.world.apps.remove(lab.app("QXBwOjE="))

    app = lab.shop.install_app("http://127.0.0.1:8111/manifest/lab.returns")

    user = lab.shop.world.find(claims(recorded["accessToken"])["user_id"])
    of_app = lab.shop.dashboard_token(user, app)
    of_extension = lab.shop.dashboard_token(user, app, app.extensions[0])
    assert shape(of_app) == shape(recorded["accessToken"])
    assert sorted(claims(of_app)["permissions"]) == ["HANDLE_PAYMENTS", "MANAGE_ORDERS"]
    assert shape(of_extension) == shape(recorded["extensions"][0]["accessToken"])
    assert claims(of_extension)["permissions"] == given["permissions"]


def _minimal(manifest: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={**manifest, "webhooks": []})


def test_a_dashboard_token_speaks_with_the_permissions_of_the_app() -> None:
    tell([play("209-me-with-app-user-token")])


def test_an_app_token_verifies() -> None:
    tell([play("210-app-token-verify")])


def test_an_unknown_app_token_is_nobody() -> None:
    tell([play("211-bad-app-token")])


def test_a_tampered_bearer_breaks_every_field(lab: Lab) -> None:
    recording = recordings.load("212-")
    own = lab.token(claims(recording.bearer or ""))

    headers = {"Authorization": f"Bearer {own}x"}
    response = lab.client.post("/graphql/", json=recording.body, headers=headers)

    assert response.status_code == recording.status
    assert lab.same.differences(recording.answer, response.json()) == []


def test_a_revoked_token_stops_working(lab: Lab) -> None:
    li = lab.shop.world.find("VXNlcjoy")
    headers = {"Authorization": f"Bearer {lab.shop.user_token(li)}"}
    lab.shop.revoke_tokens(li)

    answer = lab.client.post("/graphql/", json={"query": "{me{id}}"}, headers=headers).json()

    assert answer["data"] == {"me": None}
    assert answer["errors"][0]["extensions"]["exception"]["code"] == "InvalidTokenError"


def test_the_key_set_has_the_recorded_shape(lab: Lab) -> None:
    recorded = recordings.load("200-").answer["keys"][0]

    response = lab.client.get("/.well-known/jwks.json")

    (key,) = response.json()["keys"]
    assert key.keys() == recorded.keys()
    varying = ("n", "kid")
    assert {k: v for k, v in key.items() if k not in varying} == {
        k: v for k, v in recorded.items() if k not in varying
    }
    assert thumbprint(recorded) == recorded["kid"]
    assert thumbprint(key) == key["kid"]


def thumbprint(key: dict[str, str]) -> str:
    """RFC 7638."""
    members = json.dumps({name: key[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    digest = hashlib.sha256(members.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_webhooks_are_signed_as_recorded_ones(lab: Lab) -> None:
    """The same check accepts the recorded signature with the recorded key, and ours with ours."""
    recording = recordings.load("34-")
    order = lab.load(recordings.load("35-").order)
    lab.call(ADD_NOTE, {"o": order.id})
    lab.shop.deliver_all()
    (sent,) = lab.heard

    recorded_header = header_of(
        recording.headers["Saleor-Signature"],
        recording.raw_body.encode(),
        recordings.load("200-").answer["keys"][0],
    )
    own_header = header_of(
        sent.headers["saleor-signature"], sent.content, lab.shop.keys.jwks()["keys"][0]
    )

    assert own_header == {**recorded_header, "kid": lab.shop.keys.kid}
    assert sent.headers["x-saleor-signature"] == sent.headers["saleor-signature"]


ADD_NOTE = """mutation($o: ID!) { orderNoteAdd(order: $o, input: {message: "x"}) {
  errors { field code } } }"""


def header_of(signature: str, body: bytes, key: dict[str, str]) -> dict[str, Any]:
    """The JWS header; raises unless the detached signature fits the raw body."""
    decoded = jwt.api_jws.decode_complete(
        signature, key=jwt.PyJWK(key).key, algorithms=["RS256"], detached_payload=body
    )
    header: dict[str, Any] = decoded["header"]
    return header


def test_an_expired_token_can_be_made(lab: Lab) -> None:
    li = lab.shop.world.find("VXNlcjoy")

    token = lab.shop.user_token(li, lifetime=timedelta(minutes=-1))

    assert claims(token)["exp"] < claims(token)["iat"]
