from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.domain.errors import ProviderRejected, Rejection
from saleor_wechat_returns.wechat.pay import Merchant, PayClient


def test_never_shows_its_secrets(merchant: Merchant) -> None:
    shown = f"{merchant!r} {merchant}"

    assert shown.count(merchant.mchid) == 2
    assert merchant.apiv3_key not in shown
    assert "PRIVATE KEY" not in shown
    assert "PUBLIC KEY" not in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mchid", ""),
        ("mchid", 'x",serial_no="'),
        ("serial_no", "not hex"),
        ("apiv3_key", "too short"),
        ("apiv3_key", "钥" * 32),
        ("verifiers", {}),
        ("verifiers", {"PUB_KEY_ID_01": "no pem"}),
        ("base_url", "https://api.mch.weixin.qq.com/v3"),
        ("base_url", "ftp://api.mch.weixin.qq.com"),
    ],
)
def test_is_a_task_for_the_operator_when_it_cannot_work(
    merchant: Merchant, field: str, value: Any
) -> None:
    with pytest.raises(ProviderRejected) as rejected:
        replace(merchant, **{field: value})

    assert rejected.value.kind is Rejection.CONFIGURATION
    assert (rejected.value.code, rejected.value.field) == ("MERCHANT_UNUSABLE", field)


def test_shows_an_unreadable_private_key_before_anything_is_sent(merchant: Merchant) -> None:
    broken = replace(merchant, private_key_pem="-----BEGIN PRIVATE KEY-----secret")

    with httpx.Client() as http, pytest.raises(ProviderRejected) as rejected:
        PayClient(broken, http, lambda: pytest.fail("asked for the time"))

    assert rejected.value.kind is Rejection.CONFIGURATION
    assert rejected.value.field == "private_key_pem"
    assert "secret" not in str(rejected.value)


def test_knows_its_public_key_among_older_certificates(merchant: Merchant) -> None:
    [(number, pem)] = merchant.verifiers.items()

    both = replace(merchant, verifiers={"5157F09E": pem, number: pem})
    old = replace(merchant, verifiers={"5157F09E": pem})

    assert (both.public_key_id, old.public_key_id) == (number, None)
