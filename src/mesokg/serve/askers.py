"""Who asks: the address by which the requests of one client are counted together.

This module decides whom to believe. What a proxy says of its client counts only where the
proxy is trusted by name, since anybody can send such a header; and an unnamed proxy on this
machine stands for many clients, so what comes from loopback is counted as nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, MutableMapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

__all__ = ["asker", "recognise"]

#: Where in a request's scope its asker stands.
_ASKER: Final = "mesokg.asker"
#: One customer of a provider mostly has a network of so many bits.
_ONE_HOME: Final = 64


def recognise(scope: MutableMapping[str, Any], proxies: Collection[str]) -> None:
    """Note in a request's scope who asks, and whether it was asked by HTTPS.

    `proxies` are the addresses of proxies whose X-Forwarded-For is believed. The last address
    in it that is no such proxy is the client: what stands before it, the client has said.
    X-Forwarded-Proto is believed from them and from loopback.
    """
    peer = (scope.get("client") or ("",))[0]
    trusted, here = peer in proxies, _known(peer)[1]
    client = "" if here and not trusted else _known(peer)[0]
    if trusted or here:
        said = {n: v for n, v in scope["headers"] if n[:12] == b"x-forwarded-"}
        protocol = said.get(b"x-forwarded-proto", b"").decode("latin-1").strip().lower()
        if protocol in {"http", "https"}:
            scope["scheme"] = protocol
    if trusted:
        hops = b",".join(v for n, v in scope["headers"] if n == b"x-forwarded-for")
        for hop in reversed(hops.decode("latin-1")[-1000:].split(",")):
            if hop.strip() not in proxies:
                client = _known(hop.strip())[0] or client
                break
    scope[_ASKER] = client


def asker(scope: MutableMapping[str, Any]) -> str:
    """Who asks: an address or network; "" for nobody in particular."""
    return str(scope.get(_ASKER, ""))


@lru_cache(maxsize=4096)
def _known(text: str) -> tuple[str, bool]:
    """An address as it is counted, "" for none; and whether it is on this machine.

    >>> _known("2001:db8:1:2:3:4:5:6")
    ('2001:db8:1:2::/64', False)
    >>> _known("::1"), _known("unknown")
    (('::1', True), ('', False))
    """
    try:
        found = ip_address(text)
    except ValueError:
        return "", False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if isinstance(found, IPv6Address) and not found.is_loopback:
        return str(ip_network((found, _ONE_HOME), strict=False)), False
    return str(found), found.is_loopback
