"""Web addresses, brokers, hosts and ports as settings give them: what can never be reached is refused at the start.

The public patterns are those of the CRD, so they are without what Go's regular expressions lack. They may take more
than the parsers, whose judgement counts everywhere. `WEB_ADDRESS` never takes less; `BROKERS` asks for a port.
"""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

_BLANKS: Final = " \t\r\n"
_IPV6: Final = "[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.~-]+)?"
"""With the zone of a link-local address, such as fe80::1%eth0."""
_HOST_PATTERN: Final = rf"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\[{_IPV6}\])"
_PORT_PATTERN: Final = (
    r"0{0,9}(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9][0-9]|6[0-4][0-9][0-9][0-9]|[1-5][0-9][0-9][0-9][0-9]|"
    r"[1-9][0-9]?[0-9]?[0-9]?)"
)
_BROKER_PATTERN: Final = f"{_HOST_PATTERN}:{_PORT_PATTERN}"
BROKERS: Final = rf"^[ \t\r\n,]*{_BROKER_PATTERN}(?:[ \t\r\n]*,[ \t\r\n,]*{_BROKER_PATTERN})*[ \t\r\n,]*$"
"""A list whose brokers each have a port, and no scheme."""
WEB_ADDRESS: Final = f"^https?://{_HOST_PATTERN}(?::{_PORT_PATTERN})?(?:[/?#][!-~]*)?$"

_PROTOCOL: Final = "(?i:PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)://"
# ASCII alone: a long s is the s of ssl:// otherwise.
_BROKER: Final = re.compile(
    f"(?:{_PROTOCOL})?(?:(?P<host>{_HOST_PATTERN})(?::(?P<port>{_PORT_PATTERN}))?|(?P<address>{_IPV6}))", re.ASCII
)
_WEB_ADDRESS: Final = re.compile(f"https?://({_HOST_PATTERN})(?::{_PORT_PATTERN})?(?:[/?#][!-~]*)?")
_HOST: Final = re.compile(_HOST_PATTERN)
_PORT: Final = re.compile(_PORT_PATTERN)
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
"""IPv4 addresses as IPv6 ones (RFC 4291, 2.5.5.2)."""
_LONGEST_LABEL: Final = 63
"""Of a name in DNS; a longer one is no error of the network, but of the name."""
_KAFKA_PORT: Final = 9092
"""librdkafka's, where a broker has no port."""

_WHAT_A_PORT_IS: Final = "a port is a number from 1 to 65535, an IPv6 address stands in brackets, such as [::1]"


class Broker(NamedTuple):
    """A broker as librdkafka reads it; an IPv6 address is without brackets."""

    host: str
    port: int


def is_port(text: str) -> bool:
    """Whether this is the number of a port that can be reached."""
    return _PORT.fullmatch(text) is not None


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
    """The list without blanks. Raises ValueError for one without a broker, or with one that is not host[:port]."""
    written = _elements(text)
    if not written or not all(map(_broker, written)):
        raise ValueError(f"must have the form host:port, separated by commas; {_WHAT_A_PORT_IS}")
    return ",".join(written)


def brokers_of(text: str) -> list[Broker]:
    """The brokers of a list that `parse_brokers` has taken."""
    return [broker for written in _elements(text) if (broker := _broker(written))]


def parse_host(text: str) -> str:
    """The host as it is. Raises ValueError for what is no name and no address of an interface."""
    if not _is_address(text) and (text.startswith("[") or not _HOST.fullmatch(text) or not _is_host(text)):
        raise ValueError("must be an address such as 0.0.0.0 or ::, or a name, without a port")
    return text


def parse_proxies(text: str) -> str:
    """The list without blanks: addresses and networks, or * alone. Raises ValueError for others, which match no
    client."""
    proxies = _elements(text)
    if proxies != ["*"] and not (proxies and all(map(_is_network, proxies))):
        raise ValueError("must be addresses and networks such as 10.0.0.7 and 10.1.0.0/16, separated by commas, or *")
    return ",".join(proxies)


def networks_of(proxies: str) -> list[str]:
    """The list that `parse_proxies` has taken, with each IPv4 network in both of its spellings.

    A socket that listens on :: shows an IPv4 client as an address of ::ffff:0:0/96.
    """
    if proxies == "*":
        return [proxies]
    return [str(same) for written in _elements(proxies) for same in _both_spellings(ip_network(written))]


def _elements(text: str) -> list[str]:
    return [element for part in text.split(",") if (element := part.strip(_BLANKS))]


def _broker(written: str) -> Broker | None:
    match = _BROKER.fullmatch(written)
    if match is None:
        return None
    if match["host"]:
        port = int(match["port"] or _KAFKA_PORT)
        return Broker(match["host"].strip("[]"), port) if _is_host(match["host"]) else None
    # Of more than one colon outside of brackets librdkafka reads no port: in ::1:9092 it would be part of the address.
    before = match["address"].rpartition(":")[0]
    return Broker(match["address"], _KAFKA_PORT) if _is_ipv6(match["address"]) and not _is_ipv6(before) else None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _is_ipv6(host[1:-1])
    return all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split("."))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    return _is_address(text) and isinstance(ip_address(text), IPv6Address)


def _both_spellings(network: IPv4Network | IPv6Network) -> list[IPv4Network | IPv6Network]:
    first, bits = int(network.network_address), network.prefixlen
    if isinstance(network, IPv4Network):
        return [network, IPv6Network((int(_MAPPED.network_address) + first, _MAPPED.prefixlen + bits))]
    if network.subnet_of(_MAPPED):
        return [network, IPv4Network((first - int(_MAPPED.network_address), bits - _MAPPED.prefixlen))]
    return [network]


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
