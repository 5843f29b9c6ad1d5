"""A fault of the network is told in words that name no class and no number."""

import errno
import os
import re
import socket
import ssl

import pytest
from aiokafka.errors import KafkaConnectionError
from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.network_faults import network_fault


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError(), "no answer in time"),
        (ConnectionRefusedError(), "connection refused"),
        (ConnectionRefusedError(111, "Connect call failed ('10.0.0.1', 5432)"), "connection refused"),
        (OSError("Multiple exceptions: [Errno 111] Connect call failed ('::1', 5432, 0, 0)"), "connection refused"),
        (OSError("[Errno 113] No route to host"), "no route to host"),
        (socket.gaierror(-2, "Name or service not known"), "the name of the host is not found"),
        (OSError("[Errno -2] Name or service not known"), "the name of the host is not found"),
        (ConnectionResetError(104, "Connection reset by peer"), "the connection was closed"),
        (EOFError(), "the connection was closed"),
        (ConnectionError("unexpected connection_lost() call."), "unexpected connection_lost() call"),
        (ConnectionError(), "the connection was closed"),
        (
            ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: expired (_ssl.c:1000)"),
            "TLS fails: certificate verify failed: expired",
        ),
        (KafkaConnectionError("Connection at kafka:9092 closed"), "Connection at kafka:9092 closed"),
        (KafkaConnectionError(), "the connection was closed"),
    ],
)
def test_what_happened_is_said_plainly(error: BaseException, words: str) -> None:
    assert network_fault(error) == words


@given(number=st.sampled_from(sorted(errno.errorcode)), told=st.booleans())
def test_whatever_the_system_reports_is_in_words(number: int, told: bool) -> None:
    text = os.strerror(number)
    error = OSError(number, text) if told else OSError(f"it fails: [Errno {number}] {text}")
    words = network_fault(error)
    assert words
    assert not re.search(r"Errno|Error\b|\[", words)
