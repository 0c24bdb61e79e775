from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from saleor_wechat_returns.wechat import signing
from saleor_wechat_returns.wechat.signing import SignatureFault, SignatureRefused

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BODY = '{"状态":"好"}'.encode()

Vectors = Callable[[str], dict[str, Any]]


def signed_headers(key: rsa.RSAPrivateKey, serial: str, body: bytes = BODY) -> dict[str, str]:
    timestamp = str(int(NOW.timestamp()))
    text = f"{timestamp}\nabc\n".encode() + body + b"\n"
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": "abc",
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": base64.b64encode(
            key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        ).decode(),
    }


def certificate_pem(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0x5157F09EFDC096DE15EBE81A47057A7232F1B8E1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1800))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def fault_of(headers: dict[str, str], body: bytes, keys: Any, now: datetime = NOW) -> str:
    with pytest.raises(SignatureRefused) as refused:
        signing.verify(headers, body, verifiers=keys, now=now)
    return refused.value.fault


@pytest.fixture(scope="module")
def platform(platform_keys: tuple[str, str]) -> rsa.RSAPrivateKey:
    return signing.read_private_key(platform_keys[0])


def test_signs_requests_like_other_programs_byte_for_byte(vectors: Vectors) -> None:
    keys = vectors("wxpay_test_keys.json")
    key = signing.read_private_key(keys["merchant_private_key_pem"])

    requests = vectors("wxpay_signing.json")["requests"]
    ours = [
        signing.authorization(
            key,
            mchid=keys["mchid"],
            serial_no=keys["merchant_serial_no"],
            method=request["method"],
            target=request["url_path_and_query"],
            body=request["body"].encode(),
            nonce=request["nonce_str"],
            now=datetime.fromtimestamp(int(request["timestamp"]), UTC),
        )
        for request in requests
    ]

    assert len(ours) == 4
    assert ours == [request["authorization"] for request in requests]


def test_believes_the_answer_of_the_vectors(vectors: Vectors) -> None:
    keys = vectors("wxpay_test_keys.json")
    answer = vectors("wxpay_signing.json")["response_verify"]
    held = {keys["wechatpay_public_key_id"]: signing.read_verifier(keys["platform_public_key_pem"])}

    signing.verify(answer["headers"], answer["body"].encode(), verifiers=held, now=NOW)


def test_refuses_each_negative_vector(vectors: Vectors) -> None:
    keys = vectors("wxpay_test_keys.json")
    answer = vectors("wxpay_signing.json")["response_verify"]
    held = {keys["wechatpay_public_key_id"]: signing.read_verifier(keys["platform_public_key_pem"])}

    faults = [
        fault_of(
            answer["headers"]
            | {name: value for name, value in negative.items() if name.startswith("Wechatpay")},
            negative.get("body", answer["body"]).encode(),
            held,
            datetime.fromtimestamp(negative.get("now", NOW.timestamp()), UTC),
        )
        for negative in answer["negative"]
    ]

    assert faults == [SignatureFault.PROBE, SignatureFault.FORGED, SignatureFault.STALE]


def test_holds_public_key_and_platform_certificate_at_once(platform: rsa.RSAPrivateKey) -> None:
    older = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
    held = {
        "PUB_KEY_ID_01": platform.public_key(),
        serial: signing.read_verifier(certificate_pem(older)),
    }

    signing.verify(signed_headers(platform, "PUB_KEY_ID_01"), BODY, verifiers=held, now=NOW)
    signing.verify(signed_headers(older, serial), BODY, verifiers=held, now=NOW)

    assert fault_of(signed_headers(older, "PUB_KEY_ID_01"), BODY, held) == SignatureFault.FORGED
    assert fault_of(signed_headers(older, "77"), BODY, held) == SignatureFault.UNKNOWN_SERIAL


def test_reads_header_names_in_any_case_and_needs_no_signature_type(
    platform: rsa.RSAPrivateKey,
) -> None:
    headers = {name.upper(): value for name, value in signed_headers(platform, "K").items()}

    signing.verify(headers, BODY, verifiers={"K": platform.public_key()}, now=NOW)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_believes_up_to_300_seconds_away(platform: rsa.RSAPrivateKey, seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)

    signing.verify(
        signed_headers(platform, "K"), BODY, verifiers={"K": platform.public_key()}, now=now
    )


@pytest.mark.parametrize("seconds", [-301, 301])
def test_calls_301_seconds_stale(platform: rsa.RSAPrivateKey, seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)

    fault = fault_of(signed_headers(platform, "K"), BODY, {"K": platform.public_key()}, now)

    assert fault == SignatureFault.STALE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Wechatpay-Timestamp", ""),
        ("Wechatpay-Timestamp", "1" * 5000),
        ("Wechatpay-Timestamp", "１７６７２２５６００"),
        ("Wechatpay-Nonce", ""),
        ("Wechatpay-Nonce", "a\nb"),
        ("Wechatpay-Nonce", "\ud800"),
        ("Wechatpay-Signature", ""),
        ("Wechatpay-Signature", "not base64"),
    ],
)
def test_calls_an_unreadable_header_unsigned(
    platform: rsa.RSAPrivateKey, name: str, value: str
) -> None:
    headers = signed_headers(platform, "K") | {name: value}

    assert fault_of(headers, BODY, {"K": platform.public_key()}) == SignatureFault.UNSIGNED


def test_keeps_the_borders_between_the_three_signed_lines(platform: rsa.RSAPrivateKey) -> None:
    headers = signed_headers(platform, "K", b"first\nsecond")

    moved = headers | {"Wechatpay-Nonce": "abc\nfirst"}

    assert fault_of(moved, b"second", {"K": platform.public_key()}) == SignatureFault.UNSIGNED


def test_verifies_an_empty_body(platform: rsa.RSAPrivateKey) -> None:
    headers = signed_headers(platform, "K", b"")

    signing.verify(headers, b"", verifiers={"K": platform.public_key()}, now=NOW)


def test_reads_only_rsa_keys() -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    private = other.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = (
        other.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )

    for pem in (private, "", "密"):
        with pytest.raises(ValueError, match="private key"):
            signing.read_private_key(pem)
    for pem in (public, "", "-----BEGIN CERTIFICATE-----"):
        with pytest.raises(ValueError, match="public key"):
            signing.read_verifier(pem)
