"""Merchants of the years before 2024, who know WeChat Pay by its platform certificates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from saleor_wechat_returns.domain.errors import OutcomeUnknown, ProviderRejected, Rejection
from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from saleor_wechat_returns.wechat.notify import NotificationRefused, parse_refund_notification
from saleor_wechat_returns.wechat.pay import Merchant, PayClient
from tests.wechat.answers import answering, signed

MakeOrder = Callable[..., Any]
KEY = "0123456789abcdef0123456789ABCDEF"


@pytest.fixture
def old(sandbox: WechatPaySandbox, merchant: Merchant, shop_keys: tuple[str, str]) -> Merchant:
    """The usual merchant as it would be today if it had started before 2024."""
    sandbox.add_merchant(merchant.mchid, merchant.serial_no, shop_keys[1], KEY, is_old=True)
    certificate = sandbox.rotate_certificate()
    return replace(merchant, verifiers={certificate.id: certificate.pem})


@pytest.fixture
def old_client(sandbox: WechatPaySandbox, old: Merchant, clock: Any) -> Iterator[PayClient]:
    with httpx.Client(transport=sandbox.transport) as http:
        yield PayClient(old, http, clock)


def test_fetches_every_certificate_that_is_valid(
    old: Merchant, old_client: PayClient, sandbox: WechatPaySandbox, clock: Any
) -> None:
    newest = sandbox.rotate_certificate()

    fetched = old_client.fetch_certificates()

    assert len(fetched) == 3
    assert old.verifiers.items() <= {no: it.pem for no, it in fetched.items()}.items()
    mine = fetched[newest.id]
    assert (mine.serial_no, mine.pem) == (newest.id, newest.pem)
    assert (mine.effective_at, mine.expires_at) == (clock(), clock() + timedelta(days=5 * 365))


def test_believes_the_list_that_a_new_certificate_signed(
    old: Merchant, old_client: PayClient, sandbox: WechatPaySandbox, make_order: MakeOrder
) -> None:
    sandbox.rotate_certificate()

    with pytest.raises(OutcomeUnknown, match="unknown_serial"):
        old_client.create_refund(make_order())
    fetched = old_client.fetch_certificates()

    known = replace(old, verifiers={no: it.pem for no, it in fetched.items()})
    with httpx.Client(transport=sandbox.transport) as http:
        state = PayClient(known, http, lambda: sandbox.calls[-1].at).query_refund("RF-1")
    assert state is not None


def test_reads_notices_that_a_certificate_signed(
    old: Merchant,
    old_client: PayClient,
    make_order: MakeOrder,
    sandbox: WechatPaySandbox,
    clock: Any,
) -> None:
    old_client.create_refund(make_order())
    headers, body = sandbox.make_notification("RF-1")

    notice = parse_refund_notification(headers, body, old, clock())

    assert headers["Wechatpay-Serial"] in old.verifiers
    assert notice.state.out_refund_no == "RF-1"


def test_gets_answers_by_the_public_key_once_it_holds_one(
    old: Merchant, sandbox: WechatPaySandbox, clock: Any, make_order: MakeOrder
) -> None:
    both = replace(old, verifiers={**old.verifiers, sandbox.public_key_id: sandbox.public_key_pem})

    with httpx.Client(transport=sandbox.transport) as http:
        client = PayClient(both, http, clock)
        state = client.create_refund(make_order())
        headers, body = sandbox.make_notification("RF-1")

    assert state.out_refund_no == "RF-1"
    assert sandbox.calls[0].headers["wechatpay-serial"] == sandbox.public_key_id
    # Notices move to the public key only by and by: both are held.
    assert headers["Wechatpay-Serial"] in old.verifiers
    assert parse_refund_notification(headers, body, both, clock()).id
    with pytest.raises(NotificationRefused):
        parse_refund_notification(
            headers, body, replace(old, verifiers={"AB": sandbox.public_key_pem}), clock()
        )


def test_is_refused_in_public_key_mode(client: PayClient) -> None:
    with pytest.raises(ProviderRejected) as rejected:
        client.fetch_certificates()

    assert rejected.value.kind is Rejection.NOT_FOUND
    assert rejected.value.code == "RESOURCE_NOT_EXISTS"


def test_is_refused_where_the_permission_is_missing(merchant: Merchant, clock: Any) -> None:
    refusal = httpx.Response(403, json={"code": "NO_AUTH", "message": "无可用的平台证书"})

    with pytest.raises(ProviderRejected) as rejected:
        answering(merchant, clock, lambda _: refusal).fetch_certificates()

    assert (rejected.value.kind, rejected.value.code) == (Rejection.CONFIGURATION, "NO_AUTH")


def test_is_a_task_for_the_operator_when_the_apiv3_key_was_changed(
    old: Merchant, sandbox: WechatPaySandbox, clock: Any
) -> None:
    with httpx.Client(transport=sandbox.transport) as http:
        client = PayClient(replace(old, apiv3_key="x" * 32), http, clock)
        with pytest.raises(ProviderRejected) as rejected:
            client.fetch_certificates()

    assert rejected.value.kind is Rejection.CONFIGURATION
    assert (rejected.value.code, rejected.value.field) == ("MERCHANT_UNUSABLE", "apiv3_key")


@pytest.mark.parametrize(
    "fault", ["http_500", "bad_signature", "unsigned", "probe_signature", "garbage"]
)
def test_learns_nothing_from_a_doubtful_answer(
    old_client: PayClient, sandbox: WechatPaySandbox, fault: str
) -> None:
    sandbox.faults.add(fault)

    with pytest.raises(OutcomeUnknown):
        old_client.fetch_certificates()


def items_of(sandbox: WechatPaySandbox) -> dict[str, Any]:
    return dict(sandbox.rotate_certificate().answer(KEY))


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item | {"serial_no": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"},
        lambda item: item | {"serial_no": None},
        lambda item: item | {"encrypt_certificate": None},
        lambda item: item | {"encrypt_certificate": {"algorithm": "AEAD_AES_256_GCM"}},
        lambda item: "a certificate",
    ],
)
def test_does_not_understand_a_list_with(
    old: Merchant, sandbox: WechatPaySandbox, clock: Any, change: Callable[[Any], object]
) -> None:
    body = json.dumps({"data": [change(items_of(sandbox))]}).encode()

    with pytest.raises(OutcomeUnknown, match="not understood"):
        answering(old, clock, lambda _: signed(sandbox, body)).fetch_certificates()


def test_passes_over_certificates_of_another_kind(
    old: Merchant, sandbox: WechatPaySandbox, clock: Any
) -> None:
    item = items_of(sandbox)
    other = item | {"encrypt_certificate": {"algorithm": "AEAD_SM4_GCM"}}
    body = json.dumps({"data": [other, item]}).encode()
    headers = sandbox.sign(body, mchid=old.mchid)

    fetched = answering(
        old, clock, lambda _: httpx.Response(200, headers=headers, content=body)
    ).fetch_certificates()

    assert list(fetched) == [item["serial_no"]]


def test_never_shows_a_certificate(old_client: PayClient) -> None:
    assert "BEGIN" not in repr(old_client.fetch_certificates())
