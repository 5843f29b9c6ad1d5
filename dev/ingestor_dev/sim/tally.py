"""The live counters of a run."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from ingestor_dev.sim.latency import Latencies, Percentiles

_SHOWN_REFUSALS = 5


@dataclass(frozen=True)
class Snapshot:
    """A run's counters at one moment.

    sent: events sent, each once; repeats: second sendings made on purpose; accepted: events told durable by
    mode, repeats among them; retried: requests sent again, by reason (a status, or `no answer`), with the
    last such reason in words in `trouble`; refused: events and entries that are at fault in the API's eyes,
    with its last reasons in `refusals`; catalog: entries put; in_flight: requests under way; latency: of the
    requests that were taken; seconds: since the start.
    """

    sent: int
    repeats: int
    accepted: Mapping[str, int]
    retried: Mapping[str, int]
    trouble: str | None
    refused: int
    refusals: tuple[str, ...]
    catalog: int
    in_flight: int
    latency: Percentiles
    seconds: float

    @property
    def durable(self) -> int:
        """How often an event was told durable."""
        return sum(self.accepted.values())


class Tally:
    """Counts; `snapshot` gives what was counted."""

    def __init__(self) -> None:
        self._since = perf_counter()
        self.sent = 0
        self.repeats = 0
        self.catalog = 0
        self.in_flight = 0
        self.accepted: Counter[str] = Counter()
        self._retried: Counter[str] = Counter()
        self.latencies = Latencies()
        self._trouble: str | None = None
        self._refused = 0
        self._refusals: deque[str] = deque(maxlen=_SHOWN_REFUSALS)

    def retry(self, reason: str, words: str) -> None:
        """Count a request that is sent again, for a reason of few kinds; `words` say more."""
        self._retried[reason] += 1
        self._trouble = words

    def refuse(self, reason: str) -> None:
        """Count an event or entry the API calls wrong; the last few reasons are kept."""
        self._refused += 1
        self._refusals.append(reason)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            sent=self.sent,
            repeats=self.repeats,
            accepted=dict(self.accepted),
            retried=dict(self._retried),
            trouble=self._trouble,
            refused=self._refused,
            refusals=tuple(self._refusals),
            catalog=self.catalog,
            in_flight=self.in_flight,
            latency=self.latencies.percentiles(),
            seconds=perf_counter() - self._since,
        )
