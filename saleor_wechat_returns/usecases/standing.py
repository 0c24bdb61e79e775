"""Whether a shop's Saleor still takes us for its app. Where it does not, work waits unharmed.

Source: Saleor 3.23 as measured, 2026-11: the token of a deleted or deactivated app counts as
nobody's, without a 401; it works again once the app is activated. A reinstall gives a new one.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.db import transaction

from .. import clock, outbox, outgoing
from ..domain.errors import Paused, ProviderError, ProviderRejected, Rejection
from ..models import ShopApp
from ..saleor.client import Saleor
from ..secretbox import open_sealed

log = structlog.get_logger(__name__)

REFUSED = "Saleor no longer knows our app: it was deleted or deactivated there"
# Somebody may be waiting, who has waited for the refusal already.
QUESTION_SECONDS = 2.0


def token_of(app: ShopApp) -> str:
    """Its token, in clear. Raises Paused while Saleor refuses it."""
    if app.refused_at is not None:
        raise Paused(REFUSED)
    return _token(app)


def need_standing(app: ShopApp) -> None:
    """After a refusal: return if it is about this one call only, for Saleor still knows the app.

    Raises Paused if it does not, and remembers that. No transaction may be open.
    """
    if _is_known(app) is not False:
        return
    # Not if it got another token meanwhile.
    same = ShopApp.objects.filter(pk=app.pk, token_sealed=app.token_sealed, refused_at=None)
    if same.update(refused_at=clock.now()):
        log.warning("shop.refused", shop=str(app.shop_id), app=app.app_id)
    raise Paused(REFUSED)


def ask_refusing_shops() -> int:
    """Ask every Saleor that refused us whether it knows us again. Returns how many do."""
    refused = ShopApp.objects.filter(is_current=True, refused_at__isnull=False)
    found = [app for app in refused.select_related("shop").order_by("id") if _is_known(app)]
    for app in found:
        with transaction.atomic():
            ShopApp.objects.filter(pk=app.pk).update(refused_at=None)
            outbox.resume(app.shop, now=clock.now())
        log.info("shop.accepted_again", shop=app.shop.key, app=app.app_id)
    return len(found)


def _is_known(app: ShopApp) -> bool | None:
    """None: Saleor is away, and we know no more than before."""
    saleor = Saleor(app.shop.api_url, _token(app), outgoing.client())
    try:
        there: Any = saleor.read("OwnApp", seconds=QUESTION_SECONDS).get("app")
    except ProviderRejected as no:
        return False if no.kind is Rejection.CONFIGURATION else None
    except ProviderError:
        return None
    return isinstance(there, dict) and there.get("isActive") is not False


def _token(app: ShopApp) -> str:
    return open_sealed(bytes(app.token_sealed), app.token_key_id)
