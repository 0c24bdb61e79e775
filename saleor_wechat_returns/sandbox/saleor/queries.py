"""The root queries."""

from datetime import datetime
from typing import Any

from graphql import GraphQLError

from .access import HANDLE_PAYMENTS, MANAGE_APPS, MANAGE_ORDERS, MANAGE_USERS
from .call import Call
from .errors import permission_denied
from .ids import from_global_id, to_global_id
from .pages import page
from .people import App, User
from .registry import field
from .schema import federated_sdl
from .world import Order, Transaction

MAX_ENTITIES = 100


@field("Query", "order")
def order_by_id(_source: Any, call: Call, id: str | None = None) -> Order | None:
    """Anybody may read any order whose id he has; only some fields are guarded. [223, 224]"""
    found = call.world.find(id)
    return found if isinstance(found, Order) and found.status != "DRAFT" else None


@field("Query", "orders")
def orders(
    _source: Any,
    call: Call,
    sort_by: dict[str, str] | None = None,
    filter: dict[str, Any] | None = None,
    where: dict[str, Any] | None = None,
    channel: str | None = None,
    **paging: Any,
) -> Any:
    """Orders, newest first unless sorted; staff see only those of their channels."""
    call.principal.require(MANAGE_ORDERS)
    wanted = {**(filter or {}), **(where or {})}
    found = [
        order
        for order in call.world.orders
        if order.status != "DRAFT"
        and channel in (None, order.channel_slug)
        and may_list(call, order)
        and _matches(order, wanted)
    ]
    found.sort(key=_sort_key(sort_by), reverse=not sort_by or sort_by["direction"] == "DESC")
    return page(found, **paging)


def may_list(call: Call, order: Order) -> bool:
    user = call.user
    return user is None or user.channel_slugs is None or order.channel_slug in user.channel_slugs


def _matches(order: Order, wanted: dict[str, Any]) -> bool:
    if (ids := wanted.get("ids")) is not None and order.id not in ids:
        return False
    if (numbers := wanted.get("numbers")) is not None and order.number not in numbers:
        return False
    email = wanted.get("user_email") or {}
    if "eq" in email and order.user_email != email["eq"]:
        return False
    if "one_of" in email and order.user_email not in email["one_of"]:
        return False
    since_until = wanted.get("updated_at") or {}
    gte, lte = since_until.get("gte"), since_until.get("lte")
    return not (gte and order.updated_at < gte) and not (lte and order.updated_at > lte)


def _sort_key(sort_by: dict[str, str] | None) -> Any:
    def by_number(order: Order) -> int:
        return int(order.number)

    def by_change(order: Order) -> tuple[datetime, int]:
        return order.updated_at, int(order.number)

    return by_change if sort_by and sort_by["field"] == "LAST_MODIFIED_AT" else by_number


@field("Query", "me")
def me(_source: Any, call: Call) -> User | None:
    return call.user


@field("Query", "app")
def app(_source: Any, call: Call, id: str | None = None) -> App | None:
    """The calling app itself, or any app for staff; an unknown token fails here. [211, 357]"""
    if call.app and id in (None, call.app.id):
        return call.app
    if call.app is None and not (call.user and call.user.is_staff):
        raise permission_denied("AUTHENTICATED_STAFF_USER", "AUTHENTICATED_APP")
    if call.app:
        call.principal.require(MANAGE_APPS)
    found = call.world.find(id)
    return found if isinstance(found, App) else None


@field("Query", "user")
def user(
    _source: Any,
    call: Call,
    id: str | None = None,
    email: str | None = None,
    external_reference: str | None = None,
) -> User | None:
    call.principal.require("MANAGE_STAFF", MANAGE_USERS, MANAGE_ORDERS)
    wanted = {"id": id, "email": email, "external_reference": external_reference}
    name, value = next((n, v) for n, v in wanted.items() if v)
    return next((u for u in call.world.users if getattr(u, name) == value), None)


@field("Query", "customers")
def customers(_source: Any, call: Call, **paging: Any) -> Any:
    call.principal.require(MANAGE_ORDERS, MANAGE_USERS)
    return page([user for user in call.world.users if not user.is_staff], **paging)


@field("Query", "shop")
def shop(_source: Any, call: Call) -> dict[str, Any]:
    """The shop as the API shows it."""
    world = call.world
    scheme, _, rest = world.api_url.partition("://")
    host = rest.split("/")[0]
    return {
        "id": to_global_id("Shop", 1),
        "name": world.name,
        "domain": {"host": host, "sslEnabled": scheme == "https", "url": f"{scheme}://{host}/"},
        "version": world.version,
        "schemaVersion": world.schema_version,
        "channelCurrencies": sorted({order.currency for order in world.orders}) or ["CNY"],
    }


@field("Query", "transaction")
def transaction(
    _source: Any, call: Call, id: str | None = None, token: str | None = None
) -> Transaction | None:
    call.principal.require(HANDLE_PAYMENTS)
    found = call.world.find(id or to_global_id("TransactionItem", token))
    return found if isinstance(found, Transaction) else None


@field("Query", "_service")
def service(_source: Any, call: Call) -> dict[str, str]:
    """Anybody may read it, as anybody may read the schema."""
    return {"sdl": federated_sdl(call.world.schema_version)}


@field("Query", "_entities")
def entities(_source: Any, call: Call, representations: list[dict[str, Any]]) -> list[Any]:
    """Federation: any app gets any order, a customer only own ones, nobody none. [230-239]"""
    if len(representations) > MAX_ENTITIES:
        raise GraphQLError(
            f"Federated query exceeded entity limit: {len(representations)} items requested "
            f"over {MAX_ENTITIES}."
        )
    return [_entity(call, representation) for representation in representations]


def _entity(call: Call, representation: dict[str, Any]) -> Any:
    kind, _ = from_global_id(str(representation.get("id"))) or ("", "")
    found = call.world.find(representation.get("id"))
    if kind == "Order" and found:
        if call.user and call.user.is_staff:
            return found if may_list(call, found) else None
        return found if call.app or (call.user and found.user is call.user) else None
    if kind == "App" and found:
        return found if found is call.app else None
    if kind == "User" and found:
        return found if found is call.user else None
    return None
