"""Putting customers and staff into a shop."""

from .access import ALL_PERMISSIONS
from .people import User
from .world import SaleorWorld


def add_customer(
    world: SaleorWorld,
    email: str,
    *,
    password: str = "",
    external_reference: str | None = None,
    first_name: str = "",
    last_name: str = "",
) -> User:
    user = User(
        id=world.ids.numbered("User"),
        email=email,
        password=password,
        external_reference=external_reference,
        first_name=first_name,
        last_name=last_name,
    )
    world.users.append(user)
    return user


def add_staff(
    world: SaleorWorld,
    email: str,
    *,
    permissions: frozenset[str] = ALL_PERMISSIONS,
    password: str = "",
) -> User:
    """A staff user; a superuser unless fewer permissions are given."""
    user = User(
        id=world.ids.numbered("User"),
        email=email,
        password=password,
        is_staff=True,
        permissions=frozenset(permissions),
    )
    world.users.append(user)
    return user
