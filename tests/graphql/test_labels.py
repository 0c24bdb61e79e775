"""Every label …"""

from __future__ import annotations

from saleor_wechat_returns.domain.differences import (
    KIND_WORDS,
    STATE_WORDS,
    DifferenceKind,
    DifferenceState,
)
from saleor_wechat_returns.domain.inspection import (
    DISPOSITION_LABELS,
    OUTCOME_LABELS,
    Disposition,
    Outcome,
)
from saleor_wechat_returns.domain.lifecycle import (
    BOOKING_LABELS,
    DELIVERY_LABELS,
    DIRECTION_LABELS,
    METHOD_LABELS,
    REFUND_LABELS,
    BookingStatus,
    DeliveryDirection,
    DeliveryMethod,
    DeliveryStatus,
    Kind,
    Move,
    RefundStatus,
)
from saleor_wechat_returns.domain.parcels import PARCEL_LABELS, ParcelStatus
from saleor_wechat_returns.domain.policy import Party
from saleor_wechat_returns.domain.warnings import WARNING_LABELS, Warned
from saleor_wechat_returns.graphql.enums import (
    ACTION_LABELS,
    EVENT_LABELS,
    KIND_LABELS,
    PEOPLES_ARROWS,
    RECONCILIATION_LABELS,
    TASK_LABELS,
)
from saleor_wechat_returns.graphql.reasons import PARTY_LABELS
from saleor_wechat_returns.models.reconciliation import ReconciliationStatus
from saleor_wechat_returns.models.staff import StaffTaskKind
from tests import make
from tests.world import World


def test_is_there_for_each_value() -> None:
    assert set(KIND_LABELS) == set(Kind)
    assert set(REFUND_LABELS) == set(RefundStatus)
    assert set(ACTION_LABELS) == {arrow.move for arrow in PEOPLES_ARROWS}
    assert set(Move) <= set(EVENT_LABELS)
    assert set(TASK_LABELS) == set(StaffTaskKind)
    assert set(RECONCILIATION_LABELS) == set(ReconciliationStatus)
    assert set(DELIVERY_LABELS) == set(DeliveryStatus)
    assert set(DIRECTION_LABELS) == set(DeliveryDirection)
    assert set(METHOD_LABELS) == set(DeliveryMethod)
    assert set(BOOKING_LABELS) == set(BookingStatus)
    assert set(PARCEL_LABELS) == set(ParcelStatus)
    assert set(WARNING_LABELS) == set(Warned)
    assert set(OUTCOME_LABELS) == set(Outcome)
    assert set(DISPOSITION_LABELS) == set(Disposition)
    assert set(PARTY_LABELS) == set(Party)
    assert set(KIND_WORDS) == set(DifferenceKind)
    assert set(STATE_WORDS) == set(DifferenceState)


def test_tells_the_story_in_the_language_asked_for(world: World) -> None:
    request = make.inspected(world.shop, world.shop.order())
    world.run()
    query = """query($id: ID!, $language: ReturnLanguageCode!) { returnRequest(id: $id) {
      events { label(languageCode: $language) } } }"""

    def story(language: str) -> list[str]:
        answer = world.shop.as_li(query, id=request["id"], language=language)
        return [event["label"] for event in answer.data["returnRequest"]["events"]]

    assert story("EN") == [
        "Return requested",
        "Approved",
        "Waybill entered",
        "Parcel received",
        "Inspected",
        "Return recorded",
        "Refunded",
        "Order totals updated",
    ]
    assert story("ZH_HANS")[-2:] == ["退款到账", "订单金额已更新"]
