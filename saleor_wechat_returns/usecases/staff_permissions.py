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
SETTINGS_PERMISSION = "MANAGE_APPS"  # of the person: no app has it from Saleor 3.24 on
# Somebody waits, and what they ask for may need Saleor once more.
QUESTION_SECONDS = 2.0


def permissions_of(shop: Shop, user_id: str, token: str) -> frozenset[str] | ErrorCode:
    """What the person may do, as Saleor says just now; nothing for who is no staff there.

    UNAUTHENTICATED: it takes the token for nobody's. PERMISSIONS_UNKNOWN: it does not say.
    No transaction may be open.
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
    return found.codes if found.is_staff else frozenset()


def _ask(shop: Shop, token: str) -> OwnPermissions | None:
    saleor = Saleor(shop.api_url, token, outgoing.client())
    return own_permissions(saleor.read("OwnPermissions", seconds=QUESTION_SECONDS))


def _unknown(shop: Shop, trouble: Exception) -> ErrorCode:
    log.warning("viewer.permissions_unknown", shop=shop.key, error=type(trouble).__name__)
    return ErrorCode.PERMISSIONS_UNKNOWN
