"""A run's counters in words."""

from collections.abc import Mapping

from ingestor_dev.sim.tally import Snapshot


def progress_line(now: Snapshot, before: Snapshot | None = None) -> str:
    """The counters in one line; the rate is that since `before`, or since the start."""
    seconds = now.seconds - (before.seconds if before else 0.0)
    durable = now.durable - (before.durable if before else 0)
    parts = [
        f"{now.seconds:.0f} s: {now.catalog} catalog entries, {now.sent} events and {now.repeats} repeats sent",
        f"durable: {_by_name(now.accepted) or 'none'} ({durable / max(seconds, 1e-9):.0f}/s)",
        f"latency p50 {_in_ms(now.latency.p50)}, p99 {_in_ms(now.latency.p99)}",
    ]
    if now.retried:
        parts.append(f"sent again: {_by_name(now.retried)}, last: {now.trouble}")
    if now.refused:
        parts.append(f"REFUSED: {now.refused}")
    return "; ".join(parts)


def _by_name(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _in_ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.1f} ms"
