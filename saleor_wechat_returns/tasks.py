"""The clock: Celery comes by, PostgreSQL knows what is due. A lost message costs a moment."""

from __future__ import annotations

from celery import shared_task

from . import clock, inbox, outbox
from .usecases import shipping_looks
from .usecases.after_install import bring_up_to_date
from .usecases.bundles import delete_old_bundles
from .usecases.effects import EFFECTS, HANDLERS, on_stuck
from .usecases.erase_evidence import erase_due
from .usecases.forget_messages import forget_old_messages
from .usecases.forget_parcels import forget_outbound, forget_unmatched
from .usecases.heartbeat import beat
from .usecases.look_at_parcels import look_at_parcels
from .usecases.merchants import refresh_certificates
from .usecases.orders import read_open_orders
from .usecases.reconciliation import begin_due_days
from .usecases.run_deadlines import give_deadlines, run_deadlines
from .usecases.scratch import delete_leftovers
from .usecases.show_in_saleor import show_moved_returns
from .usecases.standing import ask_refusing_shops
from .usecases.stored_files import delete_unwanted
from .usecases.tries import forget_tries
from .usecases.visits import forget_visits


@shared_task(name=outbox.DRAIN_TASK, ignore_result=True)
def drain() -> None:
    """Hear what came in, then do what is due."""
    inbox.handle(HANDLERS)
    outbox.drain(EFFECTS, on_stuck)


@shared_task(name="saleor_wechat_returns.heartbeat", ignore_result=True)
def show_life() -> None:
    """Write that clock and worker run, also when there is nothing to do."""
    beat(now=clock.now())


@shared_task(name="saleor_wechat_returns.ask_refusing_shops", ignore_result=True)
def ask_shops() -> None:
    """Notice that a Saleor which had deactivated our app knows it again."""
    ask_refusing_shops()


@shared_task(name="saleor_wechat_returns.migrate_webhooks", ignore_result=True)
def migrate_shops() -> None:
    """Bring every shop to what this version needs, and say what is wrong with its settings."""
    bring_up_to_date()


@shared_task(name="saleor_wechat_returns.refresh_certificates", ignore_result=True)
def read_certificates() -> None:
    """Read WeChat Pay's platform certificates anew, for merchants that know it by them."""
    refresh_certificates(now=clock.now())


@shared_task(name="saleor_wechat_returns.read_open_orders", ignore_result=True)
def poll_orders() -> None:
    """Read every order with an open return, in case a webhook was lost."""
    read_open_orders(now=clock.now())


@shared_task(name="saleor_wechat_returns.look_at_parcels", ignore_result=True)
def look_at_silent_parcels() -> None:
    """Ask for parcels of which no courier has told for a while."""
    look_at_parcels(now=clock.now())


@shared_task(name="saleor_wechat_returns.show_returns", ignore_result=True)
def show_returns() -> None:
    """Have Saleor's orders show what became of their returns."""
    show_moved_returns(now=clock.now())


@shared_task(name="saleor_wechat_returns.forget_tries", ignore_result=True)
def forget_guests_tries() -> None:
    """Delete the tries of guests that no longer count."""
    forget_tries(now=clock.now())


@shared_task(name="saleor_wechat_returns.forget_messages", ignore_result=True)
def forget_messages() -> None:
    """Delete what was done or heard long ago."""
    forget_old_messages(now=clock.now())


@shared_task(name="saleor_wechat_returns.forget_parcels", ignore_result=True)
def forget_old_parcels() -> None:
    """Erase the numbers of parcels that nobody asks about any more."""
    forget_outbound(now=clock.now())
    forget_unmatched(now=clock.now())


@shared_task(name="saleor_wechat_returns.forget_visits", ignore_result=True)
def forget_visitors() -> None:
    """Delete openids that content can no longer be checked for."""
    forget_visits(now=clock.now())


@shared_task(name="saleor_wechat_returns.reconcile_days", ignore_result=True)
def reconcile_days() -> None:
    """Compare the days that are over with WeChat Pay's bills and Saleor."""
    begin_due_days(now=clock.now())


@shared_task(name="saleor_wechat_returns.erase_evidence", ignore_result=True)
def erase_evidence() -> None:
    """Erase what is attached to nothing or of returns long over, and bundles after their days."""
    erase_due(now=clock.now())
    delete_old_bundles(now=clock.now())


@shared_task(name="saleor_wechat_returns.delete_files", ignore_result=True)
def delete_files() -> None:
    """Delete from the storage what no row wants, or no row ever took; and a killed worker's own."""
    delete_unwanted(now=clock.now())
    delete_leftovers()


@shared_task(name="saleor_wechat_returns.run_deadlines", ignore_result=True)
def run_due_deadlines() -> None:
    """Remind of deadlines, and do what was announced where they are over."""
    run_deadlines(now=clock.now())


@shared_task(name="saleor_wechat_returns.give_deadlines", ignore_result=True)
def give_old_returns_deadlines() -> None:
    """Set the deadlines of returns made before there were any."""
    give_deadlines(now=clock.now())


@shared_task(name="saleor_wechat_returns.look_at_shipping", ignore_result=True)
def look_at_shipping() -> None:
    """Look at what WeChat was not told of a payment, or lately, in case a webhook was lost."""
    shipping_looks.look_at_shipping(now=clock.now())
