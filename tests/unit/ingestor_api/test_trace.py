"""Request ids and trace context."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.trace import trace_of

PARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_callers_ids_are_passed_on_as_they_are() -> None:
    trace = trace_of(b"order-7/a", PARENT)
    assert trace.request_id == "order-7/a"
    assert trace.traceparent == PARENT.decode()


def test_without_ids_a_new_trace_begins_and_names_the_request() -> None:
    trace = trace_of(None, None)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", trace.traceparent)
    assert trace.request_id == trace.traceparent[3:35]
    assert trace_of(None, None) != trace


@pytest.mark.parametrize("bad", [b"", b"a" * 129, b"a b", b"a\r\nX-Evil: 1", b'"', "ü".encode()])
def test_a_request_id_that_could_harm_a_log_or_header_is_replaced(bad: bytes) -> None:
    assert re.fullmatch("[0-9a-f]{32}", trace_of(bad, None).request_id)


@pytest.mark.parametrize(
    "bad",
    [b"", b"x", PARENT + b"-extra", PARENT.upper(), b"00-" + b"0" * 32 + PARENT[35:], PARENT[:36] + b"0" * 16 + b"-01"],
)
def test_a_malformed_traceparent_is_replaced(bad: bytes) -> None:
    assert trace_of(None, bad).traceparent.encode() != bad


@given(st.binary(), st.binary())
def test_whatever_comes_the_ids_are_safe_to_repeat(request_id: bytes, traceparent: bytes) -> None:
    trace = trace_of(request_id, traceparent)
    assert re.fullmatch(r"[A-Za-z0-9._:/+=@-]{1,128}", trace.request_id)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", trace.traceparent)
