"""Trouble with money at the simulated WeChat Pay: notices astray, closing, consoles, reversals."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from saleor_wechat_returns.sandbox.wechat_pay import WechatPaySandbox
from tests.wechat.answers import Ask, code_of
from tests.wechat.conftest import APIV3_KEY, MCHID, SERIAL
from tests.wechat.test_pay_sandbox import REFUNDS, TRANSACTION, refund
from tests.wechat.test_payment_sandbox import BY_NUMBER, PREPAY, order

CLOSE = f"{BY_NUMBER}/SO-000001/close"
CLOSING = {"mchid": MCHID}
PORTAL = "https://shop.example/portal"


def test_loses_a_notice(ask: Ask, sandbox: WechatPaySandbox, clock: Any) -> None:
    sandbox.faults.add("notice_lost")
    ask(refund())
    sandbox.settle("RF-1")

    clock.pass_seconds(2 * 86400)

    assert sandbox.deliver_due() == 0
    assert ask(target=f"{REFUNDS}/RF-1").json()["status"] == "SUCCESS"


def test_sends_a_notice_late(ask: Ask, sandbox: WechatPaySandbox, clock: Any) -> None:
    sandbox.faults.add("notice_late")
    ask(refund())
    sandbox.settle("RF-1")

    clock.pass_seconds(3599)
    assert sandbox.deliver_due() == 0
    clock.pass_seconds(1)
    assert sandbox.deliver_due() == 1


def test_sends_a_notice_twice_although_it_was_taken(
    ask: Ask, sandbox: WechatPaySandbox, inbox: list[httpx.Request]
) -> None:
    sandbox.faults.add("notice_twice")
    ask(refund())
    sandbox.settle("RF-1")

    assert [sandbox.deliver_due(), sandbox.deliver_due()] == [2, 0]

    first, second = inbox
    assert first.content == second.content


def test_lets_a_notice_be_overtaken_by_the_next(
    ask: Ask, sandbox: WechatPaySandbox, clock: Any, inbox: list[httpx.Request]
) -> None:
    sandbox.faults.add("notice_overtaken")
    ask(refund("RF-1"))
    clock.pass_seconds(60)
    ask(refund("RF-2"))
    sandbox.settle("RF-1", "ABNORMAL")
    assert sandbox.deliver_due() == 0
    sandbox.settle("RF-1", "SUCCESS")
    sandbox.settle("RF-2", "CLOSED")

    assert sandbox.deliver_due() == 3

    told = [opened(request)["refund_status"] for request in inbox]
    assert told == ["SUCCESS", "ABNORMAL", "CLOSED"]


@pytest.mark.parametrize("fault", ["notice_bad_signature", "notice_probe"])
def test_signs_one_attempt_wrongly_and_the_repeat_well(
    ask: Ask,
    sandbox: WechatPaySandbox,
    clock: Any,
    inbox: list[httpx.Request],
    shop_answers: list[int],
    fault: str,
) -> None:
    shop_answers.append(401)
    sandbox.faults.add(fault)
    ask(refund())
    sandbox.settle("RF-1")

    sandbox.deliver_due()
    clock.pass_seconds(15)
    sandbox.deliver_due()

    assert [is_signed(sandbox, request) for request in inbox] == [False, True]
    probed = inbox[0].headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert probed == (fault == "notice_probe")
    assert sandbox.notices[0].answers == [401, 200]


def test_strikes_payment_notices_in_the_same_way(
    ask: Ask, sandbox: WechatPaySandbox, inbox: list[httpx.Request]
) -> None:
    sandbox.faults.add("notice_twice")
    ask(order(), target=PREPAY)
    sandbox.pay("SO-000001")

    assert sandbox.deliver_due() == 2
    assert {opened(request)["trade_state"] for request in inbox} == {"SUCCESS"}


def test_keeps_faults_of_notices_away_from_calls(ask: Ask, sandbox: WechatPaySandbox) -> None:
    sandbox.faults.add("notice_bad_signature")
    sandbox.faults.add("notice_lost")

    assert ask(refund()).status_code == 200


@pytest.mark.parametrize(("seconds", "answer"), [(5, 200), (5.1, None)])
def test_hears_an_answer_within_5_seconds(
    clock: Any,
    shop_keys: tuple[str, str],
    platform_keys: tuple[str, str],
    seconds: float,
    answer: int | None,
) -> None:
    def slow(_request: httpx.Request) -> httpx.Response:
        clock.pass_seconds(seconds)
        return httpx.Response(200)

    began = clock()
    with httpx.Client(transport=httpx.MockTransport(slow)) as http:
        pay = WechatPaySandbox(clock, http, platform_private_key_pem=platform_keys[0])
        pay.add_merchant(MCHID, SERIAL, shop_keys[1], APIV3_KEY)
        pay.set_refund_notify_url(MCHID, PORTAL)
        pay.add_payment(MCHID, TRANSACTION, "SO1", 5999, "oPayer", began)
        pay.settle(pay.refund_in_console(TRANSACTION, 1).out_refund_no)
        pay.deliver_due()

    (notice,) = pay.notices
    assert notice.answers == [answer]
    assert notice.due_at == (None if answer else began + timedelta(seconds=15))


def test_closes_nothing_while_the_payer_types_his_password(
    ask: Ask, sandbox: WechatPaySandbox
) -> None:
    ask(order(), target=PREPAY)
    sandbox.start_paying("SO-000001")

    assert code_of(ask(CLOSING, target=CLOSE)) == (202, "USERPAYING")
    assert state_of(ask) == "USERPAYING"

    sandbox.pay("SO-000001")

    assert state_of(ask) == "SUCCESS"
    assert code_of(ask(CLOSING, target=CLOSE)) == (400, "ORDERPAID")


def test_closes_an_order_whose_payer_thought_better_of_it(
    ask: Ask, sandbox: WechatPaySandbox
) -> None:
    ask(order(), target=PREPAY)
    sandbox.start_paying("SO-000001")
    sandbox.stop_paying("SO-000001")

    assert state_of(ask) == "NOTPAY"
    assert ask(CLOSING, target=CLOSE).status_code == 204
    with pytest.raises(ValueError, match="ORDER_CLOSED"):
        sandbox.start_paying("SO-000001")


def test_takes_a_payment_made_just_before_the_close(ask: Ask, sandbox: WechatPaySandbox) -> None:
    sandbox.faults.add("paid_while_closing")
    ask(order(), target=PREPAY)

    assert code_of(ask(CLOSING, target=CLOSE)) == (400, "ORDERPAID")

    assert state_of(ask) == "SUCCESS"
    assert [notice.about for notice in sandbox.notices] == ["SO-000001"]


def test_closes_an_order_that_cannot_be_paid_any_more(
    ask: Ask, sandbox: WechatPaySandbox, clock: Any
) -> None:
    sandbox.faults.add("paid_while_closing")
    ask(order(), target=PREPAY)
    clock.pass_seconds(2 * 3600)  # the prepay is dead

    assert ask(CLOSING, target=CLOSE).status_code == 204
    assert state_of(ask) == "CLOSED"


def test_is_away_on_demand(ask: Ask, sandbox: WechatPaySandbox) -> None:
    sandbox.faults.add("http_503")

    assert code_of(ask(refund())) == (503, "SERVICE_UNAVAILABLE")
    assert sandbox.refunds == []


def test_tells_of_a_refund_made_in_the_console(
    ask: Ask, sandbox: WechatPaySandbox, inbox: list[httpx.Request]
) -> None:
    sandbox.set_refund_notify_url(MCHID, PORTAL)

    made = sandbox.refund_in_console(TRANSACTION, 5000)
    sandbox.settle(made.out_refund_no)
    sandbox.deliver_due()

    found = ask(target=f"{REFUNDS}/{made.out_refund_no}").json()
    assert (found["transaction_id"], found["status"]) == (TRANSACTION, "SUCCESS")
    assert found["amount"]["refund"] == 5000
    (request,) = inbox
    assert str(request.url) == PORTAL
    assert opened(request)["out_refund_no"] == made.out_refund_no
    assert sandbox.refunded_fen(TRANSACTION) == 5000


def test_leaves_less_after_a_refund_made_in_the_console(
    ask: Ask, sandbox: WechatPaySandbox, clock: Any
) -> None:
    sandbox.refund_in_console(TRANSACTION, 5000)
    clock.pass_seconds(60)

    assert code_of(ask(refund(fen=1000))) == (400, "INVALID_REQUEST")
    assert ask(refund(fen=999)).status_code == 200
    with pytest.raises(ValueError, match="大于订单可退金额"):
        sandbox.refund_in_console(TRANSACTION, 1)


def test_sends_the_notice_where_the_refund_says_rather_than_the_portal(
    ask: Ask, sandbox: WechatPaySandbox
) -> None:
    sandbox.set_refund_notify_url(MCHID, PORTAL)
    ask(refund())

    sandbox.settle("RF-1")

    assert [notice.url for notice in sandbox.notices] == [refund()["notify_url"]]


@pytest.mark.parametrize(("status", "left"), [("ABNORMAL", 4000), ("CLOSED", 5999)])
def test_reverses_a_refund_that_had_succeeded(
    ask: Ask, sandbox: WechatPaySandbox, clock: Any, status: str, left: int
) -> None:
    """ABNORMAL still holds the money: it can become SUCCESS again; CLOSED gives it back."""
    ask(refund())
    sandbox.settle("RF-1")
    clock.pass_seconds(3600)

    sandbox.settle("RF-1", status, reversed=True)

    found = ask(target=f"{REFUNDS}/RF-1").json()
    assert found["status"] == status
    assert "success_time" not in found
    assert [notice.about for notice in sandbox.notices] == ["RF-1", "RF-1"]
    assert code_of(ask(refund("RF-2", left + 1))) == (400, "INVALID_REQUEST")
    assert ask(refund("RF-2", left)).status_code == 200


def test_reverses_a_refund_and_tells_nobody(ask: Ask, sandbox: WechatPaySandbox) -> None:
    ask(refund(notify_url=""))
    sandbox.settle("RF-1")

    sandbox.settle("RF-1", "ABNORMAL", reversed=True)

    assert sandbox.notices == []
    assert ask(target=f"{REFUNDS}/RF-1").json()["status"] == "ABNORMAL"


def state_of(ask: Ask) -> str:
    return str(ask(target=f"{BY_NUMBER}/SO-000001?mchid={MCHID}").json()["trade_state"])


def opened(request: httpx.Request) -> dict[str, Any]:
    """The plaintext of a notice."""
    sealed = json.loads(request.content)["resource"]
    plain = AESGCM(APIV3_KEY.encode()).decrypt(
        sealed["nonce"].encode(),
        base64.b64decode(sealed["ciphertext"]),
        sealed["associated_data"].encode(),
    )
    return dict(json.loads(plain))


def is_signed(sandbox: WechatPaySandbox, request: httpx.Request) -> bool:
    stamp, nonce = request.headers["Wechatpay-Timestamp"], request.headers["Wechatpay-Nonce"]
    signed = f"{stamp}\n{nonce}\n".encode() + request.content + b"\n"
    key: Any = serialization.load_pem_public_key(sandbox.public_key_pem.encode())
    try:
        signature = base64.b64decode(request.headers["Wechatpay-Signature"])
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
