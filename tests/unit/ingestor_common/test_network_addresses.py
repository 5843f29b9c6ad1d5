"""What can never be reached is refused, and what can is taken as it is."""

import http.client
import re
import urllib.request
from contextlib import nullcontext
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestor_common.network_addresses import (
    BROKERS,
    WEB_ADDRESS,
    Broker,
    brokers_of,
    is_port,
    networks_of,
    parse_brokers,
    parse_host,
    parse_proxies,
    parse_web_address,
)

HOSTS = st.sampled_from(
    ["h", "a.example", "10.0.0.1", "[::1]", "[::1", "::1]", "[]", "[h]", "", " ", "a..b", ".", "ä", "l" * 64,
     "[10.0.0.1]", "[:::]", ":::", "::1", "fe80::1", "[fe80::1%eth0]", "fe80::1%eth0", "[::1%]", "1:2:3:4:5:6:7:8"]
)  # fmt: skip
PORTS = st.sampled_from(
    ["", ":", ":1", ":80", ":65535", ":0", ":65536", ":99999", ":-1", ":x", ": 80", ":80:80", ":0443", ":065536", ":00"]
)
PATHS = st.sampled_from(["", "/", "/k?a=b", "/a b", "/\n", "/ä", "?a", "#a", "@h"])
PROTOCOLS = st.sampled_from(["", "", "PLAINTEXT://", "sasl_ssl://", "SSL://", "http://", "ſsl://", "://"])
BLANKS = st.sampled_from(["", "", " ", "\t", "\n", "\u00a0"])
WEB_ADDRESSES = st.builds("{}{}{}{}".format, st.sampled_from(["http://", "https://"]), HOSTS, PORTS, PATHS)
BROKER = st.builds("{}{}{}{}{}".format, BLANKS, PROTOCOLS, HOSTS, PORTS, BLANKS)
BROKER_LISTS = st.lists(BROKER, min_size=1, max_size=3).map(",".join)
ODD_TEXTS = st.text("kK1:,./[]%_- \t\n\u00a0\u017f\u212a")


@given(WEB_ADDRESSES | (ODD_TEXTS | st.text()).map("http://".__add__))
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


@given(BROKER_LISTS | ODD_TEXTS | st.text())
@example(" ")
@example(",")
def test_each_broker_of_a_list_that_is_taken_has_a_host_and_a_port(text: str) -> None:
    try:
        taken = parse_brokers(text)
    except ValueError:
        return
    written = [each.strip() for each in text.split(",") if each.strip()]
    with_ports = [each for each in written if re.search(r"^[^:]+:\d+$|\]:\d+$", each) and "://" not in each]
    assert bool(re.search(BROKERS, text)) == (with_ports == written)
    assert parse_brokers(taken) == taken
    assert taken.split() == [taken]
    brokers = brokers_of(taken)
    assert brokers
    assert len(brokers) == taken.count(",") + 1
    for broker in brokers:
        host = f"[{broker.host}]" if ":" in broker.host else broker.host
        parts = urlsplit(f"//{host}:{broker.port}")
        assert parts.hostname
        assert parts.port == broker.port
        assert 1 <= broker.port <= 65535


@given(st.integers(-10, 70_000), st.integers(0, 9))
def test_ports_go_from_1_to_65535_everywhere(port: int, zeros: int) -> None:
    written = f"{'0' * zeros}{port}"
    is_one = port >= 1 and port <= 65535
    assert is_port(written) == is_one
    for parse, text in ((parse_brokers, f"h:{written}"), (parse_web_address, f"https://h:{written}/k")):
        with nullcontext() if is_one else pytest.raises(ValueError, match="a port is"):
            assert parse(text) == text


@given(st.ip_addresses())
def test_every_address_is_taken(address: object) -> None:
    written = f"[{address}]" if ":" in str(address) else str(address)
    assert parse_host(str(address)) == str(ip_address(str(address)))
    assert parse_proxies(f"{address}, 10.0.0.0/8,") == f"{address},10.0.0.0/8"
    assert parse_brokers(f"{written}:9092") == f"{written}:9092"
    assert parse_web_address(f"https://{written}:8443/keys?a=b") == f"https://{written}:8443/keys?a=b"


@pytest.mark.parametrize(
    ("text", "brokers"),
    [
        ("kafka", [Broker("kafka", 9092)]),
        (" a:1 , b:2\n,,", [Broker("a", 1), Broker("b", 2)]),
        ("SASL_SSL://a:9093,plaintext://b", [Broker("a", 9093), Broker("b", 9092)]),
        ("a_b.c-d.:09092", [Broker("a_b.c-d.", 9092)]),
        ("[::1]:1,[fe80::1%eth0]:2,[::1%lo]", [Broker("::1", 1), Broker("fe80::1%eth0", 2), Broker("::1%lo", 9092)]),
        ("::1,PLAINTEXT://fe80::1%eth0", [Broker("::1", 9092), Broker("fe80::1%eth0", 9092)]),
    ],
)
def test_brokers_are_taken_as_the_client_takes_them(text: str, brokers: list[Broker]) -> None:
    assert brokers_of(parse_brokers(text)) == brokers


@pytest.mark.parametrize("text", ["::1:9092", "2001:db8::1:9092", "SSL://::1:9092"])
def test_an_address_without_brackets_whose_end_may_be_a_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="in brackets"):
        parse_brokers(text)


@pytest.mark.parametrize("text", ["*", " * ", "*,", "\t*\n"])
def test_every_client_is_a_proxy_with_blanks_around_it_too(text: str) -> None:
    assert parse_proxies(text) == "*"


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_proxy_of_ipv4_is_one_however_its_address_comes_and_is_written(address: IPv4Address, bits: int) -> None:
    network = ip_network((int(address), bits), strict=False)
    mapped = f"::ffff:{network.network_address}/{96 + bits}"
    for written in (str(network), mapped):
        networks = [ip_network(same) for same in networks_of(parse_proxies(written))]
        for seen in (address, IPv6Address(f"::ffff:{address}")):
            assert any(seen in same for same in networks)
        assert sorted(same.num_addresses for same in networks) == [network.num_addresses] * 2


@pytest.mark.parametrize("text", ["*", "2001:db8::/32", "::1/128", "::/0", "::ffff:0:0:0/96"])
def test_other_proxies_are_those_that_are_named(text: str) -> None:
    assert networks_of(parse_proxies(text)) == [text]


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
