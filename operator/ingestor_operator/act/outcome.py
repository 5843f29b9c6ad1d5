"""What was done, and what could not be done."""

from dataclasses import dataclass

from ingestor_operator.plan.overlap import ANOTHER_OPERATOR
from ingestor_operator.plan.problem import Problem
from ingestor_operator.scaling import Decision

SCALED = "Scaled"
SCALED_BY_ANOTHER = "ScaledByAnother"
DRIFT_CORRECTED = "DriftCorrected"


@dataclass(frozen=True)
class MadeTopic:
    """A topic that was made just now; without an id where the brokers do not know it yet."""

    name: str
    id: str | None
    partitions: int


@dataclass(frozen=True)
class Outcome:
    """Facts to tell a person (as events), and failures (as conditions too)."""

    done: tuple[Problem, ...] = ()
    """What happened, as reason and sentence."""
    warnings: tuple[Problem, ...] = ()
    """What happened and was not meant to, such as drift."""
    topic_failures: tuple[Problem, ...] = ()
    failures: tuple[Problem, ...] = ()
    made: tuple[MadeTopic, ...] = ()
    """Topics that were made: the status remembers it, where Kafka does not let the owner mark be written."""
    outrun: bool = False
    """Whether somebody else took a topic first; the next look tells who."""
    late: Decision | None = None
    """A move of before whose answer was lost, and which is found made."""
    rolled: frozenset[str] = frozenset()
    """Names of the Deployments whose spec was written: what was observed of them is from before."""

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.done + other.done,
            self.warnings + other.warnings,
            self.topic_failures + other.topic_failures,
            self.failures + other.failures,
            self.made + other.made,
            self.outrun or other.outrun,
            self.late or other.late,
            self.rolled | other.rolled,
        )

    @property
    def scaled(self) -> bool:
        """Whether the number of consumers was written."""
        return any(item.reason == SCALED for item in self.done)

    @property
    def drifted(self) -> bool:
        """Whether what another writer changed, or another operator applied, was put back."""
        return any(item.reason in (DRIFT_CORRECTED, ANOTHER_OPERATOR) for item in self.warnings)

    @property
    def changed(self) -> bool:
        """Whether the world is not any more what was observed."""
        return bool(self.done or self.warnings)


def scaled_sentence(decision: Decision) -> str:
    """What is told of a move that was made."""
    return f"Scaled the consumers from {decision.current} to {decision.replicas}: {decision.message}"
