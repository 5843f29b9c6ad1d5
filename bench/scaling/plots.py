"""One picture a scenario: what arrives, what waits and for how long, how many consumers run."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from bench.scaling.comparison import LATE, TARGET, Comparison, Run
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import NDArray

COLORS = {"hpa_default": "#9a9a9a", "hpa_cpu": "#59a14f", "hpa": "#e67e22", "ours": "#1f5fa8"}
"""In the order the lines are drawn: ours last, on top."""

ALARM = "#c0392b"


def draw(comparison: Comparison, folder: Path) -> Path:
    """Writes the picture of a comparison into `folder` and returns its path."""
    figure, axes = plt.subplots(
        7, 1, figsize=(12, 13), sharex=True, height_ratios=(1, 1.2, 1.5, 0.9, 0.9, 0.9, 0.9), layout="constrained"
    )
    scenario = comparison.scenario
    figure.suptitle(f"{scenario.name}: {scenario.tells}", fontsize=14, x=0.01, ha="left", fontweight="bold")
    _arrivals(axes[0], comparison)
    _lag(axes[1], comparison)
    _waiting(axes[2], comparison)
    for panel, key in zip(axes[3:], reversed(COLORS), strict=True):
        _consumers(panel, comparison, comparison.runs[key], COLORS[key])
    _clock(axes[-1], comparison)
    path = folder / f"{scenario.name}.png"
    figure.savefig(path, dpi=100)
    plt.close(figure)
    return path


def _arrivals(axes: Axes, comparison: Comparison) -> None:
    total = comparison.workload.arrivals.sum(axis=1)
    kept = total[: len(total) - len(total) % 30].reshape(-1, 30).mean(axis=1)
    axes.fill_between(_hours(comparison, 30), kept, color="#b8cfe5", linewidth=0)
    _tidy(axes, "records arriving, per second")


def _lag(axes: Axes, comparison: Comparison) -> None:
    _lines(axes, comparison, {key: run.trace.lag for key, run in comparison.runs.items()})
    axes.set_ylim(bottom=0)
    _tidy(axes, "lag: records waiting (all four, in the colours below)")


def _lines(axes: Axes, comparison: Comparison, values: dict[str, list[int]]) -> None:
    every = 60 if comparison.workload.seconds > 4 * 3600 else 10
    for key, color in COLORS.items():
        ours = key == "ours"
        highest = _highest(values[key], every)
        axes.plot(_hours(comparison, every), highest, color=color, linewidth=1.8 if ours else 1.2)


def _waiting(axes: Axes, comparison: Comparison) -> None:
    _lines(axes, comparison, {key: run.trace.age for key, run in comparison.runs.items()})
    for level, name in ((TARGET, "target"), (LATE, f"{LATE:.0f} s")):
        axes.axhline(level, color=ALARM, linestyle="--", linewidth=1.1 if level == TARGET else 0.6)
        axes.text(
            0.998, level, name, color=ALARM, ha="right", va="bottom", clip_on=True, transform=axes.get_yaxis_transform()
        )
    oldest = max(max(run.trace.age) for run in comparison.runs.values())
    if oldest > 5 * TARGET:
        axes.set_yscale("symlog", linthresh=TARGET)
        axes.set_yticks([0, 30, 60, *(tick for tick in (300, 900, 1800, 3600) if tick < 1.3 * oldest)])
        axes.minorticks_off()
    axes.set_ylim(0, max(1.3 * oldest, 1.2 * TARGET if oldest > TARGET / 2 else 2 * LATE))
    within = f"; the target is {TARGET:.0f}" if axes.get_ylim()[1] < TARGET else ""
    _tidy(axes, f"age of the oldest waiting record, in seconds{within}")


def _consumers(axes: Axes, comparison: Comparison, run: Run, color: str) -> None:
    hours = _hours(comparison, 10)
    replicas = run.trace.replicas[::10][: len(hours)]
    axes.fill_between(hours, replicas, step="post", color=color, alpha=0.25, linewidth=0)
    axes.step(hours, replicas, where="post", color=color, linewidth=1.3)
    axes.set_ylim(0, comparison.workload.partitions + 0.5)
    axes.yaxis.set_major_locator(MultipleLocator(4))
    costs = (
        f"consumers, {run.scaler}: {run.score.changes} changes, {run.score.replica_hours:.1f} replica hours, "
        f"oldest record {run.score.oldest_seconds:,} s, {run.score.late_seconds:,} s later than {LATE:.0f} s"
    )
    _tidy(axes, costs, color)


def _hours(comparison: Comparison, every: int) -> NDArray[np.float64]:
    seconds = comparison.workload.seconds
    return comparison.workload.starts_at + np.arange(0, seconds - seconds % every, every) / 3600


def _highest(values: list[int], every: int) -> NDArray[np.int64]:
    """The highest of every `every` values, so that no short peak is lost in the picture."""
    kept = np.asarray(values[: len(values) - len(values) % every])
    highest: NDArray[np.int64] = kept.reshape(-1, every).max(axis=1)
    return highest


def _clock(axes: Axes, comparison: Comparison) -> None:
    hours = _hours(comparison, 10)
    axes.set_xlim(hours[0], hours[-1])
    axes.xaxis.set_major_locator(MultipleLocator(2 if len(hours) > 5000 else 0.5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{int(at):02d}:{round(at * 60) % 60:02d}"))


def _tidy(axes: Axes, title: str, color: str = "#333333") -> None:
    axes.set_title(title, loc="left", fontsize=10.5, color=color)
    axes.spines[["top", "right"]].set_visible(False)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)
