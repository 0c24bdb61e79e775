"""The simulator's own rules, met with requests signed here and not by the adapter."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from wsgiref.util import setup_testing_defaults

import httpx
import pytest

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from tests.wechat.answers import Ask, code_of

REFUNDS = "/v3/refund/domestic/refunds"
TRANSACTION = "4200000000202601010000000001"
URL = "https://shop.example/wechat/refund"


def refund(number: str = "RF-1", fen: int = 1999, **more: object) -> dict[str, Any]:
    return {
        "transaction_id": TRANSACTION,
        "out_refund_no": number,
        "notify_url": URL,
        "amount": {"refund": fen, "total": 5999, "currency": "CNY"},
    } | more


def test_answers_with_the_documented_fields(ask: Ask, sandbox: WechatPaySandbox) -> None:
    response = ask(refund())

    assert response.status_code == 200
    assert response.headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_")
    assert response.headers["Request-ID"]
    assert response.json() == {
        "refund_id": sandbox.refunds[0].refund_id,
        "out_refund_no": "RF-1",
        "transaction_id": TRANSACTION,
        "out_trade_no": "SO1",
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": "2026-01-01T08:00:00+08:00",
        "status": "PROCESSING",
        "funds_account": "AVAILABLE",
        "amount": {
            "total": 5999,
            "refund": 1999,
            "payer_total": 5999,
            "payer_refund": 1999,
            "settlement_refund": 1999,
            "settlement_total": 5999,
            "discount_refund": 0,
            "currency": "CNY",
        },
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"out_refund_no": ""}, "/out_refund_no"),
        ({"out_refund_no": "R" * 65}, "/out_refund_no"),
        ({"out_refund_no": "RF/1"}, "/out_refund_no"),
        ({"out_refund_no": 7}, "/out_refund_no"),
        ({"transaction_id": ""}, "/transaction_id"),
        ({"transaction_id": "4" * 33}, "/transaction_id"),
        ({"reason": "退" * 27}, "/reason"),
        ({"notify_url": "http://shop.example/x"}, "/notify_url"),
        ({"notify_url": "http://127.0.0.1:8000/x"}, "/notify_url"),
        ({"notify_url": "https://shop.example/x?y=1"}, "/notify_url"),
        ({"notify_url": "https://shop.example/" + "x" * 256}, "/notify_url"),
        ({"funds_account": "POCKET"}, "/funds_account"),
        ({"goods_detail": [{}]}, "/goods_detail"),
        ({"goods_detail": {}}, "/goods_detail"),
        ({"amount": 1999}, "/amount"),
        ({"amount": {"refund": 0, "total": 5999, "currency": "CNY"}}, "/amount/refund"),
        ({"amount": {"refund": 19.99, "total": 5999, "currency": "CNY"}}, "/amount/refund"),
        ({"amount": {"refund": True, "total": 5999, "currency": "CNY"}}, "/amount/refund"),
        ({"amount": {"refund": 1999, "total": "5999", "currency": "CNY"}}, "/amount/total"),
        ({"amount": {"refund": 1999, "total": 5999, "currency": "USD"}}, "/amount/currency"),
        ({"amount": {"refund": 1999, "total": 5999}}, "/amount/currency"),
    ],
)
def test_names_the_bad_field(
    ask: Ask, sandbox: WechatPaySandbox, changes: dict[str, object], field: str
) -> None:
    response = ask(refund() | changes)

    assert code_of(response) == (400, "PARAM_ERROR")
    assert response.json()["detail"]["field"] == field
    assert sandbox.refunds == []


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (refund(fen=6000), 400, "INVALID_REQUEST"),
        (
            refund(amount={"refund": 1, "total": 6000, "currency": "CNY"}),
            400,
            "INVALID_REQUEST",
        ),
        (refund(transaction_id="42OTHER"), 404, "RESOURCE_NOT_EXISTS"),
        (refund(out_trade_no="SO-other"), 404, "RESOURCE_NOT_EXISTS"),
        ([], 400, "PARAM_ERROR"),
    ],
)
def test_keeps_the_rules_of_a_payment(
    ask: Ask, sandbox: WechatPaySandbox, data: object, status: int, code: str
) -> None:
    assert code_of(ask(data)) == (status, code)
    assert sandbox.refunded_fen(TRANSACTION) == 0


def test_finds_a_payment_by_the_merchants_own_number(ask: Ask, sandbox: WechatPaySandbox) -> None:
    ask(refund(transaction_id="", out_trade_no="SO1"))

    assert sandbox.payments[TRANSACTION].refunded_fen == 1999


def test_gives_back_what_a_closed_refund_held(
    ask: Ask, sandbox: WechatPaySandbox, clock: Any
) -> None:
    ask(refund(fen=5999))
    sandbox.settle("RF-1", "CLOSED")
    clock.pass_seconds(60)

    response = ask(refund("RF-2", fen=5999))

    assert response.status_code == 200
    assert sandbox.refunded_fen(TRANSACTION) == 5999


@pytest.mark.parametrize(
    ("days", "outcome"), [(364, 200), (364.01, 400)], ids=["365 days", "over 365 days"]
)
def test_refunds_for_365_days(ask: Ask, clock: Any, days: float, outcome: int) -> None:
    clock.now += timedelta(days=days)

    assert ask(refund()).status_code == outcome


def test_takes_50_part_refunds(ask: Ask, sandbox: WechatPaySandbox, clock: Any) -> None:
    for number in range(50):
        assert ask(refund(f"RF-{number}", fen=1)).status_code == 200
        clock.pass_seconds(60)

    assert code_of(ask(refund("RF-50", fen=1))) == (400, "INVALID_REQUEST")
    assert sandbox.refunded_fen(TRANSACTION) == 50


def test_wants_a_minute_between_two_refunds_but_not_before_a_repeat(ask: Ask, clock: Any) -> None:
    ask(refund("RF-1"))
    clock.pass_seconds(59)

    assert ask(refund("RF-1")).status_code == 200
    assert code_of(ask(refund("RF-2"))) == (429, "FREQUENCY_LIMITED")
    clock.pass_seconds(1)
    assert ask(refund("RF-2")).status_code == 200


@pytest.mark.parametrize(
    "changes", [{"reason": "other"}, {"notify_url": URL + "2"}, {"amount": refund(fen=1)["amount"]}]
)
def test_wants_repeats_unchanged(
    ask: Ask, sandbox: WechatPaySandbox, changes: dict[str, object]
) -> None:
    ask(refund())

    assert code_of(ask(refund() | changes)) == (400, "INVALID_REQUEST")
    assert sandbox.refunded_fen(TRANSACTION) == 1999


def test_accepts_one_of_many_parallel_requests(ask: Ask, sandbox: WechatPaySandbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: ask(refund(f"RF-{n}")).status_code, range(16)))

    assert sorted(statuses) == [200] + [429] * 15
    assert sandbox.refunded_fen(TRANSACTION) == 1999
    assert len(sandbox.calls) == 16


def test_keeps_merchants_apart(
    ask: Ask, sandbox: WechatPaySandbox, shop_keys: tuple[str, str], clock: Any
) -> None:
    sandbox.add_merchant("1900000002", "77", shop_keys[1], "k" * 32)
    sandbox.add_payment("1900000002", "42SECOND", "SO1", 5999, "oPayer", clock())

    assert code_of(ask(refund(transaction_id="42SECOND"))) == (404, "RESOURCE_NOT_EXISTS")


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"mchid": "1900000009"}, (404, "MCH_NOT_EXISTS")),
        ({"serial_no": "77"}, (401, "SIGN_ERROR")),
        ({"signature": "AAAA"}, (401, "SIGN_ERROR")),
        ({"signature": "%"}, (401, "SIGN_ERROR")),
        ({"timestamp": "1767225299"}, (401, "SIGN_ERROR")),
        ({"timestamp": "1767225901"}, (401, "SIGN_ERROR")),
        ({"timestamp": "now"}, (401, "SIGN_ERROR")),
    ],
)
def test_believes_only_a_signed_request(
    ask: Ask,
    sign: Callable[..., dict[str, str]],
    sandbox: WechatPaySandbox,
    changes: dict[str, str],
    answer: tuple[int, str],
) -> None:
    body = json.dumps(refund()).encode()

    response = ask(refund(), headers=sign("POST", REFUNDS, body, **changes))

    assert code_of(response) == answer
    assert sandbox.refunds == []


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({"User-Agent": ""}, (400, "INVALID_REQUEST")),
        ({"Accept": "text/html"}, (400, "INVALID_REQUEST")),
        ({"Content-Type": "text/plain"}, (400, "INVALID_REQUEST")),
        ({"Authorization": "Bearer x"}, (401, "SIGN_ERROR")),
    ],
)
def test_wants_the_documented_headers(
    ask: Ask, headers: dict[str, str], answer: tuple[int, str]
) -> None:
    assert code_of(ask(refund(), headers=headers)) == answer


def test_never_says_resource_not_exists_of_a_mistaken_path(ask: Ask) -> None:
    assert code_of(ask(target="/v3/refund/domestic/refund")) == (404, "NOT_FOUND")
    assert code_of(ask(target=f"{REFUNDS}/RF-1")) == (404, "RESOURCE_NOT_EXISTS")


def test_reads_a_number_with_stars_in_the_path(ask: Ask) -> None:
    ask(refund("RF|*@1"))

    assert ask(target=f"{REFUNDS}/RF%7C%2A%401").json()["out_refund_no"] == "RF|*@1"


@pytest.mark.parametrize(
    ("moves", "reversed_last"),
    [
        (["SUCCESS"], False),
        (["CLOSED"], False),
        (["ABNORMAL", "SUCCESS"], False),
        (["ABNORMAL", "CLOSED"], False),
        (["SUCCESS", "ABNORMAL"], True),
    ],
)
def test_moves_a_refund_on(
    ask: Ask, sandbox: WechatPaySandbox, moves: list[str], reversed_last: bool
) -> None:
    ask(refund())

    for status in moves[:-1]:
        sandbox.settle("RF-1", status)
    sandbox.settle("RF-1", moves[-1], reversed=reversed_last)

    assert sandbox.refunds[0].status == moves[-1]
    assert len(sandbox.notices) == len(moves)


@pytest.mark.parametrize("final", ["SUCCESS", "CLOSED"])
def test_leaves_a_final_refund_alone(ask: Ask, sandbox: WechatPaySandbox, final: str) -> None:
    ask(refund())
    sandbox.settle("RF-1", final)

    with pytest.raises(ValueError, match="does not become ABNORMAL"):
        sandbox.settle("RF-1", "ABNORMAL")

    assert len(sandbox.notices) == 1


def test_advances_what_is_old_enough(ask: Ask, sandbox: WechatPaySandbox, clock: Any) -> None:
    ask(refund())
    clock.pass_seconds(9)

    assert sandbox.advance(10) == 0
    assert sandbox.advance() == 1
    assert sandbox.advance() == 0
    assert sandbox.refunds[0].status == "SUCCESS"


def test_sends_no_notice_without_an_address(ask: Ask, sandbox: WechatPaySandbox) -> None:
    ask(refund(notify_url=""))

    sandbox.settle("RF-1")

    assert sandbox.notices == []


def test_repeats_a_notice_by_the_plan_until_it_is_taken(
    ask: Ask,
    sandbox: WechatPaySandbox,
    clock: Any,
    inbox: list[httpx.Request],
    shop_answers: list[int],
) -> None:
    shop_answers += [500, 302, 204]
    ask(refund())
    sandbox.settle("RF-1")

    assert [sandbox.deliver_due(), sandbox.deliver_due()] == [1, 0]
    clock.pass_seconds(15)
    assert sandbox.deliver_due() == 1
    clock.pass_seconds(15)
    assert sandbox.deliver_due() == 1
    clock.pass_seconds(86400)
    assert sandbox.deliver_due() == 0

    assert sandbox.notices[0].is_taken
    assert {str(request.url) for request in inbox} == {URL}
    assert len({request.content for request in inbox}) == 1
    assert len({request.headers["Wechatpay-Signature"] for request in inbox}) == 3


def test_gives_a_notice_up_after_15_repeats_in_a_day(
    ask: Ask, sandbox: WechatPaySandbox, clock: Any, shop_answers: list[int]
) -> None:
    shop_answers += [500] * 20
    ask(refund())
    sandbox.settle("RF-1")
    began = clock()

    sent = []
    while (due := sandbox.notices[0].due_at) is not None:
        clock.now = due
        sandbox.deliver_due()
        sent.append(clock() - began)

    assert len(sent) == 16
    assert sent[-1] == timedelta(hours=24, minutes=4)
    assert not sandbox.notices[0].is_taken


def test_repeats_a_notice_that_the_shop_did_not_answer_in_5_seconds(
    ask: Ask,
    sandbox: WechatPaySandbox,
    clock: Any,
    inbox: list[httpx.Request],
    shop_answers: list[int],
) -> None:
    shop_answers.append(0)
    ask(refund())
    sandbox.settle("RF-1")

    sandbox.deliver_due()

    assert inbox[0].extensions["timeout"]["read"] == 5
    assert sandbox.notices[0].answers == [None]
    assert sandbox.notices[0].due_at == clock() + timedelta(seconds=15)


def test_uses_up_a_fault_and_then_works_again(ask: Ask, sandbox: WechatPaySandbox) -> None:
    sandbox.faults.add("http_500", 2)

    statuses = [ask(refund()).status_code for _ in range(3)]

    assert statuses == [500, 500, 200]


def test_keeps_faults_of_accepting_for_a_refund_request(
    ask: Ask, sandbox: WechatPaySandbox
) -> None:
    sandbox.faults.add("not_enough")

    assert code_of(ask(target=f"{REFUNDS}/RF-1")) == (404, "RESOURCE_NOT_EXISTS")
    assert code_of(ask(refund())) == (403, "NOT_ENOUGH")


def test_knows_its_faults_by_name(sandbox: WechatPaySandbox) -> None:
    with pytest.raises(ValueError, match="no fault 'htpp_500'"):
        sandbox.faults.add("htpp_500")


def test_is_a_wsgi_application(
    sandbox: WechatPaySandbox, sign: Callable[..., dict[str, str]]
) -> None:
    body = json.dumps(refund()).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": REFUNDS,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    for name, value in sign("POST", REFUNDS, body).items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    begun: list[str] = []

    def start_response(status: str, headers: Any, error: Any = None) -> Callable[[bytes], object]:
        begun.append(status)
        return io.BytesIO().write

    content = b"".join(sandbox.wsgi(environ, start_response))

    assert begun[0].startswith("200 ")
    assert json.loads(content)["out_refund_no"] == "RF-1"


def test_settles_and_notifies_by_itself_in_a_demo(
    ask: Ask, sandbox: WechatPaySandbox, inbox: list[httpx.Request]
) -> None:
    class TwoRounds(threading.Event):
        rounds = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.rounds += 1
            return self.rounds > 2

    ask(refund())

    sandbox.run_forever(TwoRounds(), settle_after_seconds=0)

    assert sandbox.refunds[0].status == "SUCCESS"
    assert len(inbox) == 1


@pytest.mark.parametrize(
    ("fault", "refunded_fen"), [("timeout_before_accept", 0), ("timeout_after_accept", 1999)]
)
def test_hangs_up_over_real_http_where_an_answer_is_lost(
    sandbox: WechatPaySandbox,
    sign: Callable[..., dict[str, str]],
    fault: str,
    refunded_fen: int,
) -> None:
    body = json.dumps(refund()).encode()
    server = sandbox.serve("127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.server_address[1]}{REFUNDS}"
    sandbox.faults.add(fault)

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(url, content=body, headers=sign("POST", REFUNDS, body), trust_env=False)
    done_fen = sandbox.refunded_fen(TRANSACTION)
    answer = httpx.post(url, content=body, headers=sign("POST", REFUNDS, body), trust_env=False)
    server.shutdown()
    server.server_close()

    assert done_fen == refunded_fen
    assert answer.status_code == 200
    assert sandbox.refunded_fen(TRANSACTION) == 1999
