"""What the services say about themselves on /metrics, read into a few numbers."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters since the services started, and gauges now. `lag_records` is None where no consumer says."""

    accepted: Mapping[str, float] = field(default_factory=dict)
    rejected: float = 0
    persisted: float = 0
    duplicates: float = 0
    dead_lettered: float = 0
    lag_records: float | None = None
    unaccounted: float | None = None
    failover: bool = False

    @property
    def accepted_total(self) -> float:
        return sum(self.accepted.values())


def read(texts: list[str]) -> Reading:
    """One reading of all services' metrics, each in Prometheus' text format."""
    sums: defaultdict[str, float] = defaultdict(float)
    accepted: defaultdict[str, float] = defaultdict(float)
    for text in texts:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                sums[sample.name] += sample.value
                # Every mode has a series from the start; those that took something are of interest.
                if sample.name == "ingestor_events_accepted_total" and sample.value:
                    accepted[sample.labels["mode"]] += sample.value
    return Reading(
        accepted=dict(accepted),
        rejected=sums["ingestor_events_rejected_total"],
        persisted=sums["ingestor_events_persisted_total"],
        duplicates=sums["ingestor_events_duplicate_total"],
        dead_lettered=sums["ingestor_events_dead_lettered_total"],
        lag_records=sums.get("ingestor_consumer_lag_records"),
        unaccounted=sums.get("ingestor_ledger_unaccounted_records"),
        failover=sums["ingestor_failover_active"] > 0,
    )
