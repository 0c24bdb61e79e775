"""Recorded refund requests: what each answer of the app does, in time, late, twice or at once."""

import re

import httpx
import pytest

from tests.contracts.recordings import WXPAY, Lab
from tests.contracts.test_sandbox_saleor_lab import (
    Story,
    after,
    answer_by,
    answer_with,
    answers,
    before_refunds,
    deliver,
    do,
    grant,
    hear,
    in_parallel,
    play,
    report,
    request_refund,
    tell,
)


def _refuse_connection(_lab: Lab) -> httpx.Response:
    raise httpx.ConnectError("connection refused")


def _too_late(lab: Lab) -> httpx.Response:
    lab.clock.advance(18.4)
    return httpx.Response(200, json={"pspReference": "slow-1", "result": "REFUND_SUCCESS"})


def _report_first(lab: Lab) -> httpx.Response:
    report("78d-", "REFUND_SUCCESS", "R-FhZGM3", "99.90").act(lab)
    return httpx.Response(200, json={"pspReference": "R-FhZGM3"})


def _switch_off_webhook(lab: Lab) -> None:
    for webhook in lab.app(WXPAY).webhooks:
        webhook.is_active = False


def _nothing_is_due(lab: Lab) -> None:
    assert lab.shop.deliver_due() == 0


def _references_are_arbitrary(lab: Lab) -> None:
    lab.same.opaque = re.compile(r"^cc-\d+$")


def _sync_refund(number: int, slug: str, *, grant_first: bool = True) -> Story:
    """One of the recordings 60 to 67: grant, request, webhook with its recorded answer, order."""
    webhook = f"{number}-webhook-refund-requested-{slug}"
    return [
        *([grant(f"{number}-order-after-{slug}")] if grant_first else []),
        answers(webhook),
        play(f"{number}-request-{slug}"),
        deliver,
        hear(webhook),
        play(f"{number}-order-after-{slug}"),
    ]


STORIES: dict[str, Story] = {
    "every answer an app can give to a refund request": [
        before_refunds("60-order-after-sync-success"),
        *_sync_refund(60, "sync-success"),
        *_sync_refund(61, "sync-failure"),
        *_sync_refund(62, "retry-after-failure", grant_first=False),
        *_sync_refund(63, "empty-object"),
        *_sync_refund(64, "http-400-json-error"),
        *_sync_refund(65, "http-400-json-with-psp"),
        *_sync_refund(66, "not-json"),
        *_sync_refund(67, "lower-amount"),
    ],
    "an answer comes too late and the success is reported afterwards": [
        before_refunds("70-"),
        grant("70-"),
        answer_by(_too_late),
        request_refund(9),
        deliver,
        play("70-order-after-refund-webhook-timeout"),
        play("71-event-report-success-after-timeout"),
        play("72-order-after-late-report"),
        answer_with({"pspReference": "slow-1"}),
        play("73-request-again-after-timeout"),
        deliver,
        play("74-order-after-idempotent-retry"),
    ],
    "an answer comes too late and the refund is requested again": [
        before_refunds("75b-"),
        grant("75b-"),
        answer_by(_too_late),
        request_refund(11),
        deliver,
        answer_with({"pspReference": "slow-2", "result": "REFUND_SUCCESS"}),
        play("75-rerequest-after-timeout-before-reporting"),
        deliver,
        play("75b-order-recovered-after-timeout"),
    ],
    "a 5xx answer is repeated": [
        before_refunds("76-"),
        grant("76-"),
        answer_with({}, status=500),
        answer_with({"pspReference": "after-5xx"}),
        request_refund(10),
        deliver,
        do(_nothing_is_due),
        after(10),
        deliver,
        play("76-order-after-5xx-retry"),
    ],
    "the app cannot be reached, then listens no longer": [
        before_refunds("77-"),
        grant("77-"),
        answer_by(_refuse_connection),
        request_refund(12),
        deliver,
        play("77-order-after-connection-refused"),
        do(_switch_off_webhook),
        play("78-request-refund-no-active-webhook"),
    ],
    "a second attempt with the same reference": [
        before_refunds("78c-"),
        grant("78c-"),
        answer_with({"pspReference": "P-g1ZTcx"}),
        request_refund(34),
        deliver,
        report("78c-", "REFUND_FAILURE", "P-g1ZTcx", None),
        answer_with({"pspReference": "P-g1ZTcx"}),
        request_refund(34),
        deliver,
        report("78c-", "REFUND_FAILURE", "P-g1ZTcx", None),
        play("78b-order-second-failure-same-psp"),
        report("78c-", "REFUND_SUCCESS", "P-g1ZTcx", "99.90"),
        play("78c-order-success-after-two-failures-same-psp"),
    ],
    "a success is reported before the webhook is answered, and repaired": [
        before_refunds("78d-"),
        grant("78d-"),
        answer_by(_report_first),
        request_refund(35),
        deliver,
        play("78d-order-report-before-webhook-answer"),
        report("78d-", "REFUND_REVERSE", "R-FhZGM3", None),
        answer_with({"pspReference": "R-FhZGM3-2", "result": "REFUND_SUCCESS"}),
        request_refund(35),
        deliver,
        play("78e-order-repaired-by-reverse-and-new-attempt"),
    ],
    "four requests at once, each answered with a reference of its own": [
        before_refunds("79-"),
        grant("79-"),
        do(_references_are_arbitrary),
        *[answer_with({"pspReference": f"cc-{number}"}) for number in range(4)],
        in_parallel(4, request_refund(13)),
        deliver,
        play("79-order-after-concurrent-requests"),
    ],
    "four requests at once, all answered with one reference": [
        before_refunds("80-"),
        grant("80-"),
        *[answer_with({"pspReference": "same-1"}) for _ in range(4)],
        in_parallel(4, request_refund(14)),
        deliver,
        play("80-order-after-concurrent-requests-same-psp"),
    ],
}


@pytest.mark.parametrize("title", STORIES)
def test_story(title: str) -> None:
    tell(STORIES[title])
