"""A payment that was paid …"""

from __future__ import annotations

import pytest

from saleor_wechat_returns.models import OutboxMessage, StaffTask, WechatMerchant
from tests.usecases import payer
from tests.webhooks.wechat_posts import post_payment_notice
from tests.world import World


def tasks() -> list[tuple[str, str]]:
    rows = StaffTask.objects.filter(closed_at=None).order_by("id")
    return list(rows.values_list("kind", "detail"))


def reports(world: World) -> int:
    return len(world.shop.saleor.calls_of("transactionEventReport"))


def test_is_reported_under_the_number_of_wechat_pay(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))

    number = payer.pay(world.shop, payment)
    world.quiet()

    assert payer.booked(world.shop, payment) == (
        number,
        payer.TOTAL,
        ["CHARGE_ACTION_REQUIRED", "CHARGE_SUCCESS"],
    )
    row = payer.row_of(payment)
    assert (row.status, row.wechat_transaction_id) == ("paid", number)
    assert (row.payer_total_fen, row.reported_at) == (payer.TOTAL_FEN, world.clock.now)
    assert row.success_at == world.clock.now
    transaction = world.shop.saleor.world.find(payment.transaction_id)
    assert transaction.available_actions == ["REFUND"]
    assert tasks() == []


@pytest.mark.parametrize("first", ["process", "notice"])
def test_counts_once_whoever_tells_first(world: World, first: str) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    number = payer.pay(world.shop, payment)
    if first == "notice":
        world.quiet()

    answer = payer.carry_on(world.shop, payment)
    world.quiet()

    assert answer.event_type == "CHARGE_SUCCESS"
    assert payer.booked(world.shop, payment) == (
        number,
        payer.TOTAL,
        ["CHARGE_ACTION_REQUIRED", "CHARGE_SUCCESS"],
    )
    assert reports(world) == 1


def test_is_found_out_without_a_notice(world: World) -> None:
    world.notices_get_lost = True
    payment = payer.begin(world.shop, payer.fill(world.shop))
    number = payer.pay(world.shop, payment)

    world.run(minutes=1)

    assert payer.booked(world.shop, payment)[:2] == (number, payer.TOTAL)


def test_is_settled_although_the_prepay_answer_was_never_stored(world: World) -> None:
    world.wechat.faults.add("timeout_after_accept", 2)
    payment = payer.begin(world.shop, payer.fill(world.shop))
    row = payer.row_of(payment)
    assert (row.status, row.prepay_id) == ("open", "")

    number = world.wechat.pay(row.out_trade_no)
    world.quiet()

    assert payer.row_of(payment).status == "paid"
    assert payer.booked(world.shop, payment)[:2] == (number, payer.TOTAL)
    assert payer.carry_on(world.shop, payment).event_type == "CHARGE_SUCCESS"


def test_with_a_coupon_is_paid_in_full(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))

    number = world.wechat.pay(payer.row_of(payment).out_trade_no, payer_total_fen=40000)
    world.quiet()

    assert payer.row_of(payment).payer_total_fen == 40000
    assert payer.booked(world.shop, payment)[:2] == (number, payer.TOTAL)


@pytest.mark.parametrize("amount", [payer.TOTAL_FEN - 1, payer.TOTAL_FEN + 1, 1])
def test_of_another_amount_is_left_to_staff(world: World, amount: int) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    row = payer.row_of(payment)
    world.notices_get_lost = True
    payer.pay(world.shop, payment)
    said: dict[str, object] = {"amount": {"total": amount, "payer_total": amount}}

    notice = world.wechat.make_payment_notification(row.out_trade_no, changes=said)
    assert post_payment_notice(world.shop, notice).status_code == 200
    world.work()

    assert tasks() == [("payment_differs", f"WeChat Pay says fen {amount}, ours is 41000")]
    assert payer.row_of(payment).status == "prepaid"
    assert reports(world) == 0
    again = payer.begin(world.shop, row.source_id)
    assert again.event_type == "CHARGE_FAILURE"


def test_of_another_mini_program_is_left_to_staff(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    row = payer.row_of(payment)
    row.appid = "wx0another0app"
    row.save()
    payer.pay(world.shop, payment)

    world.run(minutes=5)

    ((kind, _),) = tasks()
    assert (kind, payer.row_of(payment).status) == ("payment_differs", "prepaid")
    assert reports(world) == 0
    seen = payer.carry_on(world.shop, payment)
    assert (seen.event_type, payer.faults(seen)) == (
        "CHARGE_ACTION_REQUIRED",
        ["PAYMENT_UNDER_REVIEW"],
    )
    assert not OutboxMessage.objects.filter(done_at=None).exists()


def test_to_another_merchant_is_left_to_staff(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    number = payer.row_of(payment).out_trade_no
    another = WechatMerchant.objects.get(shop=world.shop.row)
    another.pk, another.channel, another.mchid = None, "another channel", "1900000002"
    another._state.adding = True
    another.save()
    world.notices_get_lost = True
    payer.pay(world.shop, payment)
    said: dict[str, object] = {"mchid": "1900000002"}

    notice = world.wechat.make_payment_notification(number, changes=said)
    assert post_payment_notice(world.shop, notice).status_code == 200
    world.work()

    detail = "WeChat Pay says merchant 1900000002, ours is 1900000001"
    assert tasks() == [("payment_differs", detail)]
    assert payer.row_of(payment).status == "prepaid"
    assert reports(world) == 0


def test_after_it_had_been_closed_counts_and_is_shown_to_staff(world: World) -> None:
    checkout = payer.fill(world.shop)
    world.wechat.faults.add("timeout_after_accept", 2)
    older = payer.begin(world.shop, checkout, "100.00")
    payer.begin(world.shop, checkout)
    assert payer.row_of(older).status == "closed"
    world.quiet()

    number = world.wechat.pay(payer.row_of(older).out_trade_no)
    world.quiet()

    assert [kind for kind, _ in tasks()] == ["payment_differs"]
    assert payer.booked(world.shop, older)[:2] == (number, "100.00")


@pytest.mark.parametrize(
    "fault", ["timeout_before", "timeout_after_accept", "http_500", "http_500_after_accept"]
)
def test_is_reported_once_through_every_fault_of_saleor(world: World, fault: str) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.shop.saleor.faults.add(fault, "transactionEventReport", times=3)

    number = payer.pay(world.shop, payment)
    world.run()

    assert payer.booked(world.shop, payment) == (
        number,
        payer.TOTAL,
        ["CHARGE_ACTION_REQUIRED", "CHARGE_SUCCESS"],
    )
    assert payer.row_of(payment).reported_at is not None


def test_that_saleor_does_not_take_is_left_to_staff(world: World) -> None:
    payment = payer.begin(world.shop, payer.fill(world.shop))
    world.shop.saleor.world.checkouts.clear()

    payer.pay(world.shop, payment)
    world.run()

    ((kind, detail),) = tasks()
    assert (kind, detail[:9]) == ("payment_not_reported", "NOT_FOUND")
    assert reports(world) == 1
    assert payer.row_of(payment).reported_at is None


def test_while_the_app_is_removed_is_reported_after_it_is_back(world: World) -> None:
    shop = world.shop
    payment = payer.begin(shop, payer.fill(shop))
    shop.saleor.uninstall_app(shop.app)
    number = payer.pay(shop, payment)
    world.wait(minutes=60)
    assert payer.row_of(payment).reported_at is None
    assert tasks() == []  # it waits for the app, and no person can hurry it

    shop.install()
    world.run(minutes=30)

    assert payer.booked(shop, payment)[:2] == (number, payer.TOTAL)
    assert tasks() == []
