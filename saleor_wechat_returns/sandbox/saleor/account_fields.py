"""Fields of people, apps, webhooks, and the metadata that many types share."""

from typing import Any

from .access import MANAGE_APPS, MANAGE_ORDERS, MANAGE_PRODUCTS, MANAGE_USERS
from .call import Call
from .errors import permission_denied
from .pages import page
from .people import App, AppExtension, User, Webhook
from .registry import field
from .webhook_events import SYNC_EVENTS

# Who may read the private metadata of each type.
_PRIVATE_READERS = {
    "Order": (MANAGE_ORDERS, "HANDLE_TAXES"),
    "OrderLine": (MANAGE_ORDERS,),
    "Fulfillment": (MANAGE_ORDERS,),
    "TransactionItem": ("HANDLE_PAYMENTS",),
    "Product": (MANAGE_PRODUCTS,),
    "ProductVariant": (MANAGE_PRODUCTS,),
    "User": (MANAGE_USERS,),
    "App": (MANAGE_APPS,),
}


def _register_metadata(type_name: str, readers: tuple[str, ...]) -> None:
    def private(source: Any, call: Call) -> dict[str, str]:
        if source is not call.app and not call.principal.has_any(*readers):
            raise permission_denied()
        values: dict[str, str] = source.private_metadata
        return values

    @field(type_name, "metadata")
    def metadata(source: Any, _call: Call) -> list[dict[str, str]]:
        return _items(source.metadata)

    @field(type_name, "metafield")
    def metafield(source: Any, _call: Call, key: str) -> str | None:
        value: str | None = source.metadata.get(key)
        return value

    @field(type_name, "metafields")
    def metafields(source: Any, _call: Call, keys: list[str] | None = None) -> dict[str, str]:
        return _chosen(source.metadata, keys)

    @field(type_name, "privateMetadata")
    def private_metadata(source: Any, call: Call) -> list[dict[str, str]]:
        return _items(private(source, call))

    @field(type_name, "privateMetafield")
    def private_metafield(source: Any, call: Call, key: str) -> str | None:
        return private(source, call).get(key)

    @field(type_name, "privateMetafields")
    def private_metafields(
        source: Any, call: Call, keys: list[str] | None = None
    ) -> dict[str, str]:
        return _chosen(private(source, call), keys)


for _type_name, _readers in _PRIVATE_READERS.items():
    _register_metadata(_type_name, _readers)


def _items(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def _chosen(values: dict[str, str], keys: list[str] | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if keys is None or key in keys}


def _named(permissions: frozenset[str]) -> list[dict[str, str]]:
    return [{"code": c, "name": c.replace("_", " ").capitalize()} for c in sorted(permissions)]


@field("User", "userPermissions")
def user_permissions(user: User, call: Call) -> list[dict[str, str]]:
    """Own permissions are those of the token, which may be fewer than the person's. [209]"""
    own = user is call.user
    return _named(call.principal.permissions if own else user.permissions)


@field("User", "orders")
def user_orders(user: User, call: Call, **paging: Any) -> dict[str, Any]:
    if user is not call.user:
        call.principal.require(MANAGE_ORDERS)
    own = [o for o in call.world.orders if o.user is user and o.status != "DRAFT"]
    return page(own[::-1], **paging)


@field("App", "permissions")
@field("AppExtension", "permissions")
def app_permissions(source: App | AppExtension, _call: Call) -> list[dict[str, str]]:
    return _named(source.permissions)


@field("App", "accessToken")
def app_access_token(app: App, call: Call) -> str | None:
    if call.user is None or not call.user.is_staff:
        return None
    return call.keys.dashboard_token(call.user, app, now=call.now())


@field("AppExtension", "accessToken")
def extension_access_token(extension: AppExtension, call: Call) -> str | None:
    """None when the person lacks one of the extension's permissions."""
    user = call.user
    if user is None or not user.is_staff or not extension.permissions <= user.permissions:
        return None
    return call.keys.dashboard_token(user, extension.app, extension, now=call.now())


@field("Webhook", "asyncEvents")
def async_events(webhook: Webhook, _call: Call) -> list[dict[str, str]]:
    return [{"name": e, "eventType": e} for e in sorted(webhook.events - SYNC_EVENTS)]


@field("Webhook", "syncEvents")
def sync_events(webhook: Webhook, _call: Call) -> list[dict[str, str]]:
    return [{"name": e, "eventType": e} for e in sorted(webhook.events & SYNC_EVENTS)]


@field("Webhook", "subscriptionQuery")
def subscription_query(webhook: Webhook, _call: Call) -> str:
    return webhook.query
