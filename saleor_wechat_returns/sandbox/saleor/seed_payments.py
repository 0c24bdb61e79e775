"""How an order was paid when it is put into a shop: transactions, gift cards, old payments."""

from dataclasses import dataclass
from decimal import Decimal

from . import money
from .call import Call
from .ledger import add_event
from .paid_otherwise import GiftCard, OldPayment
from .people import User
from .seed_people import add_staff
from .tokens import TokenKeys
from .world import ZERO, Order, SaleorWorld, Transaction


@dataclass(frozen=True)
class PaidWith:
    """One transaction; without `app_identifier` a staff user made it, without amount the rest."""

    app_identifier: str | None
    psp_reference: str
    amount: Decimal | str | None = None


@dataclass(frozen=True)
class PaidWithOldPayment:
    """One payment of the API before transactions; without amount the rest."""

    gateway: str
    psp_reference: str
    amount: Decimal | str | None = None


@dataclass(frozen=True)
class PaidByGiftCard:
    """What a card, used up by it, took off the total; the lines keep their prices."""

    code: str
    amount: Decimal | str


Paying = PaidWith | PaidWithOldPayment | PaidByGiftCard


def pay(world: SaleorWorld, order: Order, payment: Paying, *, is_settled: bool) -> None:
    """With `is_settled=False` a transaction stays a CHARGE_REQUEST."""
    if isinstance(payment, PaidByGiftCard):
        amount = Decimal(payment.amount)
        card_id = world.ids.numbered("GiftCard")
        card = GiftCard(card_id, payment.code, amount, ZERO, order.currency)
        order.gift_cards.append(card)
        order.total -= amount
        return
    amount = Decimal(payment.amount) if payment.amount is not None else _rest(order)
    if isinstance(payment, PaidWith):
        _charge(world, order, payment, amount, is_settled=is_settled)
        return
    payment_id = world.ids.numbered("Payment")
    old = OldPayment(payment_id, payment.gateway, amount, order.currency, payment.psp_reference)
    order.old_payments.append(old)


def _rest(order: Order) -> Decimal:
    paid = sum((t.charged + t.charge_pending for t in order.transactions), ZERO)
    return order.total - paid - sum((p.captured for p in order.old_payments), ZERO)


def _charge(
    world: SaleorWorld, order: Order, payment: PaidWith, amount: Decimal, *, is_settled: bool
) -> None:
    call = Call(world, TokenKeys(world.api_url))
    staff = _cashier(world) if payment.app_identifier is None else None
    transaction = Transaction(
        id=world.ids.random("TransactionItem"),
        order=order,
        currency=order.currency,
        created_at=world.clock(),
        modified_at=world.clock(),
        psp_reference=payment.psp_reference,
        available_actions=["REFUND"],
        app_identifier=payment.app_identifier,
        user=staff,
    )
    order.transactions.append(transaction)
    if staff:
        add_event(call, transaction, "CHARGE_SUCCESS", amount, counts=True, user=staff)
    else:
        reference = {"psp_reference": payment.psp_reference, "counts": True}
        add_event(call, transaction, "CHARGE_REQUEST", amount, **reference)
        if is_settled:
            owner = world.app_by_identifier(payment.app_identifier)
            add_event(call, transaction, "CHARGE_SUCCESS", amount, **reference, app=owner)
    money.recalculate_transaction(transaction)


def _cashier(world: SaleorWorld) -> User:
    found = next((user for user in world.users if user.is_staff), None)
    return found or add_staff(world, "cashier@sandbox.invalid")
