"""The steps of a story, out of which the replays of recordings are made.

The tests at the end keep the comparison honest: it must notice what is different.
"""

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.contracts import recordings
from tests.contracts.recordings import RETURNS, WXPAY, Correspondence, Lab


@dataclass(frozen=True)
class Step:
    act: Callable[[Lab], Any]
    recording: str | None = None


Story = list[Step]


def play(name: str) -> Step:
    """Send the recorded call; status and whole body must correspond."""

    def act(lab: Lab) -> None:
        recording = recordings.load(name)
        response = lab.send(recording)
        assert response.status_code == recording.status, name
        problems = lab.same.differences(recording.answer, response.json())
        assert not problems, "\n".join([name, *problems])

    return Step(act, name)


def hear(name: str) -> Step:
    """One of the webhooks sent since must correspond to the recorded one, headers included."""

    def act(lab: Lab) -> None:
        recording = recordings.load(name)
        event = recording.headers["Saleor-Event"]
        found = next(
            (
                request
                for request in lab.heard
                if request.url.path == recording.path and request.headers["saleor-event"] == event
            ),
            None,
        )
        assert found is not None, f"{name}: {[str(r.url) for r in lab.heard]}"
        lab.heard.remove(found)
        problems = lab.same.differences(recording.body, _json(found.content))
        assert not problems, "\n".join([name, *problems])
        assert _saleor_headers(found.headers) == _saleor_headers(recording.headers)
        assert found.headers["user-agent"] == recording.headers["User-Agent"]
        assert found.content.isascii() == recording.raw_body.isascii()

    return Step(act, name)


def do(act: Callable[[Lab], Any]) -> Step:
    """An act of the scene."""
    return Step(act)


deliver = Step(lambda lab: lab.shop.deliver_all())


def answers(name: str, path: str = "/wh/lab.wxpay/refund") -> Step:
    """Let the app answer the next webhook at `path` as in this recording of a webhook."""

    def act(lab: Lab) -> None:
        recording = recordings.load(name)
        answer_with(recording.answer, recording.status, path).act(lab)

    return Step(act)


def answer_with(answer: Any, status: int = 200, path: str = "/wh/lab.wxpay/refund") -> Step:
    def act(lab: Lab) -> None:
        def respond() -> httpx.Response:
            if isinstance(answer, str):
                return httpx.Response(status, text=answer)
            return httpx.Response(status, json=answer)

        lab.answers.setdefault(path, []).append(respond)

    return Step(act)


def answer_by(respond: Callable[[Lab], httpx.Response], path: str = "/wh/lab.wxpay/refund") -> Step:
    """Let the next webhook at `path` be answered by a function, which may also raise."""

    def act(lab: Lab) -> None:
        lab.answers.setdefault(path, []).append(lambda: respond(lab))

    return Step(act)


def before_refunds(name: str) -> Step:
    """Load the order of a recording as it must have been before any grant or refund."""

    def act(lab: Lab) -> None:
        order = dict(recordings.load(name).order, grantedRefunds=[])
        order["transactions"] = [
            dict(t, events=[e for e in t["events"] if not e["type"].startswith("REFUND_")])
            for t in order["transactions"]
        ]
        order["events"] = [
            e
            for e in order["events"]
            if e["type"] != "TRANSACTION_REFUND_REQUESTED"
            and not (e["type"] == "ORDER_FULLY_PAID" and e["app"])
        ]
        lab.load(order)

    return Step(act)


def before_shipping(name: str) -> Step:
    """Load the order of a recording as it must have been before it was shipped."""

    def act(lab: Lab) -> None:
        order = dict(recordings.load(name).order, fulfillments=[], status="UNFULFILLED")
        order["lines"] = [dict(line, quantityFulfilled=0) for line in order["lines"]]
        kept = ("PLACED", "CONFIRMED", "ORDER_FULLY_PAID")
        order["events"] = [e for e in order["events"] if e["type"] in kept]
        lab.load(order)

    return Step(act)


def as_recorded(name: str) -> Step:
    return Step(lambda lab: lab.load(recordings.load(name).order))


def ship(name: str, fulfillment_id: str, lines: dict[int, int]) -> Step:
    """Fulfil lines (by position in the recorded order) into the fulfilment recorded later."""

    def act(lab: Lab) -> None:
        order = recordings.load(name).order
        warehouse = lab.shop.world.default_warehouse_id
        given = [
            {
                "orderLineId": order["lines"][position]["id"],
                "stocks": [{"warehouse": warehouse, "quantity": quantity}],
            }
            for position, quantity in lines.items()
        ]
        payload = lab.call(FULFILL, {"o": order["id"], "i": {"lines": given}})
        assert lab.same.learn(fulfillment_id, payload["fulfillments"][0]["id"])

    return Step(act)


def learn_lines(**recorded: int) -> Step:
    """Tell which recorded fulfilment-line ids the newest shipped lines correspond to."""

    def act(lab: Lab) -> None:
        order = lab.shop.world.orders[-1]
        shipped = [f for f in order.fulfillments if f.status != "RETURNED"][-1]
        for recorded_id, position in recorded.items():
            number = int(recorded_id.removeprefix("line_"))
            known = numbered_id("FulfillmentLine", number)
            assert lab.same.learn(known, shipped.lines[position].id)

    return Step(act)


