"""What came of it: a line for each report and size, as a table and as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench.reports.calls import limit_ms
from bench.reports.timing import Times, p95
from rich.table import Table

from ingestor_api.reports.registry import REPORTS

MAX_RATIO: Final = 2.0


@dataclass(frozen=True, slots=True)
class Result:
    """A report at one size; `ratio_to_small` is its 95th percentile over that at the small size."""

    report: str
    answers: int
    p95_ms: float
    limit_ms: float
    ratio_to_small: float
    met: bool


def results(small: Times, small_answers: int, large: Times, large_answers: int) -> list[Result]:
    """The results of every report, small size first."""
    found = []
    for report in REPORTS:
        before = p95(small[report.name])
        for times, answers in ((small, small_answers), (large, large_answers)):
            value = p95(times[report.name])
            ratio = value / before
            met = value <= limit_ms(report) and ratio <= MAX_RATIO
            found.append(Result(report.name, answers, round(value, 2), limit_ms(report), round(ratio, 2), met))
    return found


def table(found: list[Result]) -> Table:
    """The results of the large size beside the small one's times."""
    shown = Table(title="95th percentile of each report, warm")
    for title in ("report", "answers", "p95 small", "p95", "limit", "ratio", "met"):
        shown.add_column(title, justify="left" if title in ("report", "met") else "right")
    for small, large in zip(found[::2], found[1::2], strict=True):
        shown.add_row(
            large.report,
            f"{large.answers:,}",
            f"{small.p95_ms:.1f} ms",
            f"{large.p95_ms:.1f} ms",
            f"{large.limit_ms:.0f} ms",
            f"{large.ratio_to_small:.2f}",
            "yes" if large.met else "[red]no[/red]",
        )
    return shown


def write(found: list[Result], file: Path) -> None:
    """The results as a JSON list."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(result) for result in found], indent=2) + "\n", encoding="utf-8")
