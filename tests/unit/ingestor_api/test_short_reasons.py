"""Of an event with one fault even a short reason says all, whatever its sender wrote there."""

import json
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st
from unit.ingestor_api.keeping import answer_event

from ingestor_api.rejections import SHORT_REASON
from ingestor_common.events import Event, InvalidEvent, parse

NOW = datetime(2026, 11, 29, tzinfo=UTC)
FIELDS = [*Event.__struct_fields__, "x" * 300]
LONG_VALUES = st.sampled_from(
    ["z" * 2000, "9" * 2000, "\U0001f600" * 500, "\\" * 2000, "'" * 2000, ["z"] * 200, {"z" * 2000: 1}, 10**2000]
).map(json.dumps)
VALUES = st.sampled_from(
    ["nan", "{}", "1", "null", '"\\ud800"', '"\\u0007"', "[" * 400, "1" * 5000, '"0001-01-01T00:00:00Z"']
)


@given(st.sampled_from(FIELDS), VALUES | LONG_VALUES | st.text(max_size=300).map(json.dumps))
@example("event_type", json.dumps("z" * 2000))
def test_a_short_reason_is_all_of_it_where_one_field_is_at_fault(field: str, value: str) -> None:
    written = {name: json.dumps(each) for name, each in answer_event("e").items()} | {field: value}
    members = ",".join(f"{json.dumps(name)}:{each}" for name, each in written.items())
    fault = fault_of(f"{{{members}}}".encode())
    assert fault is None or len(fault.faults) > 1 or len(str(fault)) <= SHORT_REASON, str(fault)


def fault_of(event: bytes) -> InvalidEvent | None:
    try:
        parse(event, NOW)
    except InvalidEvent as error:
        return error
    return None
