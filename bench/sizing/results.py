"""The results as a file: what was measured, what was assumed, and what follows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from bench.sizing.measured import Measured
from bench.sizing.plan import ASSUMED, LOADS, Assumptions, Sizing, sizing

FILE: Final = Path(__file__).parents[1] / "results" / "sizing.json"


@dataclass(frozen=True, slots=True)
class Results:
    """The contents of the file; `sizing` is for the loads of the documentation."""

    measured: Measured
    assumptions: Assumptions
    sizing: tuple[Sizing, ...]


def results(measured: Measured) -> Results:
    """The results of a run."""
    return Results(measured, ASSUMED, tuple(sizing(measured, load) for load in LOADS))


def write(found: Results, file: Path) -> None:
    """The results as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


def read(file: Path) -> Results:
    """The results that `write` wrote."""
    return msgspec.json.decode(file.read_bytes(), type=Results)