def numbered_id(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def grant(name: str, position: int = -1) -> Step:
    """Create the grant that a later recorded order shows at `position`."""

    def act(lab: Lab) -> None:
        order = recordings.load(name).order
        wanted = order["grantedRefunds"][position]
        lines = [
            {"id": x["orderLine"]["id"], "quantity": x["quantity"], "reason": x["reason"]}
            for x in wanted["lines"]
        ]
        given = {"transactionId": wanted["transaction"]["id"], "reason": wanted["reason"]}
        given["lines"] = lines
        payload = lab.call(GRANT, {"o": order["id"], "i": given})
        assert lab.same.learn(wanted["id"], payload["grantedRefund"]["id"])

    return Step(act)


def request_refund(grant_number: int, app_id: str = RETURNS) -> Step:
    def act(lab: Lab) -> None:
        lab.call(REQUEST, {"g": numbered_id("OrderGrantedRefund", grant_number)}, app_id)

    return Step(act)


def report(name: str, event_type: str, psp: str, amount: str | None) -> Step:
    """Report an event on the transaction of a recorded order."""

    def act(lab: Lab) -> None:
        transaction = recordings.load(name).order["transactions"][0]["id"]
        lab.call(REPORT, {"id": transaction, "p": psp, "t": event_type, "a": amount}, WXPAY)

    return Step(act)


def in_parallel(times: int, step: Step) -> Step:
    """Do the same thing at the same time, each past its checks before any of them writes."""

    def act(lab: Lab) -> None:
        barrier = threading.Barrier(times)
        usual, lab.shop.world.pause = lab.shop.world.pause, lambda _: _meet(barrier)
        failures: list[BaseException] = []

        def run() -> None:
            try:
                step.act(lab)
            except BaseException as error:  # noqa: BLE001  (shown by the assertion below)
                failures.append(error)

        threads = [threading.Thread(target=run) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lab.shop.world.pause = usual
        assert not failures

    return Step(act)


def _meet(barrier: threading.Barrier) -> None:
    barrier.wait(10)


def after(seconds: float) -> Step:
    return Step(lambda lab: lab.clock.advance(seconds))


FULFILL = """mutation($o: ID!, $i: OrderFulfillInput!) { orderFulfill(order: $o, input: $i) {
  fulfillments { id } errors { field code } } }"""
RETURN = """mutation($o: ID!, $i: OrderReturnProductsInput!) {
  orderFulfillmentReturnProducts(order: $o, input: $i) { order { id } errors { field code } } }"""
GRANT = """mutation($o: ID!, $i: OrderGrantRefundCreateInput!) {
  orderGrantRefundCreate(id: $o, input: $i) { grantedRefund { id } errors { field code } } }"""
REQUEST = """mutation($g: ID!) { transactionRequestRefundForGrantedRefund(grantedRefundId: $g) {
  transaction { id } errors { field code } } }"""
REPORT = """mutation($id: ID!, $p: String!, $t: TransactionEventTypeEnum!, $a: PositiveDecimal) {
  transactionEventReport(id: $id, pspReference: $p, type: $t, amount: $a) {
  alreadyProcessed errors { field code } } }"""


def _json(content: bytes) -> Any:
    return httpx.Response(200, content=content).json()


def _saleor_headers(headers: Any) -> set[str]:
    names = {name.lower() for name in headers}
    return {name for name in names if "saleor" in name or name == "content-type"}


def tell(story: Story, version: str = "3.23") -> Lab:
    """Play a story from the beginning."""
    recordings.folder(version)
    lab = Lab(version)
    for step in story:
        step.act(lab)
    return lab


def recordings_of(*stories: dict[str, Story]) -> set[str]:
    """The names of all recordings that the stories replay."""
    told = [step for titles in stories for story in titles.values() for step in story]
    return {step.recording for step in told if step.recording}


def test_the_comparison_notices_another_amount() -> None:
    same = Correspondence()

    found = same.differences({"amount": 199.0}, {"amount": 199.01})

    assert found == ["amount: 199.0 recorded, 199.01 here"]


def test_the_comparison_notices_a_missing_field_and_a_missing_item() -> None:
    same = Correspondence()

    fields = same.differences({"a": 1, "b": None}, {"a": 1})
    items = same.differences([1, 2], [1])

    assert fields == [": keys ['a', 'b'] recorded, ['a'] here"]
    assert items == [": 2 items recorded, 1 here: [1]"]


def test_the_comparison_notices_that_one_id_became_two() -> None:
    same = Correspondence()
    recorded = [numbered_id("App", 1), numbered_id("App", 1)]

    found = same.differences(recorded, [numbered_id("App", 7), numbered_id("App", 8)])

    assert len(found) == 1


def test_the_comparison_notices_that_two_times_became_one() -> None:
    same = Correspondence()
    recorded = ["2026-11-23T01:00:00+00:00", "2026-11-23T01:00:01+00:00"]

    found = same.differences(recorded, ["2027-01-01T00:00:00+00:00"] * 2)

    assert len(found) == 1


def test_the_comparison_notices_an_id_of_another_kind() -> None:
    same = Correspondence()

    assert same.differences(numbered_id("App", 1), numbered_id("User", 1))


def test_a_recording_of_another_order_is_not_accepted() -> None:
    story = [as_recorded("22-order-after-payment"), play("28-order-fulfilled")]

    with pytest.raises(AssertionError, match="28-order-fulfilled"):
        tell(story)
