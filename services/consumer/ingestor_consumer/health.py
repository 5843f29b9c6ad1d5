"""What the probes answer."""

from dataclasses import dataclass

from ingestor_consumer.assignment import Assignment
from ingestor_consumer.holds import Holds
from ingestor_consumer.joining import Joining
from ingestor_consumer.progress import Progress
from ingestor_consumer.watch import NOT_ASKED, Watch


@dataclass(frozen=True, slots=True)
class Health:
    """Live: nothing is stuck. Ready: a member of the group, all its partitions get on, and both stores answer.

    A member without partitions is ready too: it stands by. Waiting for a store that is down is not being stuck: a
    restart would not help.
    """

    assignment: Assignment
    joining: Joining
    holds: Holds
    watch: Watch
    progress: Progress

    def live(self) -> str | None:
        """None, or what is stuck."""
        return self.progress.stuck()

    def ready(self) -> str | None:
        """None, or what is missing."""
        if (not_joining := self.joining.describe()) is not None:
            return "; ".join(filter(None, [not_joining, self.watch.kafka_fault]))
        fault = self.watch.kafka_fault or self.holds.describe() or self.watch.postgres_fault
        if fault is None and not self.assignment.member:
            return ": ".join(filter(None, ["not in the consumer group yet", self.assignment.refusal]))
        return fault

    def sees(self) -> dict[str, str]:
        """What it sees of its database: `up`, `down: ` and what is wrong, or that it has not been looked at.

        The topic is asked first. Who else stores into it is said where it is known.
        """
        shared = self.watch.neighbours.describe()
        return {"database": self._database()} | ({"database_shared_with": shared} if shared else {})

    def _database(self) -> str:
        if self.watch.postgres_fault == NOT_ASKED:
            return "not looked at yet"
        return f"down: {self.watch.postgres_fault}" if self.watch.postgres_fault else "up"
