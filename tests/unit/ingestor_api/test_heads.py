"""What no head may say, however it says it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.heads import fault_of

OTHERS = [(b"host", b"x"), (b"content-length", b"3"), (b"x-authorization", b"a"), (b"accept", b"gzip")]
TOKEN = (b"authorization", b"Bearer a")


@pytest.mark.parametrize("headers", [[], OTHERS, [TOKEN, TOKEN]])
def test_a_proxys_method_is_not_known(headers: list[tuple[bytes, bytes]]) -> None:
    fault = fault_of(b"CONNECT", headers)
    assert fault is not None
    assert fault.status == 501


@given(headers=st.lists(st.sampled_from([*OTHERS, TOKEN, (b"authorization", b"")])))
def test_there_is_one_authorization_at_most(headers: list[tuple[bytes, bytes]]) -> None:
    fault = fault_of(b"POST", headers)
    if sum(name == b"authorization" for name, _ in headers) > 1:
        assert fault == (400, "the request has more than one Authorization header; send one")
    else:
        assert fault is None


@given(
    before=st.lists(st.sampled_from(OTHERS)),
    codings=st.lists(
        st.sampled_from([b"chunked", b"Chunked", b" CHUNKED ", b"", b"gzip", b"identity", b"chunked;a=b"])
    ),
    lines=st.integers(1, 3),
)
def test_no_coding_is_known_but_chunked(before: list[tuple[bytes, bytes]], codings: list[bytes], lines: int) -> None:
    """The codings are one list, in however many lines."""
    cut = [codings[number::lines] for number in range(lines)]
    fault = fault_of(b"POST", [*before, *((b"transfer-encoding", b",".join(line)) for line in cut)])
    if all(coding.strip().lower() in (b"", b"chunked") for coding in codings):
        assert fault is None
    else:
        assert fault is not None
        assert fault.status == 501


@pytest.mark.parametrize("coding", [b"gzip", b"gzip, chunked", b"x" * 10_000, b"\xff"])
def test_the_coding_is_named_within_bounds(coding: bytes) -> None:
    fault = fault_of(b"POST", [(b"transfer-encoding", coding)])
    assert fault is not None
    assert f"the transfer coding {coding.decode('latin-1')[:32]!r} is not known here" in fault.error
    assert len(fault.error) < 200
