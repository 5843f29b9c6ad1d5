"""The outcome of a verification in words."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from ingestor_dev.sim.comparison import Comparison, Fault, FaultKind

_SHOWN_OF_A_KIND = 5


@dataclass(frozen=True)
class Verdict:
    """All sessions' comparisons together."""

    comparisons: Collection[Comparison]

    @property
    def passed(self) -> bool:
        return not any(comparison.faults for comparison in self.comparisons)

    def lines(self) -> list[str]:
        """One line when all is well; otherwise the counts and the first faults of each kind as well."""
        told = sum(comparison.told for comparison in self.comparisons)
        absorbed = sum(comparison.absorbed for comparison in self.comparisons)
        in_doubt = sum(comparison.in_doubt for comparison in self.comparisons)
        there = sum(comparison.in_doubt_stored for comparison in self.comparisons)
        what = (
            f"{told} events of {len(self.comparisons)} sessions told durable, {absorbed} repeats absorbed, "
            f"{in_doubt} in doubt ({there} of them stored)"
        )
        if self.passed:
            return [f"ok: {what}; none lost, doubled, altered or unknown"]
        return [f"FAILED: {what}; {self._counts()}", *self._examples()]

    def _counts(self) -> str:
        counts = Counter(fault.kind for fault in self._faults())
        return ", ".join(f"{counts[kind]} {kind.value}" for kind in FaultKind)

    def _examples(self) -> list[str]:
        faults = self._faults()
        return [
            f"{fault.kind.value}: event {fault.event_id} of session {fault.session_id}: {fault.detail}"
            for kind in FaultKind
            for fault in [each for each in faults if each.kind is kind][:_SHOWN_OF_A_KIND]
        ]

    def _faults(self) -> list[Fault]:
        return [fault for comparison in self.comparisons for fault in comparison.faults]
