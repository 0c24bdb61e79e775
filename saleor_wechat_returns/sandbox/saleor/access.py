"""Who is calling: the bearer token turned into a principal, and what a principal may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import TopLevelError, permission_denied
from .people import App, User
from .tokens import TokenKeys, peek
from .world import Order, SaleorWorld, Transaction

MANAGE_ORDERS = "MANAGE_ORDERS"
HANDLE_PAYMENTS = "HANDLE_PAYMENTS"
MANAGE_USERS = "MANAGE_USERS"
MANAGE_APPS = "MANAGE_APPS"
HANDLE_TAXES = "HANDLE_TAXES"
MANAGE_PRODUCTS = "MANAGE_PRODUCTS"

ALL_PERMISSIONS = frozenset(
    {
        MANAGE_ORDERS,
        HANDLE_PAYMENTS,
        MANAGE_USERS,
        MANAGE_APPS,
        HANDLE_TAXES,
        MANAGE_PRODUCTS,
        "HANDLE_CHECKOUTS",
        "IMPERSONATE_USER",
        "MANAGE_CHANNELS",
        "MANAGE_CHECKOUTS",
        "MANAGE_DISCOUNTS",
        "MANAGE_GIFT_CARD",
        "MANAGE_MENUS",
        "MANAGE_OBSERVABILITY",
        "MANAGE_ORDERS_IMPORT",
        "MANAGE_PAGES",
        "MANAGE_PAGE_TYPES_AND_ATTRIBUTES",
        "MANAGE_PLUGINS",
        "MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES",
        "MANAGE_SETTINGS",
        "MANAGE_SHIPPING",
        "MANAGE_STAFF",
        "MANAGE_TAXES",
        "MANAGE_TRANSLATIONS",
    }
)


@dataclass(frozen=True)
class Principal:
    """An app, a user, or nobody; `failure` is a broken token that breaks every root field."""

    app: App | None = None
    user: User | None = None
    permissions: frozenset[str] = frozenset()
    failure: TopLevelError | None = None

    @property
    def label(self) -> str:
        """For the call log: `app:<identifier>`, `staff:<email>`, `customer:<email>`, `nobody`."""
        if self.app:
            return f"app:{self.app.identifier}"
        if self.user:
            return f"{'staff' if self.user.is_staff else 'customer'}:{self.user.email}"
        return "nobody"

    def has_any(self, *wanted: str) -> bool:
        return not self.permissions.isdisjoint(wanted)

    def require(self, *wanted: str) -> None:
        """Raise PermissionDenied unless at least one of `wanted` is held."""
        if not self.has_any(*wanted):
            raise permission_denied(*wanted)


NOBODY = Principal()


def app_principal(app: App) -> Principal:
    return Principal(app=app, permissions=app.permissions)


def authenticate(
    world: SaleorWorld, keys: TokenKeys, header: str | None, now: datetime
) -> Principal:
    """Turn an Authorization header into a principal.

    An unknown app token means nobody, without any error; a broken or expired JWT of this kind of
    Saleor makes every field fail. Source: Saleor 3.23.28, recordings 211, 212, 357, 365.
    """
    token = (header or "").removeprefix("Bearer ").removeprefix("JWT ").strip()
    if not token:
        return NOBODY
    claims = peek(token)
    if claims is None:
        app = next((a for a in world.apps if a.auth_token == token and a.is_active), None)
        return app_principal(app) if app else NOBODY
    if claims.get("owner") != "saleor":
        return NOBODY
    try:
        return _user_principal(world, keys.verify(token, now=now))
    except TopLevelError as failure:
        return Principal(failure=failure)


def _user_principal(world: SaleorWorld, claims: dict[str, Any]) -> Principal:
    if claims.get("type") not in ("access", "thirdparty"):
        raise TopLevelError("Invalid JWT type.", "InvalidTokenError")
    user = next((u for u in world.users if u.id == claims.get("user_id")), None)
    if user is None or not user.is_active or user.token_key != claims.get("token"):
        raise TopLevelError(
            "Invalid token. User does not exist or is inactive.", "InvalidTokenError"
        )
    permissions = user.permissions if user.is_staff else frozenset()
    if claims["type"] == "thirdparty":
        permissions &= frozenset(claims.get("permissions", ()))
    return Principal(user=user, permissions=permissions)


def owns_order(principal: Principal, order: Order) -> bool:
    return principal.user is not None and principal.user is order.user


def may_write_transaction(principal: Principal, transaction: Transaction) -> bool:
    """Only the owner: an app by identifier, or a user for what no app owns.

    Source: Saleor 3.23.28, recordings 48, 125, 126, 128, 129.
    """
    if transaction.user is None and transaction.app_identifier is None:
        return True
    if principal.app:
        return principal.app.identifier == transaction.app_identifier
    return transaction.app_identifier is None
