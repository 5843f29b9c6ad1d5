"""What the probes answer."""

from dataclasses import dataclass

from ingestor_consumer.assignment import Assignment
from ingestor_consumer.channel import Channel
from ingestor_consumer.opening import Opener
from ingestor_consumer.progress import Progress
from ingestor_consumer.watch import Watch


@dataclass(frozen=True, slots=True)
class Health:
    """Live: nothing is stuck. Ready: a member of the group, all its partitions are read, and both stores answer.

    A member without partitions is ready too: it stands by. Waiting for a store that is down is not being stuck: a
    restart would not help.
    """

    assignment: Assignment
    channel: Channel
    opener: Opener
    watch: Watch
    progress: Progress

    def live(self) -> str | None:
        """None, or what is stuck."""
        return self.progress.stuck()

    def ready(self) -> str | None:
        """None, or what is missing."""
        trouble = self.watch.kafka_trouble or self.channel.store_trouble or self.watch.postgres_trouble
        if trouble is not None:
            return trouble
        if not self.assignment.member:
            return "not in the consumer group yet"
        waiting = sorted(self.assignment.unopened())
        if waiting:
            return f"partitions {waiting} are not opened yet: {self.opener.trouble or 'under way'}"
        return None

    def paused(self) -> bool:
        """Whether partitions are held that are not being read."""
        return self.channel.held_back or bool(self.assignment.unopened())
