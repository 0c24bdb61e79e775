"""A customer's call may come twice: the same key gives the same return, and does nothing more."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from ..domain.errors import ErrorCode, Fault, refuse
from ..models import IdempotentCall, ReturnRequest
from ..secretbox import blind_index
from .access import Viewer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LONGEST_KEY = 64


def fault_of_key(key: str) -> Fault | None:
    """Why this cannot be an idempotency key, or None."""
    if 1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return None
    return Fault(ErrorCode.MALFORMED, "idempotencyKey")


def answer_of_key(viewer: Viewer, key: str, wanted: DataclassInstance) -> ReturnRequest | None:
    """The return this key led to before, or None. Raises Refusal if it was for another input."""
    call = (
        IdempotentCall.objects.select_related("request")
        .filter(shop=viewer.shop, caller__in=viewer.keys, key=key)
        .order_by("id")
        .first()
    )
    if call is None:
        return None
    if call.digest != digest_of(wanted):
        raise refuse(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey")
    return call.request


def remember_key(
    viewer: Viewer, key: str, wanted: DataclassInstance, request: ReturnRequest
) -> None:
    """Tie the key to the return, in the transaction of the change.

    Raises IntegrityError when the key is being used by another call at this moment.
    """
    IdempotentCall.objects.create(
        shop=viewer.shop,
        caller=viewer.key,
        key=key,
        digest=digest_of(wanted),
        request=request,
    )


def once(
    viewer: Viewer,
    key: str,
    wanted: DataclassInstance,
    *,
    lock: Callable[[], ReturnRequest],
    change: Callable[[ReturnRequest], None],
) -> ReturnRequest:
    """Change a return in one transaction, unless this key did it before. Raises Refusal.

    `lock` takes the order lock and gives the return; only then is the key asked for.
    """
    try:
        with transaction.atomic():
            request = lock()
            repeated = answer_of_key(viewer, key, wanted)
            if repeated:
                return repeated
            change(request)
            remember_key(viewer, key, wanted, request)
            return request
    except IntegrityError:
        # The same key at the same moment, for another order: there is no common lock.
        repeated = answer_of_key(viewer, key, wanted)
        if repeated is None:
            raise
        return repeated


def digest_of(wanted: DataclassInstance) -> str:
    """The same for the same operation and input."""
    # Blind: a plain hash would give the waybill number away to whoever tries them all.
    return blind_index(
        json.dumps([type(wanted).__name__, asdict(wanted)], sort_keys=True, default=str)
    )
