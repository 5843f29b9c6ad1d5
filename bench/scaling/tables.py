"""The comparison as tables that fit a terminal of 80 columns."""

from collections.abc import Sequence
from typing import Final

from bench.scaling.comparison import LATE, TARGET, Comparison, Score
from bench.scaling.draws import Draw, summary
from rich import box
from rich.table import Table

_WAYS: Final = {"ours": "ours", "hpa": "KEDA tuned", "hpa_default": "KEDA default", "hpa_cpu": "HPA on CPU"}

_MEASURES: Final = {
    "oldest_seconds": "oldest, s",
    "late_seconds": f"s over {LATE:.0f} s",
    "mean_age": "mean age, s",
    "mean_wait": "mean wait, s",
    "changes": "changes",
    "replica_hours": "replica hours",
}

_EACH: Final = {measure: _MEASURES[measure] for measure in ("oldest_seconds", "changes", "replica_hours")}

_MEANS: Final = (
    "Changes of the replicas; replica hours; oldest: age of the oldest record ever, in seconds;"
    f" s over {TARGET:.0f} s and {LATE:.0f} s: seconds with a record older than that;"
    " mean age of the oldest record, in seconds."
)
_MEANS_OF_DRAWS: Final = (
    "Medians, and on how many draws we have less : more of what less is better of; mean wait of a record, in seconds."
)


def scenarios_table(comparisons: Sequence[Comparison]) -> Table:
    """What each way of scaling makes of each scenario."""
    table = _narrow("Every scenario, with every way of scaling", _named(comparisons[0]))
    table.add_column("scenario", no_wrap=True)
    table.add_column("scaled by", no_wrap=True)
    for column in ("changes", "hours", "oldest", f"s over {TARGET:.0f} s", _MEASURES["late_seconds"], "mean age"):
        table.add_column(column, justify="right")
    for comparison in comparisons:
        for key, run in comparison.runs.items():
            name = comparison.scenario.name if key == "ours" else ""
            table.add_row(name, _WAYS[key], *_cells(run.score))
        table.add_section()
    return table


def draws_table(draws: Sequence[Draw]) -> Table:
    """How ours and each rival do on many draws of the school day."""
    table = _narrow("The school day drawn anew", _MEANS_OF_DRAWS)
    for column in ("draws", "against", "measure"):
        table.add_column(column)
    for column in ("ours", "theirs", "less : more"):
        table.add_column(column, justify="right")
    for kind, held_out in (("designed with", False), ("held out", True)):
        chosen = [drawn for drawn in draws if drawn.held_out is held_out]
        for rival in ("hpa", "hpa_cpu"):
            for number, (measure, told) in enumerate(summary(chosen, rival).items()):
                ours, theirs, less, more = told
                named = (kind, _WAYS[rival]) if number == 0 else ("", "")
                table.add_row(*named, _MEASURES[measure], f"{ours:.4g}", f"{theirs:.4g}", f"{less} : {more}")
            table.add_section()
    return table


def each_draw_table(draws: Sequence[Draw]) -> Table:
    """Every draw of the school day, ours beside KEDA's tuned threshold."""
    table = _narrow("Every draw, ours : KEDA tuned", "No more than KEDA's: on how many of the draws.")
    for column in ("draws", "seed"):
        table.add_column(column)
    for column in _EACH.values():
        table.add_column(column, justify="right")
    for kind, held_out in (("designed with", False), ("held out", True)):
        chosen = [drawn for drawn in draws if drawn.held_out is held_out]
        for drawn in chosen:
            ours, theirs = drawn.scores["ours"], drawn.scores["hpa"]
            table.add_row(kind, str(drawn.seed), *(f"{getattr(ours, m)} : {getattr(theirs, m)}" for m in _EACH))
        counts = (sum(getattr(d.scores["ours"], m) <= getattr(d.scores["hpa"], m) for d in chosen) for m in _EACH)
        table.add_row("", "no more", *(f"{count} of {len(chosen)}" for count in counts))
        table.add_section()
    return table


def _named(comparison: Comparison) -> str:
    named = "; ".join(f"{_WAYS[key]}: {run.scaler}" for key, run in comparison.runs.items())
    return f"{_MEANS} {named}."


def _narrow(title: str, caption: str) -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, title=title, caption=caption, caption_justify="left")


def _cells(score: Score) -> tuple[str, ...]:
    return (
        str(score.changes),
        f"{score.replica_hours:.1f}",
        f"{score.oldest_seconds:,}",
        f"{score.seconds_over_target:,}",
        f"{score.late_seconds:,}",
        f"{score.mean_age:,.3f}" if score.mean_age < 10 else f"{score.mean_age:,.1f}",
    )
