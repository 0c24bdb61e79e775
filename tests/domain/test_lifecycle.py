"""The table of moves …"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_wechat_returns.domain.lifecycle import (
    ARROWS,
    FINAL_REFUNDS,
    LABELS,
    REFUND_ARROWS,
    Actor,
    Move,
    NoArrow,
    RefundStatus,
    Status,
    When,
    follow,
    moves_open_to,
)

ENDS = {Status.CANCELED, Status.CLOSED}


def test_names_each_arrow_once() -> None:
    keys = [(arrow.source, arrow.move, arrow.when, arrow.actor) for arrow in ARROWS]

    assert len(keys) == len(set(keys))


def test_leads_to_one_place_whoever_moves() -> None:
    targets = {(a.source, a.move, a.when, a.target) for a in ARROWS}

    assert len(targets) == len({target[:3] for target in targets})


def test_reaches_every_status_from_the_first() -> None:
    reached = {Status.REQUESTED}
    for _ in Status:
        reached |= {arrow.target for arrow in ARROWS if arrow.source in reached}

    assert reached == set(Status)


def test_leaves_every_status_but_the_last_ones() -> None:
    assert set(Status) - {arrow.source for arrow in ARROWS} == ENDS


def test_has_words_in_two_languages_for_every_status() -> None:
    assert set(LABELS) == set(Status)
    assert all(zh and en for zh, en in LABELS.values())


def test_gives_each_move_to_one_kind_of_actor_but_these() -> None:
    shared = {Move.EXTEND_DEADLINE, Move.APPROVE, Move.PICK_UP, Move.FAIL_PICKUP}
    actors = {(a.move, a.actor) for a in ARROWS if a.move not in shared}

    assert len(actors) == len({move for move, _ in actors})


def test_leads_where_the_design_says() -> None:
    assert follow(Status.REQUESTED, Move.APPROVE, When.GOODS_EXPECTED) is Status.APPROVED
    assert follow(Status.REQUESTED, Move.APPROVE, When.PARCEL_KNOWN) is Status.IN_TRANSIT
    assert follow(Status.REQUESTED, Move.APPROVE, When.MONEY_ONLY) is Status.REFUNDING
    assert follow(Status.RECEIVED, Move.INSPECT, When.NONE_ACCEPTED) is Status.REJECTED


@given(st.sampled_from(Status), st.sampled_from(Move), st.sampled_from(When))
def test_refuses_whatever_it_does_not_list(status: Status, move: Move, when: When) -> None:
    listed = any((a.source, a.move, a.when) == (status, move, when) for a in ARROWS)
    if listed:
        follow(status, move, when)
    else:
        with pytest.raises(NoArrow):
            follow(status, move, when)


@pytest.mark.parametrize("status", Status)
def test_offers_a_customer_only_what_a_customer_may_do(status: Status) -> None:
    offered = set(moves_open_to(Actor.CUSTOMER, status))

    assert offered <= {
        Move.UPDATE,
        Move.CANCEL,
        Move.ANSWER,
        Move.ACCEPT_OFFER,
        Move.DECLINE_OFFER,
        Move.APPEAL,
        Move.EXTEND_DEADLINE,
        Move.SUBMIT_DELIVERY,
        Move.BOOK_PICKUP,
        Move.CANCEL_PICKUP,
    }
    shared = offered & set(moves_open_to(Actor.STAFF, status))
    assert shared <= {Move.EXTEND_DEADLINE}


def test_leaves_an_ended_refund_only_for_what_people_or_banks_do() -> None:
    leaving = {arrow for arrow in REFUND_ARROWS if arrow[0] in FINAL_REFUNDS}

    assert leaving == {
        (RefundStatus.FAILED, RefundStatus.PLANNED),  # staff begin again
        (RefundStatus.FAILED, RefundStatus.SETTLED),  # staff paid by other means
        (RefundStatus.SUCCEEDED, RefundStatus.FAILED),  # the bank sent it back
        (RefundStatus.FAILED, RefundStatus.SUCCEEDED),  # staff had it paid after all
    }


def test_reaches_an_end_for_every_refund() -> None:
    for start in RefundStatus:
        reached = {start}
        for source, target in itertools.chain(*[REFUND_ARROWS] * len(RefundStatus)):
            reached |= {target} if source in reached else set()
        assert reached & FINAL_REFUNDS
