from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.errors import ProviderRejected, Rejection
from saleor_wechat_returns.domain.money import Fen
from saleor_wechat_returns.wechat.pay import RefundOrder
from saleor_wechat_returns.wechat.refund import cut_reason

MakeOrder = Callable[..., RefundOrder]


def test_writes_the_documented_fields_and_no_others(make_order: MakeOrder) -> None:
    assert json.loads(make_order().to_json()) == {
        "transaction_id": "4200000000202601010000000001",
        "out_refund_no": "RF-1",
        "reason": "尺码不合适",
        "notify_url": "https://shop.example/wechat/refund",
        "amount": {"refund": 1999, "total": 5999, "currency": "CNY"},
    }


def test_writes_the_same_bytes_every_time(make_order: MakeOrder) -> None:
    assert make_order().to_json() == make_order().to_json()


@pytest.mark.parametrize("reason", ["", "\ud800"])
def test_leaves_an_empty_reason_out(make_order: MakeOrder, reason: str) -> None:
    assert "reason" not in json.loads(make_order(reason=reason).to_json())


def test_keeps_26_chinese_characters_of_the_reason() -> None:
    assert cut_reason("退" * 27) == "退" * 26


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@example("a" * 78 + "😀")
def test_cuts_the_reason_to_a_beginning_of_at_most_80_bytes(reason: str) -> None:
    """EC59"""
    cut = cut_reason(reason)

    assert reason.startswith(cut)
    assert len(cut.encode()) <= 80
    assert cut == reason or len(cut.encode()) > 76


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("out_refund_no", ""),
        ("out_refund_no", "R" * 65),
        ("out_refund_no", "RF|1"),
        ("out_refund_no", "RF*1"),
        ("out_refund_no", "RF@1"),
        ("out_refund_no", "RF/1"),
        ("out_refund_no", "RF-1\n"),
        ("out_refund_no", "退1"),
        ("transaction_id", ""),
        ("transaction_id", "4" * 33),
        ("refund_fen", Fen(0)),
        ("refund_fen", Fen(-1)),
        ("refund_fen", Fen(6000)),
    ],
)
def test_refuses_what_wechat_pay_could_not_take(
    make_order: MakeOrder, field: str, value: Any
) -> None:
    with pytest.raises(ProviderRejected) as rejected:
        make_order(**{field: value})

    assert rejected.value.kind is Rejection.REQUEST
    assert (rejected.value.code, rejected.value.field) == ("ORDER_UNFIT", field)
