from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.errors import ProviderRejected, Rejection
from saleor_wechat_returns.domain.money import Fen
from saleor_wechat_returns.wechat import signing
from saleor_wechat_returns.wechat.pay import PrepayOrder
from saleor_wechat_returns.wechat.prepay import cut_description, payment_parameters

MakeOrder = Callable[..., PrepayOrder]


def test_writes_the_documented_fields_and_no_others(make_prepay_order: MakeOrder) -> None:
    assert json.loads(make_prepay_order().to_json("1900000001")) == {
        "appid": "wx0000000000000001",
        "mchid": "1900000001",
        "description": "连帽卫衣 M",
        "out_trade_no": "SO-000001",
        "notify_url": "https://shop.example/wechat/paid",
        "amount": {"total": 5999, "currency": "CNY"},
        "payer": {"openid": "oPayer"},
    }


@pytest.mark.parametrize(
    "offset", [UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=5))]
)
def test_writes_its_last_moment_in_beijing_time(
    make_prepay_order: MakeOrder, offset: timezone
) -> None:
    latest = datetime(2026, 1, 1, 0, 30, 0, 999_999, UTC).astimezone(offset)

    body = json.loads(make_prepay_order(time_expire=latest).to_json("1900000001"))

    assert body["time_expire"] == "2026-01-01T08:30:00+08:00"


def test_writes_what_shall_come_back_with_the_payment(make_prepay_order: MakeOrder) -> None:
    body = json.loads(make_prepay_order(attach="checkout 7").to_json("1900000001"))

    assert body["attach"] == "checkout 7"


def test_writes_the_same_bytes_every_time(make_prepay_order: MakeOrder) -> None:
    assert make_prepay_order().to_json("1") == make_prepay_order().to_json("1")


@given(st.text(st.characters()))
def test_cuts_the_description_to_127_characters_that_can_be_written(description: str) -> None:
    cut = cut_description(description)

    cut.encode()
    assert len(cut) <= 127
    assert (
        cut == description
        or len(cut) == 127
        or any(0xD800 <= ord(it) <= 0xDFFF for it in description)
    )


def test_keeps_127_chinese_characters_of_the_description() -> None:
    assert cut_description("衣" * 128) == "衣" * 127


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("appid", ""),
        ("appid", "wx1\nwx2"),
        ("out_trade_no", "SO-01"),
        ("out_trade_no", "S" * 33),
        ("out_trade_no", "SO|0001"),
        ("out_trade_no", "SO*0001"),
        ("out_trade_no", "SO/0001"),
        ("out_trade_no", "SO-0001\n"),
        ("total_fen", Fen(0)),
        ("total_fen", Fen(-1)),
        ("payer_openid", ""),
        ("payer_openid", "o" * 129),
        ("description", ""),
        ("description", "\ud800"),
        ("time_expire", datetime(2026, 1, 1)),  # noqa: DTZ001 - that is the mistake
        ("attach", "x" * 129),
        ("attach", "结账"),
    ],
)
def test_refuses_what_wechat_pay_could_not_take(
    make_prepay_order: MakeOrder, field: str, value: Any
) -> None:
    with pytest.raises(ProviderRejected) as rejected:
        make_prepay_order(**{field: value})

    assert rejected.value.kind is Rejection.REQUEST
    assert (rejected.value.code, rejected.value.field) == ("ORDER_UNFIT", field)


def test_never_shows_who_pays(make_prepay_order: MakeOrder) -> None:
    assert "oPayer" not in repr(make_prepay_order())


def test_signs_the_phones_parameters_like_the_vector(
    vectors: Callable[[str], dict[str, Any]],
) -> None:
    keys = vectors("wxpay_test_keys.json")
    vector = vectors("wxpay_signing.json")["mini_program_pay"]

    parameters = payment_parameters(
        signing.read_private_key(keys["merchant_private_key_pem"]),
        appid="wx0000000000000001",
        prepay_id="wx201410272009395522657a690389285100",
        now=datetime.fromtimestamp(1767225600, UTC),
        nonce="7f3c2b1a9d8e4f60a1b2c3d4e5f60718",
    )

    assert parameters == vector["request_payment_args"]
