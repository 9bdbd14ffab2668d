"""Where a webhook may lead: not to this machine nor into the network behind it (server-side request forgery).

A name is resolved once; what was checked is what is connected to, so that a second answer of the name server changes nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from actors.errors import WebhookRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MAX_URL_CHARS = 2_000
RESOLVE_SECONDS = 5.0

# Ways to write an IPv4 address as an IPv6 one: NAT64 (RFC 6052, and its local prefix, RFC 8215).
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True)
class Target:
    """`url` has the checked address in place of the name, which is in `host` (header) and `name` (certificate)."""

    url: str
    host: str
    name: str


def parse(url: str) -> httpx.URL:
    """Raises WebhookRefused for what is no http or https address without a password."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise WebhookRefused("The webhook's url is no address of the web.", field="url") from error
    if parsed.scheme not in ("http", "https") or not parsed.host or len(url) > MAX_URL_CHARS:
        raise WebhookRefused(
            f"A webhook's url begins with https:// or http:// and has at most {MAX_URL_CHARS} characters.", field="url"
        )
    if parsed.userinfo:
        raise WebhookRefused(
            "A webhook's url may hold no user name or password; messages are signed instead.", field="url"
        )
    return parsed


def is_public(address: Address) -> bool:
    """Is it an address of the public internet, however it is written?"""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and any(address in network for network in _NAT64):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is None and int(address) >> 32 == 0:  # "IPv4-compatible", long out of use
            return False
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


async def resolve(host: str, port: int) -> list[str]:
    """-> the addresses of a name. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def target_of(url: str, *, allow_private: bool, lookup: Resolve = resolve) -> Target:
    """-> where to connect to. Raises WebhookRefused when any address of the name is not public, or there is none."""
    parsed = parse(url)
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = [ipaddress.ip_address(text.split("%")[0]) for text in await lookup(parsed.host, port)]
    except (OSError, UnicodeError, ValueError) as error:  # TimeoutError is an OSError
        raise WebhookRefused(f"The name {parsed.host} cannot be resolved.", field="url") from error
    if not found:
        raise WebhookRefused(f"The name {parsed.host} has no address.", field="url")
    if not allow_private and not all(is_public(address) for address in found):
        raise WebhookRefused(
            f"{parsed.host} is not an address of the public internet. The operator can permit that with [WEBHOOKS] "
            "ALLOW_PRIVATE = true.",
            field="url",
        )
    chosen = parsed.copy_with(host=str(found[0]))
    return Target(str(chosen), parsed.netloc.decode("ascii"), parsed.raw_host.decode("ascii").strip("[]"))
