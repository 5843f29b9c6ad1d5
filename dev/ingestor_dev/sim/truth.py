"""The truth file: what was sent, and what the API said it made durable.

JSON lines. `{"run": {...}}` opens each run and says how to repeat it. `{"sent": event}` is written before
an event first leaves, so that an event that is stored without our hearing of it is not taken for a
stranger. `{"told": {...}}` is written before an event counts as told durable. Each line reaches the
operating system at once: a killed simulator loses none.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from ingestor_dev.sim.behaviour import Habits
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.events import Event
from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.world import WorldSize

NO_RECEIPT = msgspec.Raw(b"null")


class Told(msgspec.Struct, frozen=True):
    """An event that was told durable: by which path, and the receipt as given; batches give none."""

    event_id: str
    session_id: str
    mode: str
    receipt: msgspec.Raw = NO_RECEIPT


class Run(msgspec.Struct, frozen=True):
    """A run's header: what it was started with. The same values repeat it."""

    seed: int
    start: datetime
    url: str
    answers: str | None
    pace: Pace
    batch: int
    at_once: int | None
    sessions: int | None
    events: int | None
    size: WorldSize
    habits: Habits


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the file; exactly one of the fields is there."""

    run: Run | None = None
    sent: Event | None = None
    told: Told | None = None


# Above the size of any event the API takes.
_TAIL_BYTES = 1 << 17

_encode = msgspec.json.Encoder().encode


class TruthFile:
    """Appends to a truth file; a last line torn by a crash is cut off first."""

    def __init__(self, path: Path, run: Run) -> None:
        try:
            self._file: BinaryIO = path.open("ab+")
        except OSError as error:
            raise SimulatorError(f"cannot write the truth file {path}: {error.strerror}") from error
        self._path = path
        _cut_torn_line(self._file)
        self._append(_encode(Line(run=run)) + b"\n")

    def sent(self, encoded_events: list[bytes]) -> None:
        """Events, as encoded, that are about to leave."""
        self._append(b"".join([b'{"sent":%b}\n' % event for event in encoded_events]))

    def told(self, lines: list[Told]) -> None:
        """Events the API said are durable."""
        self._append(b"".join([b'{"told":%b}\n' % _encode(line) for line in lines]))

    def _append(self, lines: bytes) -> None:
        try:
            self._file.write(lines)
            self._file.flush()
        except OSError as error:
            raise SimulatorError(f"cannot write the truth file {self._path}: {error.strerror}") from error

    def close(self) -> None:
        """Close the file; what was written is there already."""
        self._file.close()


def _cut_torn_line(file: BinaryIO) -> None:
    """Cut the file after its last line end; the lines are short, so its tail is enough to find that."""
    end = file.seek(0, os.SEEK_END)
    start = max(0, end - _TAIL_BYTES)
    file.seek(start)
    tail = file.read(_TAIL_BYTES)
    if not tail.endswith(b"\n"):
        file.truncate(start + tail.rfind(b"\n") + 1)
