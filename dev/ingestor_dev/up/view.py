"""The live view: a table that renews itself on a terminal, a plain line every few seconds elsewhere."""

from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

from ingestor_dev.up.gauges import Reading


@dataclass(frozen=True, slots=True)
class Frame:
    """Two readings `seconds` apart, and how many rows `events` holds."""

    before: Reading
    now: Reading
    seconds: float
    stored: int
    stored_before: int
    traffic: str

    def rate(self, before: float, now: float) -> float:
        """Per second; a service that restarted counts from 0 again, and that is no negative rate."""
        return max(0.0, now - before) / self.seconds if self.seconds else 0.0


def ledger_word(reading: Reading) -> str:
    """The ledger's balance in words."""
    if reading.unaccounted is None:
        return "no consumer"
    return "balanced" if reading.unaccounted == 0 else f"OFF BY {reading.unaccounted:.0f}"


def plain(frame: Frame) -> str:
    """The frame as one line."""
    now, before = frame.now, frame.before
    lag = "-" if now.lag_records is None else f"{now.lag_records:.0f}"
    return (
        f"accepted {frame.rate(before.accepted_total, now.accepted_total):.0f}/s ({_paths(now)})"
        f"  stored {frame.rate(frame.stored_before, frame.stored):.0f}/s (total {frame.stored})"
        f"  lag {lag}  duplicates {now.duplicates:.0f}  dead letters {now.dead_lettered:.0f}"
        f"  ledger {ledger_word(now)}" + ("  FAILOVER" if now.failover else "")
    )


def table(frame: Frame) -> Table:
    """The frame as a table for a terminal."""
    now, before = frame.now, frame.before
    view = Table(box=box.SIMPLE_HEAD, header_style="bold", caption_justify="left")
    view.add_column("")
    view.add_column("a second", justify="right", min_width=10)
    view.add_column("total", justify="right", min_width=12)
    modes = sorted(now.accepted) or ["kafka"]
    for mode in modes:
        rate = frame.rate(before.accepted.get(mode, 0), now.accepted.get(mode, 0))
        view.add_row(f"accepted by {mode}", f"{rate:,.0f}", f"{now.accepted.get(mode, 0):,.0f}")
    view.add_row("stored", f"{frame.rate(frame.stored_before, frame.stored):,.0f}", f"{frame.stored:,}")
    view.add_row("duplicates", f"{frame.rate(before.duplicates, now.duplicates):,.0f}", f"{now.duplicates:,.0f}")
    view.add_row("rejected", f"{frame.rate(before.rejected, now.rejected):,.0f}", f"{now.rejected:,.0f}")
    view.add_row("dead letters", "", _alarm(f"{now.dead_lettered:,.0f}", now.dead_lettered > 0))
    view.add_row("lag", "", "-" if now.lag_records is None else f"{now.lag_records:,.0f}")
    view.add_row("ledger", "", _alarm(ledger_word(now), bool(now.unaccounted)))
    view.add_row("Kafka", "", _alarm("failed over to Postgres" if now.failover else "ok", now.failover))
    view.caption = f"traffic: {frame.traffic}; Ctrl-C stops"
    return view


def _paths(reading: Reading) -> str:
    return ", ".join(f"{mode} {count:.0f}" for mode, count in sorted(reading.accepted.items())) or "none yet"


def _alarm(text: str, alarming: bool) -> Text:
    return Text(text, style="bold red" if alarming else "green")
