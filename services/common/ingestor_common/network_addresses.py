"""Web addresses, brokers, hosts and ports as settings give them: what can never be reached is refused at the start.

The patterns are those of the CRD too, so without what Go's regular expressions lack.
"""

import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

HOST: Final = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])"
PORT: Final = (
    r"(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9][0-9]|6[0-4][0-9][0-9][0-9]|[1-5][0-9][0-9][0-9][0-9]|"
    r"[1-9][0-9]?[0-9]?[0-9]?)"
)
HOST_AND_PORT: Final = f"{HOST}:{PORT}"
WEB_ADDRESS: Final = f"^https?://{HOST}(?::{PORT})?(?:[/?#][!-~]*)?$"

_PROTOCOLS: Final = "(?:(?:PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)://)?"
_BROKER: Final = re.compile(f"{_PROTOCOLS}({HOST})(?::{PORT})?", re.IGNORECASE)
_WEB_ADDRESS: Final = re.compile(f"https?://({HOST})(?::{PORT})?(?:[/?#][!-~]*)?")
_HOST: Final = re.compile(HOST)
_LONGEST_LABEL: Final = 63
"""Of a name in DNS; a longer one is no error of the network, but of the name."""

_WHAT_A_PORT_IS: Final = "a port is a number from 1 to 65535, an IPv6 address stands in brackets, such as [::1]"


def is_port(text: str) -> bool:
    """Whether this is the number of a port that can be reached."""
    return re.fullmatch(f"0*{PORT}", text) is not None


def parse_web_address(text: str) -> str:
    """The address as it is. Raises ValueError for what is not http(s)://host[:port][/path]."""
    if not text.startswith(("https://", "http://")):
        raise ValueError("must begin with https:// or http://")
    match = _WEB_ADDRESS.fullmatch(text)
    if match is None or not _is_host(match[1]):
        form = "https://host:port/path, in ASCII, without blanks and without a user"
        raise ValueError(f"must have the form {form}; {_WHAT_A_PORT_IS}")
    return text


def parse_brokers(text: str) -> str:
    """The list as it is. Raises ValueError for one without a broker, or with one that is not host[:port]."""
    brokers = [broker.strip() for broker in text.split(",") if broker.strip()]
    matches = [_BROKER.fullmatch(broker) for broker in brokers]
    if not brokers or not all(match and _is_host(match[1]) for match in matches):
        raise ValueError(f"must have the form host:port, separated by commas; {_WHAT_A_PORT_IS}")
    return text


def parse_host(text: str) -> str:
    """The host as it is. Raises ValueError for what is no name and no address of an interface."""
    if not _is_address(text) and (text.startswith("[") or not _HOST.fullmatch(text) or not _is_host(text)):
        raise ValueError("must be an address such as 0.0.0.0 or ::, or a name, without a port")
    return text


def parse_proxies(text: str) -> str:
    """The list as it is: addresses and networks, or * alone. Raises ValueError for others, which match no client."""
    proxies = [proxy.strip() for proxy in text.split(",") if proxy.strip()]
    if text != "*" and not (proxies and all(map(_is_network, proxies))):
        raise ValueError("must be addresses and networks such as 10.0.0.7 and 10.1.0.0/16, separated by commas, or *")
    return text


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _is_address(host[1:-1]) and isinstance(ip_address(host[1:-1]), IPv6Address)
    return all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split("."))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
