"""What Saleor lets a member of its staff do, asked with that person's own token.

The token of a log-in, which a gateway passes on, names no permissions. They are asked for with
every request and never kept: who has lost one may do nothing with it a moment later.
Source: Saleor 3.21-3.23 as measured, 2026-11: `me` answers with what the token may do, and an
expired one makes every field fail; 3.24 alpha by its schema.
"""

from __future__ import annotations

import structlog

from .. import outgoing
from ..domain.errors import ErrorCode, ProviderError, ProviderRejected, Rejection
from ..models import Shop
from ..saleor.client import Saleor
from ..saleor.payloads import OwnPermissions, own_permissions

log = structlog.get_logger(__name__)

STAFF_PERMISSION = "MANAGE_ORDERS"
# Somebody waits, and what they ask for may need Saleor once more.
QUESTION_SECONDS = 2.0


def why_not_staff(shop: Shop, user_id: str, token: str) -> ErrorCode | None:
    """None: Saleor says just now that the token is this person's, who may manage orders.

    UNAUTHENTICATED: it takes the token for nobody's. FORBIDDEN: the person may not.
    PERMISSIONS_UNKNOWN: it does not say. No transaction may be open.
    """
    try:
        found = _ask(shop, token)
    except ProviderRejected as no:
        if no.kind is Rejection.CONFIGURATION:  # the token is no good there
            return ErrorCode.UNAUTHENTICATED
        return _unknown(shop, no)
    except (ProviderError, KeyError, TypeError, ValueError) as trouble:
        return _unknown(shop, trouble)
    if found is None or found.user_id != user_id:
        return ErrorCode.UNAUTHENTICATED
    may_manage = found.is_staff and STAFF_PERMISSION in found.codes
    return None if may_manage else ErrorCode.FORBIDDEN


def _ask(shop: Shop, token: str) -> OwnPermissions | None:
    saleor = Saleor(shop.api_url, token, outgoing.client())
    return own_permissions(saleor.read("OwnPermissions", seconds=QUESTION_SECONDS))


def _unknown(shop: Shop, trouble: Exception) -> ErrorCode:
    log.warning("viewer.permissions_unknown", shop=shop.key, error=type(trouble).__name__)
    return ErrorCode.PERMISSIONS_UNKNOWN
