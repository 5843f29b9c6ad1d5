"""Where a service listens that nobody told where to."""

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.listening import EVERY_INTERFACE, listen, plain_address


def answered(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=5):
            return True
    except ConnectionRefusedError:
        return False


def test_ipv6_and_ipv4_are_answered_where_the_system_has_both() -> None:
    with listen(EVERY_INTERFACE, 0) as listener:
        port = listener.getsockname()[1]
        assert answered("::1", port)
        assert answered("127.0.0.1", port)


def test_ipv4_is_answered_where_the_system_has_no_ipv6() -> None:
    with listen(EVERY_INTERFACE, 0, has_dualstack=lambda: False) as listener:
        port = listener.getsockname()[1]
        assert listener.family == socket.AF_INET
        assert answered("127.0.0.1", port)
        assert not answered("::1", port)


@pytest.mark.parametrize(("host", "other"), [("127.0.0.1", "::1"), ("::1", "127.0.0.1")])
def test_a_host_that_is_named_is_the_only_one(host: str, other: str) -> None:
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        assert answered(host, port)
        assert not answered(other, port)


@pytest.mark.parametrize("taken", ["0.0.0.0", "127.0.0.1", "::1"])  # noqa: S104
def test_a_port_that_is_taken_by_either_is_refused(taken: str) -> None:
    with listen(taken, 0) as other, pytest.raises(OSError, match="in use"):
        listen(EVERY_INTERFACE, other.getsockname()[1])


@given(st.ip_addresses(v=4))
def test_an_ipv4_client_has_its_own_address(address: IPv4Address) -> None:
    assert plain_address(f"::ffff:{address}") == str(address)
    assert plain_address(str(address)) == str(address)


@given(st.integers(2**48, 2**128 - 1).map(IPv6Address))
def test_an_ipv6_client_keeps_its_address(address: IPv6Address) -> None:
    assert plain_address(str(address)) == str(address)


def test_a_client_sees_no_mapped_address_of_its_own() -> None:
    with listen(EVERY_INTERFACE, 0) as listener, socket.create_connection(("127.0.0.1", listener.getsockname()[1])):
        connection, address = listener.accept()
        with connection:
            assert plain_address(address[0]) == "127.0.0.1"
