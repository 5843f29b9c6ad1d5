"""Reads a truth file."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.truth import Line

_decode = msgspec.json.Decoder(Line).decode


def truth_lines(path: Path) -> Iterator[Line]:
    """The file's whole lines; a last line that a crash cut short is left out, for it told nothing yet.

    SimulatorError where the file cannot be read or another line is not one of a truth file.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield _parsed(path, number, line)
    except OSError as error:
        raise SimulatorError(f"cannot read the truth file {path}: {error.strerror}") from error


def _parsed(path: Path, number: int, line: bytes) -> Line:
    try:
        return _decode(line)
    except msgspec.MsgspecError as error:
        raise SimulatorError(
            f"{path}, line {number} is not of a truth file ({error}); give one that --truth wrote"
        ) from error
