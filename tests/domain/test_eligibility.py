"""What may be asked for of a line, whatever its parcels …"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.eligibility import Obstacle, Pieces, choices
from saleor_wechat_returns.domain.errors import ErrorCode
from saleor_wechat_returns.domain.goods import Goods as Bought
from saleor_wechat_returns.domain.lifecycle import Kind
from saleor_wechat_returns.domain.policy import (
    Basis,
    Exclusion,
    Goods,
    Party,
    Reason,
    Rules,
    Window,
)
from saleor_wechat_returns.domain.window import Delivery

FIRST = date(2026, 11, 1)
BOTH = (Kind.RETURN_AND_REFUND, Kind.REFUND_ONLY)
REASONS = (
    Reason(code="no_reason", zh="无", en="None", kinds=(Kind.RETURN_AND_REFUND,)),
    Reason(code="fault", zh="错", en="Fault", kinds=BOTH, fault=Party.MERCHANT, days=15),
)
CUSTOM = Exclusion(
    code="custom",
    zh="定作",
    en="Made to order",
    basis=Basis.CUSTOM_MADE,
    goods=Goods(products=("p",)),
)
RULES = Rules(window=Window(days=7, buffer_days=5), reasons=REASONS, exclusions=(CUSTOM,))


@st.composite
def lines(draw: st.DrawFn) -> Pieces:
    parcels = draw(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 30)), max_size=4))
    sent = tuple(
        Delivery(f"f{at}", pieces, FIRST + timedelta(days=after), is_signed=True)
        for at, (pieces, after) in enumerate(parcels)
    )
    goods = Bought(
        product_id=draw(st.sampled_from(["", "p"])),
        needs_shipping=draw(st.booleans()),
        is_gift_card=draw(st.sampled_from([False, False, False, True])),
    )
    unsent = draw(st.integers(0, 5))
    there = unsent + sum(part.pieces for part in sent)
    return Pieces(goods, unsent, sent, most=draw(st.integers(0, there)))


nows = st.integers(0, 60 * 24).map(
    lambda hours: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=hours)
)


@given(lines(), nows)
def test_is_never_more_than_there_is(pieces: Pieces, now: datetime) -> None:
    for choice in choices(pieces, RULES, now=now, zone=UTC):
        for kind in Kind:
            assert 0 <= choice.count(kind) <= pieces.most


@given(lines(), nows, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_is_never_more_later(pieces: Pieces, now: datetime, passed: timedelta) -> None:
    before = choices(pieces, RULES, now=now, zone=UTC)
    after = choices(pieces, RULES, now=now + passed, zone=UTC)

    for earlier, later in zip(before, after, strict=True):
        assert all(later.count(kind) <= earlier.count(kind) for kind in Kind)


@given(lines(), nows, st.integers(1, 30))
def test_is_refused_exactly_beyond_what_is_shown(
    pieces: Pieces, now: datetime, quantity: int
) -> None:
    for choice in choices(pieces, RULES, now=now, zone=UTC):
        for kind in Kind:
            assert (choice.refusal(kind, quantity) is None) == (quantity <= choice.count(kind))


@given(lines(), nows)
def test_has_an_obstacle_exactly_where_nothing_may_be_asked_for(
    pieces: Pieces, now: datetime
) -> None:
    for choice in choices(pieces, RULES, now=now, zone=UTC):
        assert (choice.obstacle is None) == bool(choice.possible_kinds)
        if choice.obstacle is Obstacle.GIFT_CARD:
            assert choice.refusal(Kind.REFUND_ONLY, 1) is ErrorCode.GIFT_CARD_NOT_RETURNABLE


@given(lines(), nows)
def test_is_the_same_for_the_shops_fault_whatever_is_excluded(
    pieces: Pieces, now: datetime
) -> None:
    excluded = replace(pieces, goods=replace(pieces.goods, product_id="p"))
    others = replace(pieces, goods=replace(pieces.goods, product_id="q"))

    (_, of_excluded) = choices(excluded, RULES, now=now, zone=UTC)
    (_, of_others) = choices(others, RULES, now=now, zone=UTC)

    for kind in Kind:
        assert of_excluded.count(kind) == of_others.count(kind)


@given(lines(), nows)
def test_is_nothing_sent_without_a_fault_where_it_is_excluded(
    pieces: Pieces, now: datetime
) -> None:
    goods = replace(pieces.goods, product_id="p", is_gift_card=False)
    (no_reason, _) = choices(replace(pieces, goods=goods), RULES, now=now, zone=UTC)

    assert no_reason.count(Kind.RETURN_AND_REFUND) == 0
    unsent = pieces.unsent if goods.needs_shipping else 0
    assert no_reason.count(Kind.REFUND_ONLY) == min(pieces.most, unsent)


@given(lines(), nows, st.integers(0, 30))
def test_comes_of_parcels_that_are_in_time(pieces: Pieces, now: datetime, quantity: int) -> None:
    for choice in choices(pieces, RULES, now=now, zone=UTC):
        there = {part.fulfillment_id: part.pieces for part in choice.open_parcels}
        taken = choice.parcels_of(quantity)

        assert all(0 < count <= there[parcel] for parcel, count in taken.items())
        assert sum(taken.values()) == min(quantity, sum(there.values()))
