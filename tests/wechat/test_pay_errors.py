"""The error table: what each answer of WeChat Pay means for a refund or a payment."""

from __future__ import annotations

import json

import pytest

from saleor_wechat_returns.domain.errors import (
    OutcomeUnknown,
    ProviderRejected,
    ProviderUnavailable,
    Rejection,
)
from saleor_wechat_returns.wechat.errors import read_failure


def body(code: str, **more: object) -> bytes:
    return json.dumps({"code": code, "message": "余额充足"} | more).encode()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "PARAM_ERROR", Rejection.REQUEST),
        (400, "INVALID_REQUEST", Rejection.REQUEST),
        (400, "APPID_MCHID_NOT_MATCH", Rejection.CONFIGURATION),
        (400, "MCH_NOT_EXISTS", Rejection.CONFIGURATION),
        (404, "MCH_NOT_EXISTS", Rejection.CONFIGURATION),
        (401, "SIGN_ERROR", Rejection.CONFIGURATION),
        (403, "NO_AUTH", Rejection.CONFIGURATION),
        (403, "NOT_ENOUGH", Rejection.BALANCE),
        (403, "USER_ACCOUNT_ABNORMAL", Rejection.BUSINESS),
        (403, "RULE_LIMIT", Rejection.BUSINESS),
        (403, "TRADE_ERROR", Rejection.BUSINESS),
        (404, "RESOURCE_NOT_EXISTS", Rejection.NOT_FOUND),
        (404, "ORDER_NOT_EXIST", Rejection.NOT_FOUND),
        (403, "OUT_TRADE_NO_USED", Rejection.REQUEST),
        (400, "OPENID_MISMATCH", Rejection.REQUEST),
        (400, "ORDERPAID", Rejection.BUSINESS),
        (400, "ORDER_PAID", Rejection.BUSINESS),
        (400, "ORDER_CLOSED", Rejection.BUSINESS),
        (400, "TRADE_OVERDUE", Rejection.BUSINESS),
        (400, "REFUND_FEE_MISMATCH", Rejection.BUSINESS),
        (404, "NOT_FOUND", Rejection.BUSINESS),
        (418, "A_CODE_OF_NEXT_YEAR", Rejection.BUSINESS),
    ],
)
def test_is_a_no_of_this_kind(status: int, code: str, kind: Rejection) -> None:
    failure = read_failure(status, body(code))

    assert isinstance(failure, ProviderRejected)
    assert (failure.kind, failure.code, failure.message) == (kind, code, "余额充足")


@pytest.mark.parametrize("code", ["FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "NOT_ENOUGH"])
def test_is_a_pause_of_a_minute_whatever_the_code_of_a_429(code: str) -> None:
    failure = read_failure(429, body(code))

    assert isinstance(failure, ProviderUnavailable)
    assert failure.after_seconds == 60


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (202, b""),
        (202, body("ACCEPTED")),
        (202, body("USERPAYING")),
        (500, body("OPENID_MISMATCH")),
        (302, b""),
        (500, body("SYSTEM_ERROR")),
        (502, body("SERVICE_UNAVAILABLE")),
        (503, body("SERVICE_UNAVAILABLE")),
        (504, b"<html>"),
        (500, body("NOT_ENOUGH")),
        (400, body("SYSTEM_ERROR")),
        (404, b"<html>not found</html>"),
        (404, b""),
        (404, b'{"message":"RESOURCE_NOT_EXISTS"}'),
        (404, b'{"code":404}'),
        (403, body("RESOURCE_NOT_EXISTS")),
        (400, body("ORDER_NOT_EXIST")),
    ],
)
def test_leaves_the_outcome_open(status: int, content: bytes) -> None:
    assert isinstance(read_failure(status, content), OutcomeUnknown)


def test_names_the_field_at_fault() -> None:
    detail = {"field": "/amount/refund", "value": 0, "issue": "小于最小值", "location": "body"}

    failure = read_failure(400, body("PARAM_ERROR", detail=detail))

    assert isinstance(failure, ProviderRejected)
    assert failure.field == "/amount/refund"


@pytest.mark.parametrize("detail", [None, "text", {}, {"field": 7}])
def test_names_no_field_where_the_detail_is_odd(detail: object) -> None:
    failure = read_failure(400, body("PARAM_ERROR", detail=detail))

    assert isinstance(failure, ProviderRejected)
    assert failure.field == ""


def test_keeps_500_characters_of_the_message() -> None:
    failure = read_failure(400, body("RULE_LIMIT", message="长" * 900))

    assert isinstance(failure, ProviderRejected)
    assert failure.message == "长" * 500
