"""The table of moves: every arrow a return, its parcel and its money may travel.

Nothing changes a status except along an arrow below (usecases/move.py is the only writer).
Knows no rows, no clock and no provider. docs/decisions/0005-arrows.md says why each exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the customer wants. EXCHANGE (换货) is reserved."""

    RETURN_AND_REFUND = "return_and_refund"  # 退货退款
    REFUND_ONLY = "refund_only"  # 仅退款


class Actor(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


class Status(StrEnum):
    """Where a return stands; `LABELS` has the words people read."""

    REQUESTED = "requested"
    AWAITING_CUSTOMER = "awaiting_customer"
    APPROVED = "approved"
    AWAITING_PICKUP = "awaiting_pickup"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REFUNDING = "refunding"
    REFUND_FAILED = "refund_failed"
    REFUNDED = "refunded"
    REJECTED = "rejected"
    APPEALED = "appealed"
    CANCELED = "canceled"
    CLOSED = "closed"


class Move(StrEnum):
    """A thing somebody does to a return. The customer's and staff's moves are API actions."""

    UPDATE = "update"
    CANCEL = "cancel"
    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_EVIDENCE = "request_evidence"
    MAKE_OFFER = "make_offer"
    ANSWER = "answer"
    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"
    APPEAL = "appeal"
    RESOLVE_APPEAL = "resolve_appeal"
    EXTEND_DEADLINE = "extend_deadline"
    EXPIRE = "expire"
    SUBMIT_DELIVERY = "submit_delivery"
    BOOK_PICKUP = "book_pickup"
    CANCEL_PICKUP = "cancel_pickup"
    PICK_UP = "pick_up"
    FAIL_PICKUP = "fail_pickup"
    RECEIVE = "receive"
    INSPECT = "inspect"
    CLOSE = "close"
    RETRY_REFUND = "retry_refund"
    SETTLE_MANUALLY = "settle_manually"
    MONEY_ARRIVED = "money_arrived"
    MONEY_FAILED = "money_failed"
    MONEY_RESUMED = "money_resumed"
    MONEY_REVERSED = "money_reversed"


class When(StrEnum):
    """What decides between two arrows of the same move."""

    ALWAYS = "always"
    GOODS_EXPECTED = "goods must come back and are not on their way"
    PARCEL_KNOWN = "the customer has already shipped"
    MONEY_ONLY = "nothing has to come back"
    SOME_ACCEPTED = "the customer gets all that was promised for the pieces"
    LOWERED = "some pieces are accepted, and it is less than was promised"
    NONE_ACCEPTED = "no piece is accepted"
    GOODS_HERE = "the goods are with the shop"
    APPEAL_DENIED = "the rejection stands"
    INSPECTION_STANDS = "what the inspection gave is all there is"


@dataclass(frozen=True, slots=True)
class Arrow:
    move: Move
    source: Status
    target: Status
    actor: Actor
    when: When = When.ALWAYS


ARROWS: tuple[Arrow, ...] = (
    Arrow(Move.UPDATE, Status.REQUESTED, Status.REQUESTED, Actor.CUSTOMER),
    Arrow(Move.UPDATE, Status.AWAITING_CUSTOMER, Status.REQUESTED, Actor.CUSTOMER),
    Arrow(Move.ANSWER, Status.AWAITING_CUSTOMER, Status.REQUESTED, Actor.CUSTOMER),
    Arrow(
        Move.ACCEPT_OFFER,
        Status.AWAITING_CUSTOMER,
        Status.APPROVED,
        Actor.CUSTOMER,
        When.GOODS_EXPECTED,
    ),
    Arrow(
        Move.ACCEPT_OFFER,
        Status.AWAITING_CUSTOMER,
        Status.IN_TRANSIT,
        Actor.CUSTOMER,
        When.PARCEL_KNOWN,
    ),
    Arrow(
        Move.ACCEPT_OFFER,
        Status.AWAITING_CUSTOMER,
        Status.REFUNDING,
        Actor.CUSTOMER,
        When.MONEY_ONLY,
    ),
    Arrow(Move.DECLINE_OFFER, Status.AWAITING_CUSTOMER, Status.REQUESTED, Actor.CUSTOMER),
    Arrow(
        Move.ACCEPT_OFFER,
        Status.INSPECTED,
        Status.REFUNDING,
        Actor.CUSTOMER,
        When.GOODS_HERE,
    ),
    Arrow(Move.APPEAL, Status.REJECTED, Status.APPEALED, Actor.CUSTOMER),
    Arrow(Move.APPEAL, Status.INSPECTED, Status.APPEALED, Actor.CUSTOMER),
    Arrow(Move.CANCEL, Status.REQUESTED, Status.CANCELED, Actor.CUSTOMER),
    Arrow(Move.CANCEL, Status.AWAITING_CUSTOMER, Status.CANCELED, Actor.CUSTOMER),
    Arrow(Move.CANCEL, Status.APPEALED, Status.CANCELED, Actor.CUSTOMER),
    Arrow(Move.CANCEL, Status.APPROVED, Status.CANCELED, Actor.CUSTOMER),
    Arrow(Move.CANCEL, Status.AWAITING_PICKUP, Status.CANCELED, Actor.CUSTOMER),
    *(
        Arrow(Move.APPROVE, source, target, actor, when)
        for source, actor in (
            (Status.REQUESTED, Actor.STAFF),
            (Status.AWAITING_CUSTOMER, Actor.STAFF),
            (Status.REQUESTED, Actor.SYSTEM),
        )
        for target, when in (
            (Status.APPROVED, When.GOODS_EXPECTED),
            (Status.IN_TRANSIT, When.PARCEL_KNOWN),
            (Status.REFUNDING, When.MONEY_ONLY),
        )
    ),
    Arrow(Move.REJECT, Status.REQUESTED, Status.REJECTED, Actor.STAFF),
    Arrow(Move.REQUEST_EVIDENCE, Status.REQUESTED, Status.AWAITING_CUSTOMER, Actor.STAFF),
    Arrow(Move.MAKE_OFFER, Status.REQUESTED, Status.AWAITING_CUSTOMER, Actor.STAFF),
    Arrow(Move.MAKE_OFFER, Status.AWAITING_CUSTOMER, Status.AWAITING_CUSTOMER, Actor.STAFF),
    Arrow(Move.RESOLVE_APPEAL, Status.APPEALED, Status.APPROVED, Actor.STAFF, When.GOODS_EXPECTED),
    Arrow(Move.RESOLVE_APPEAL, Status.APPEALED, Status.IN_TRANSIT, Actor.STAFF, When.PARCEL_KNOWN),
    Arrow(Move.RESOLVE_APPEAL, Status.APPEALED, Status.REFUNDING, Actor.STAFF, When.MONEY_ONLY),
    Arrow(Move.RESOLVE_APPEAL, Status.APPEALED, Status.RECEIVED, Actor.STAFF, When.GOODS_HERE),
    Arrow(Move.RESOLVE_APPEAL, Status.APPEALED, Status.CLOSED, Actor.STAFF, When.APPEAL_DENIED),
    Arrow(
        Move.RESOLVE_APPEAL,
        Status.APPEALED,
        Status.REFUNDING,
        Actor.STAFF,
        When.INSPECTION_STANDS,
    ),
    Arrow(Move.SUBMIT_DELIVERY, Status.REQUESTED, Status.REQUESTED, Actor.CUSTOMER),
    Arrow(
        Move.SUBMIT_DELIVERY,
        Status.AWAITING_CUSTOMER,
        Status.AWAITING_CUSTOMER,
        Actor.CUSTOMER,
    ),
    Arrow(Move.SUBMIT_DELIVERY, Status.APPROVED, Status.IN_TRANSIT, Actor.CUSTOMER),
    Arrow(Move.SUBMIT_DELIVERY, Status.AWAITING_PICKUP, Status.IN_TRANSIT, Actor.CUSTOMER),
    Arrow(Move.SUBMIT_DELIVERY, Status.IN_TRANSIT, Status.IN_TRANSIT, Actor.CUSTOMER),
    Arrow(Move.BOOK_PICKUP, Status.APPROVED, Status.AWAITING_PICKUP, Actor.CUSTOMER),
    Arrow(Move.BOOK_PICKUP, Status.AWAITING_PICKUP, Status.AWAITING_PICKUP, Actor.CUSTOMER),
    Arrow(Move.CANCEL_PICKUP, Status.AWAITING_PICKUP, Status.APPROVED, Actor.CUSTOMER),
    *(
        Arrow(what, source, target, actor)
        for what, source, target in (
            (Move.PICK_UP, Status.AWAITING_PICKUP, Status.IN_TRANSIT),
            # A courier who came although it was canceled, or after it was given up.
            (Move.PICK_UP, Status.APPROVED, Status.IN_TRANSIT),
            (Move.FAIL_PICKUP, Status.AWAITING_PICKUP, Status.APPROVED),
        )
        for actor in (Actor.STAFF, Actor.SYSTEM)
    ),
    Arrow(Move.RECEIVE, Status.APPROVED, Status.RECEIVED, Actor.STAFF),
    Arrow(Move.RECEIVE, Status.AWAITING_PICKUP, Status.RECEIVED, Actor.STAFF),
    Arrow(Move.RECEIVE, Status.IN_TRANSIT, Status.RECEIVED, Actor.STAFF),
    Arrow(Move.INSPECT, Status.RECEIVED, Status.REFUNDING, Actor.STAFF, When.SOME_ACCEPTED),
    Arrow(Move.INSPECT, Status.RECEIVED, Status.INSPECTED, Actor.STAFF, When.LOWERED),
    Arrow(Move.INSPECT, Status.RECEIVED, Status.REJECTED, Actor.STAFF, When.NONE_ACCEPTED),
    Arrow(Move.CLOSE, Status.APPROVED, Status.CLOSED, Actor.STAFF),
    Arrow(Move.CLOSE, Status.AWAITING_PICKUP, Status.CLOSED, Actor.STAFF),
    Arrow(Move.CLOSE, Status.IN_TRANSIT, Status.CLOSED, Actor.STAFF),
    Arrow(Move.CLOSE, Status.REJECTED, Status.CLOSED, Actor.STAFF),
    *(
        Arrow(Move.EXTEND_DEADLINE, status, status, actor)
        for status in (
            Status.AWAITING_CUSTOMER,
            Status.APPROVED,
            Status.INSPECTED,
            Status.REJECTED,
        )
        for actor in (Actor.STAFF, Actor.CUSTOMER)
    ),
    Arrow(Move.EXPIRE, Status.AWAITING_CUSTOMER, Status.REQUESTED, Actor.SYSTEM),
    Arrow(Move.EXPIRE, Status.APPROVED, Status.CANCELED, Actor.SYSTEM),
    Arrow(Move.EXPIRE, Status.INSPECTED, Status.REFUNDING, Actor.SYSTEM),
    Arrow(Move.EXPIRE, Status.REJECTED, Status.CLOSED, Actor.SYSTEM),
    Arrow(Move.RETRY_REFUND, Status.REFUNDING, Status.REFUNDING, Actor.STAFF),
    Arrow(Move.RETRY_REFUND, Status.REFUND_FAILED, Status.REFUND_FAILED, Actor.STAFF),
    Arrow(Move.SETTLE_MANUALLY, Status.REFUNDING, Status.REFUNDING, Actor.STAFF),
    Arrow(Move.SETTLE_MANUALLY, Status.REFUND_FAILED, Status.REFUND_FAILED, Actor.STAFF),
    Arrow(Move.MONEY_ARRIVED, Status.REFUNDING, Status.REFUNDED, Actor.SYSTEM),
    Arrow(Move.MONEY_FAILED, Status.REFUNDING, Status.REFUND_FAILED, Actor.SYSTEM),
    Arrow(Move.MONEY_RESUMED, Status.REFUND_FAILED, Status.REFUNDING, Actor.SYSTEM),
    Arrow(Move.MONEY_REVERSED, Status.REFUNDED, Status.REFUND_FAILED, Actor.SYSTEM),
)

KIND_LABELS: dict[str, tuple[str, str]] = {
    Kind.RETURN_AND_REFUND: ("退货退款", "Return and refund"),
    Kind.REFUND_ONLY: ("仅退款", "Refund only"),
}
LABELS: dict[Status, tuple[str, str]] = {
    Status.REQUESTED: ("待审核", "Waiting for review"),
    Status.AWAITING_CUSTOMER: ("待买家处理", "Waiting for the customer"),
    Status.APPROVED: ("待寄回", "Approved, waiting for the parcel"),
    Status.AWAITING_PICKUP: ("待取件", "Waiting for the courier"),
    Status.IN_TRANSIT: ("退货中", "On its way back"),
    Status.RECEIVED: ("待验货", "Received, waiting for inspection"),
    Status.INSPECTED: ("待确认退款", "Inspected, waiting for the customer to agree"),
    Status.REFUNDING: ("退款中", "Refund under way"),
    Status.REFUND_FAILED: ("退款异常", "Refund needs attention"),
    Status.REFUNDED: ("已退款", "Refunded"),
    Status.REJECTED: ("已拒绝", "Rejected"),
    Status.APPEALED: ("申诉中", "Appealed"),
    Status.CANCELED: ("已撤销", "Canceled by the customer"),
    Status.CLOSED: ("已关闭", "Closed"),
}


class NoArrow(Exception):
    """The return is not where this move starts."""

    def __init__(self, status: Status, move: Move) -> None:
        super().__init__(f"{move} does not start at {status}")
        self.status = status
        self.move = move


def follow(status: Status, move: Move, when: When = When.ALWAYS) -> Status:
    """Where `move` leads from `status`. Raises NoArrow; two arrows never fit at once."""
    for arrow in ARROWS:
        if arrow.source is status and arrow.move is move and arrow.when is when:
            return arrow.target
    raise NoArrow(status, move)


def moves_open_to(actor: Actor, status: Status) -> tuple[Move, ...]:
    """What `actor` may do now, in the table's order, each move once."""
    found = (a.move for a in ARROWS if a.source is status and a.actor is actor)
    return tuple(dict.fromkeys(found))


# --- the parcel


class DeliveryDirection(StrEnum):
    BACK = "back"  # 退回商家
    TO_CUSTOMER = "to_customer"  # 退还买家: refused goods that go back


class DeliveryMethod(StrEnum):
    SELF_SHIP = "self_ship"  # 自行寄回
    PICKUP = "pickup"  # 上门取件
    REFUSED = "refused"  # 拒收: the shop's own parcel, turned round at the door


DIRECTION_LABELS: dict[str, tuple[str, str]] = {
    DeliveryDirection.BACK: ("退回商家", "Back to the shop"),
    DeliveryDirection.TO_CUSTOMER: ("退还买家", "Back to the customer"),
}
METHOD_LABELS: dict[str, tuple[str, str]] = {
    DeliveryMethod.SELF_SHIP: ("自行寄回", "Sent by its sender"),
    DeliveryMethod.PICKUP: ("上门取件", "Fetched at the door"),
    DeliveryMethod.REFUSED: ("买家拒收", "Refused at the door"),
}


class DeliveryStatus(StrEnum):
    """What both sides did with one parcel. What its courier says of it is `ParcelStatus`."""

    EXPECTED = "expected"  # 待取件: a courier is to fetch it
    SUBMITTED = "submitted"  # 已寄出
    RECEIVED = "received"  # 已收货
    LOST = "lost"  # 已丢失: given up, by staff
    CANCELED = "canceled"  # 已取消


DELIVERY_ARROWS: frozenset[tuple[DeliveryStatus, DeliveryStatus]] = frozenset(
    {
        (DeliveryStatus.EXPECTED, DeliveryStatus.SUBMITTED),
        (DeliveryStatus.EXPECTED, DeliveryStatus.RECEIVED),
        (DeliveryStatus.EXPECTED, DeliveryStatus.CANCELED),
        # The courier came although it was canceled.
        (DeliveryStatus.CANCELED, DeliveryStatus.SUBMITTED),
        (DeliveryStatus.SUBMITTED, DeliveryStatus.RECEIVED),
        (DeliveryStatus.SUBMITTED, DeliveryStatus.LOST),
        # Another number was entered, or the other parcel was one that does not exist.
        (DeliveryStatus.SUBMITTED, DeliveryStatus.CANCELED),
        (DeliveryStatus.LOST, DeliveryStatus.RECEIVED),
    }
)

# The goods have left the customer, as far as we were told.
SENT_DELIVERIES = frozenset({DeliveryStatus.SUBMITTED, DeliveryStatus.RECEIVED})

DELIVERY_LABELS: dict[str, tuple[str, str]] = {
    DeliveryStatus.EXPECTED: ("待取件", "To be fetched"),
    DeliveryStatus.SUBMITTED: ("已寄出", "Sent"),
    DeliveryStatus.RECEIVED: ("已收货", "Received"),
    DeliveryStatus.LOST: ("已丢失", "Lost"),
    DeliveryStatus.CANCELED: ("已取消", "Canceled"),
}


class BookingStatus(StrEnum):
    """Where the booking of one pickup stands at the courier's."""

    WAITING = "waiting"  # 待预约: the one before must first be canceled for sure
    ASKING = "asking"  # 预约中: asked, or about to be; the answer may be lost
    BOOKED = "booked"  # 已预约
    ASSIGNED = "assigned"  # 已派快递员
    CANCELING = "canceling"  # 取消中
    COLLECTED = "collected"  # 已取件: final
    CANCELED = "canceled"  # 已取消: final
    FAILED = "failed"  # 预约失败: final, the courier refuses or did not come


BOOKING_ARROWS: frozenset[tuple[BookingStatus, BookingStatus]] = frozenset(
    {
        (BookingStatus.WAITING, BookingStatus.ASKING),
        (BookingStatus.WAITING, BookingStatus.CANCELED),
        (BookingStatus.ASKING, BookingStatus.BOOKED),
        # A callback may overtake the answer to the booking.
        (BookingStatus.ASKING, BookingStatus.ASSIGNED),
        (BookingStatus.ASKING, BookingStatus.FAILED),
        (BookingStatus.ASKING, BookingStatus.CANCELING),
        (BookingStatus.ASKING, BookingStatus.CANCELED),  # never left the house
        (BookingStatus.BOOKED, BookingStatus.ASSIGNED),
        (BookingStatus.BOOKED, BookingStatus.CANCELING),
        (BookingStatus.ASSIGNED, BookingStatus.CANCELING),
        (BookingStatus.CANCELING, BookingStatus.CANCELED),
        *(
            (source, BookingStatus.FAILED)
            for source in (BookingStatus.BOOKED, BookingStatus.ASSIGNED, BookingStatus.CANCELING)
        ),
        # Whatever we thought: the courier has the parcel.
        *(
            (source, BookingStatus.COLLECTED)
            for source in BookingStatus
            if source not in (BookingStatus.WAITING, BookingStatus.COLLECTED)
        ),
        # Courier's word: an order given up is alive again (复活).
        (BookingStatus.FAILED, BookingStatus.BOOKED),
    }
)

# A courier comes, or may come.
OPEN_BOOKINGS = frozenset(
    {
        BookingStatus.ASKING,
        BookingStatus.BOOKED,
        BookingStatus.ASSIGNED,
        BookingStatus.CANCELING,
    }
)

BOOKING_LABELS: dict[str, tuple[str, str]] = {
    BookingStatus.WAITING: ("改约中", "Waits for the end of the one before"),
    BookingStatus.ASKING: ("预约中", "Being booked"),
    BookingStatus.BOOKED: ("已预约", "Booked"),
    BookingStatus.ASSIGNED: ("已派快递员", "A courier is assigned"),
    BookingStatus.CANCELING: ("取消中", "Being canceled"),
    BookingStatus.COLLECTED: ("已取件", "Collected"),
    BookingStatus.CANCELED: ("已取消", "Canceled"),
    BookingStatus.FAILED: ("预约失败", "Failed"),
}


# --- the money


class RefundStatus(StrEnum):
    """Where one refund stands at the payer. Saleor's totals are a flag of their own."""

    PLANNED = "planned"  # 待发起: owed, nothing asked yet
    REQUESTED = "requested"  # 已申请: Saleor was asked and will call us
    PAYING = "paying"  # 退款中: WeChat Pay has it, or may have it
    WAITING_BALANCE = "waiting_balance"  # 商户余额不足: repeated unchanged after a top-up
    ABNORMAL = "abnormal"  # 退款异常: the payer's account refuses; staff must act at WeChat
    FAILED = "failed"  # 失败: nothing was paid; staff may begin again, or pay by hand
    SUCCEEDED = "succeeded"  # 已到账: final, the payer has it
    SETTLED = "settled"  # 已线下退款: final, staff paid it another way


REFUND_ARROWS: frozenset[tuple[RefundStatus, RefundStatus]] = frozenset(
    {
        (RefundStatus.PLANNED, RefundStatus.REQUESTED),
        # Saleor's webhook may overtake the answer to our own request.
        (RefundStatus.PLANNED, RefundStatus.PAYING),
        (RefundStatus.REQUESTED, RefundStatus.PAYING),
        (RefundStatus.PAYING, RefundStatus.WAITING_BALANCE),
        (RefundStatus.WAITING_BALANCE, RefundStatus.PAYING),
        (RefundStatus.PAYING, RefundStatus.ABNORMAL),
        (RefundStatus.PAYING, RefundStatus.FAILED),
        (RefundStatus.PAYING, RefundStatus.SUCCEEDED),
        (RefundStatus.WAITING_BALANCE, RefundStatus.SUCCEEDED),
        (RefundStatus.ABNORMAL, RefundStatus.SUCCEEDED),
        (RefundStatus.ABNORMAL, RefundStatus.FAILED),
        # Nothing to pay: a request worth 0 fen ends without any call about money.
        (RefundStatus.PLANNED, RefundStatus.SUCCEEDED),
        # Another app pays: Saleor's grant says how it ended.
        (RefundStatus.REQUESTED, RefundStatus.SUCCEEDED),
        (RefundStatus.REQUESTED, RefundStatus.FAILED),
        # Staff begin again what failed, or what the bank sent back after it had succeeded.
        (RefundStatus.FAILED, RefundStatus.PLANNED),
        (RefundStatus.SUCCEEDED, RefundStatus.FAILED),
        # What was thought lost is paid after all, under its own number.
        (RefundStatus.FAILED, RefundStatus.SUCCEEDED),
        # Staff paid by other means what nobody pays any more.
        (RefundStatus.PLANNED, RefundStatus.SETTLED),
        (RefundStatus.REQUESTED, RefundStatus.SETTLED),
        (RefundStatus.FAILED, RefundStatus.SETTLED),
    }
)

PAID_REFUNDS = frozenset({RefundStatus.SUCCEEDED, RefundStatus.SETTLED})
FINAL_REFUNDS = PAID_REFUNDS | {RefundStatus.FAILED}

# What customers and operators read, Chinese first.
REFUND_LABELS: dict[str, tuple[str, str]] = {
    RefundStatus.PLANNED: ("待发起", "To be started"),
    RefundStatus.REQUESTED: ("已申请", "Requested"),
    RefundStatus.PAYING: ("退款中", "Under way"),
    RefundStatus.WAITING_BALANCE: ("处理中", "Being processed"),
    RefundStatus.ABNORMAL: ("退款异常", "Needs attention"),
    RefundStatus.FAILED: ("退款失败", "Failed"),
    RefundStatus.SUCCEEDED: ("已退款", "Refunded"),
    RefundStatus.SETTLED: ("已线下退款", "Paid by other means"),
}
