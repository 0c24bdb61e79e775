"""Where a call comes from, for counting tries. Never a proof of anything."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

# A household gets a /64 of IPv6: whoever has one address has them all.
HOUSEHOLD_BITS = 64
# As some proxies append it: 198.51.100.7:40001, [2001:db8::7]:40001
WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+))(?::[0-9]+)?")


def address_of(request: HttpRequest) -> str:
    """The address of the caller, or the household's of an IPv6 one.

    Each trusted proxy appends whom it heard to X-Forwarded-For; what stands further left comes
    from the caller and may be invented. With a header shorter than that the neighbour counts.
    """
    neighbour: str = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.TRUSTED_PROXY_COUNT
    heard = request.headers.get("X-Forwarded-For", "").split(",")
    return _household(heard[-proxies].strip() if 0 < proxies <= len(heard) else neighbour)


def _household(text: str) -> str:
    with_port = WITH_PORT.fullmatch(text)
    try:
        address = ip_address((with_port["v6"] or with_port["v4"]) if with_port else text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> HOUSEHOLD_BITS << HOUSEHOLD_BITS)}/{HOUSEHOLD_BITS}"
