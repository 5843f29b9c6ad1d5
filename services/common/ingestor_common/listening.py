"""Listening on every interface, by IPv6 and IPv4 at once where the system has both.

In a cluster that has IPv6 alone nobody reaches a service on 0.0.0.0: neither a client nor the kubelet's probes.
"""

import ipaddress
import socket
from collections.abc import Callable
from typing import Final

EVERY_INTERFACE: Final = ""
"""The host of a service that listens wherever it can."""


def listen(
    host: str, port: int, backlog: int = 128, has_dualstack: Callable[[], bool] = socket.has_dualstack_ipv6
) -> socket.socket:
    """A listening socket on the host's port; 0 takes a free one. Raises OSError where that cannot be had."""
    address = host or every_interface(has_dualstack)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, port), family=family, backlog=backlog, dualstack_ipv6=address == "::")


def every_interface(has_dualstack: Callable[[], bool] = socket.has_dualstack_ipv6) -> str:
    """The address that stands for every interface: a kernel without IPv6 knows no other than IPv4's."""
    return "::" if has_dualstack() else "0.0.0.0"  # noqa: S104  the scraper, the kubelet and the clients are elsewhere


def plain_address(host: str) -> str:
    """An IPv4 client's address as it is; a socket of both families calls 10.0.0.7 ::ffff:10.0.0.7."""
    if not host.startswith("::ffff:"):
        return host
    mapped = ipaddress.IPv6Address(host).ipv4_mapped
    return str(mapped) if mapped else host
