"""The reason in Saleor's own terms: a page of the shop that its settings list, if it has one.

Source: Saleor 3.22 and 3.23 schemas and recordings 360-366, 2026-11: an app may leave it out
though staff may not; one that the shop's settings no longer know is refused. Which code says so
was not seen, so whatever names the field counts.
"""

from __future__ import annotations

import re
from typing import Any

import structlog

from ..domain.errors import ProviderRejected
from ..models import Refund, ReturnRequest, Shop
from .policies import reason_of

log = structlog.get_logger(__name__)

FIELD = "reasonReference"
# Since when Saleor takes one with a grant, and with a return.
REFUND_SINCE = (3, 22)
RETURN_SINCE = (3, 23)


def refund_reference(refund: Refund) -> dict[str, str]:
    """What to add to the input of a grant: nothing, or the page of the return's reason."""
    request = refund.request
    if request is None or not _knows(refund.shop, REFUND_SINCE):
        return {}
    page = reason_of(request).refund_reference
    return {FIELD: page} if page else {}


def return_reference(request: ReturnRequest, shop: Shop) -> dict[str, str]:
    """What to add to the input of a return."""
    page = reason_of(request).return_reference if _knows(shop, RETURN_SINCE) else ""
    return {FIELD: page} if page else {}


def without_reference(given: dict[str, Any], no: ProviderRejected, *, shop: Shop) -> dict[str, Any]:
    """The input that Saleor refused for its page, without it: money waits for no page.

    Raises what it was given where it is about anything else. A refusal means that nothing
    happened, so nothing happens twice.
    """
    if no.field != FIELD or FIELD not in given:
        raise no
    log.warning("reference.refused", shop=shop.key, code=no.code)
    return {key: value for key, value in given.items() if key != FIELD}


def _knows(shop: Shop, since: tuple[int, int]) -> bool:
    """By the version at the install: Saleor only grows newer, and what is left out does no harm."""
    found = re.match(r"(\d+)\.(\d+)", shop.schema_version)
    return found is not None and (int(found[1]), int(found[2])) >= since
