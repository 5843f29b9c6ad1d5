from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.events import Event, encode_event
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.truth import Run, Told, TruthFile
from ingestor_dev.sim.truth_lines import truth_lines
from ingestor_dev.sim.world import WorldSize

_RUN = Run(
    seed=1,
    start=datetime(2026, 9, 1, 8, tzinfo=UTC),
    url="http://127.0.0.1:1",
    answers=None,
    pace=Pace(speed=1.0, rate=None),
    batch=1,
    at_once=None,
    sessions=None,
    events=100,
    size=WorldSize(),
    habits=Habits(),
)
_EVENT = Event("e1", "SESSION_STARTED", datetime(2026, 9, 1, 8, tzinfo=UTC), "s1", "z1", "c1")
_TOLD = Told("e1", "s1", "kafka", msgspec.Raw(b'{"topic":"quiz-events","partition":0,"offset":4}'))


def test_what_was_written_is_there_at_once_and_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    truth = TruthFile(path, _RUN)
    truth.sent([encode_event(_EVENT)])
    truth.told([_TOLD])
    run, sent, told = truth_lines(path)
    assert (run.run, sent.sent) == (_RUN, _EVENT)
    assert told.told is not None
    assert (told.told.event_id, told.told.mode) == ("e1", "kafka")
    assert bytes(told.told.receipt) == b'{"topic":"quiz-events","partition":0,"offset":4}'
    truth.close()


def test_a_second_run_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    for _ in range(2):
        truth = TruthFile(path, _RUN)
        truth.sent([encode_event(_EVENT)])
        truth.close()
    assert [line.run is not None for line in truth_lines(path)] == [True, False, True, False]


@pytest.mark.parametrize("torn", [b'{"sent":{"event_id":"e9', b"{", b""])
def test_a_line_torn_by_a_crash_told_nothing_and_is_cut_off_by_the_next_run(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "truth.jsonl"
    truth = TruthFile(path, _RUN)
    truth.close()
    with path.open("ab") as file:
        file.write(torn)
    assert [line.run for line in truth_lines(path)] == [_RUN]
    TruthFile(path, _RUN).close()
    assert [line.run for line in truth_lines(path)] == [_RUN, _RUN]


def test_a_file_that_is_no_truth_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text('{"run": {"seed": "one"}}\n')
    with pytest.raises(SimulatorError, match=r"other\.jsonl, line 1 is not of a truth file"):
        list(truth_lines(path))


def test_a_missing_truth_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match=r"none\.jsonl"):
        list(truth_lines(tmp_path / "none.jsonl"))


def test_a_truth_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match="cannot write the truth file"):
        TruthFile(tmp_path / "no" / "folder.jsonl", _RUN)
