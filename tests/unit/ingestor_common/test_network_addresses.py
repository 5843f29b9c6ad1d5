"""What can never be reached is refused, and what can is taken as it is."""

import http.client
import re
import urllib.request
from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestor_common.network_addresses import (
    HOST_AND_PORT,
    WEB_ADDRESS,
    is_port,
    parse_brokers,
    parse_host,
    parse_proxies,
    parse_web_address,
)

HOSTS = st.sampled_from(["h", "a.example", "10.0.0.1", "[::1]", "[::1", "::1]", "[]", "[h]", "", " ", "a..b", ".", "ä"])
PORTS = st.sampled_from(["", ":", ":1", ":80", ":65535", ":0", ":65536", ":99999", ":-1", ":x", ": 80", ":80:80"])
PATHS = st.sampled_from(["", "/", "/k?a=b", "/a b", "/\n", "/ä", "?a", "#a", "@h"])
WEB_ADDRESSES = st.builds("{}{}{}{}".format, st.sampled_from(["http://", "https://"]), HOSTS, PORTS, PATHS)
BROKERS = st.lists(st.builds("{}{}".format, HOSTS, PORTS), min_size=1, max_size=3).map(",".join)


@given(WEB_ADDRESSES | st.text().map("http://".__add__))
@example("http://")
@example("http://[::1")
@example("http://h:99999/")
def test_a_web_address_that_is_taken_can_be_asked(text: str) -> None:
    try:
        parse_web_address(text)
    except ValueError:
        return
    assert re.search(WEB_ADDRESS, text)
    parts = urlsplit(text)
    assert parts.hostname
    assert parts.port is None or 1 <= parts.port <= 65535
    request = urllib.request.Request(text)  # noqa: S310  nothing is opened
    # As far as it goes without a network.
    http.client.HTTPConnection(request.host).putrequest("GET", request.selector)
    parts.hostname.encode("idna")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "send", lambda *_: None)


@given(BROKERS | st.text())
@example(" ")
@example(",")
def test_each_broker_of_a_list_that_is_taken_has_a_host_and_a_port_if_any(text: str) -> None:
    try:
        parse_brokers(text)
    except ValueError:
        return
    brokers = [broker.strip() for broker in text.split(",") if broker.strip()]
    assert brokers
    for broker in brokers:
        parts = urlsplit(f"//{broker}")
        assert parts.hostname
        assert parts.port is None or 1 <= parts.port <= 65535


@given(st.integers(-10, 70_000))
def test_ports_go_from_1_to_65535(port: int) -> None:
    assert is_port(str(port)) == (1 <= port <= 65535)
    assert (re.fullmatch(HOST_AND_PORT, f"h:{port}") is not None) == (1 <= port <= 65535)


@given(st.ip_addresses())
def test_every_address_is_taken(address: object) -> None:
    written = f"[{address}]" if ":" in str(address) else str(address)
    assert parse_host(str(address)) == str(ip_address(str(address)))
    assert parse_proxies(f"{address}, 10.0.0.0/8,") == f"{address}, 10.0.0.0/8,"
    assert parse_brokers(f"{written}:9092") == f"{written}:9092"
    assert parse_web_address(f"https://{written}:8443/keys?a=b") == f"https://{written}:8443/keys?a=b"


@pytest.mark.parametrize("text", ["kafka", "a:9092,b:9092", " a:1 , b:2,", "SASL_SSL://a:9093", "a_b.c-d.:9092"])
def test_brokers_are_taken_as_the_client_takes_them(text: str) -> None:
    assert parse_brokers(text) == text


@pytest.mark.parametrize("text", ["", " ", "h:80", "[::]", "a b", "a..b", "/run/socket"])
def test_what_no_interface_has_is_no_host(text: str) -> None:
    with pytest.raises(ValueError, match="without a port"):
        parse_host(text)


@pytest.mark.parametrize(
    "text", ["", " ", ",", "10.0.0.1/8", "10.0.0.0/33", "proxy", "10.0.0.1:80", "*,10.0.0.1", "[::1]"]
)
def test_what_would_match_no_client_is_no_proxy(text: str) -> None:
    with pytest.raises(ValueError, match="addresses and networks"):
        parse_proxies(text)
