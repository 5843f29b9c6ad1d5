"""What one partition says of itself: that it gets on, that it waits and why."""

from dataclasses import dataclass

from ingestor_consumer.holds import HoldReason, Holds
from ingestor_consumer.progress import Progress


@dataclass(frozen=True, slots=True)
class Reporter:
    """The partition's voice in what is shared by all."""

    holds: Holds
    progress: Progress
    partition: int

    def hold(self, reason: HoldReason, text: str) -> None:
        """It waits for something outside of it."""
        self.holds.hold(self.partition, reason, text)

    def release(self) -> None:
        """It does not wait any more."""
        self.holds.release(self.partition)

    def beat(self) -> None:
        """It goes on working: the probe fails where no next beat comes."""
        self.progress.beat(f"partition {self.partition}")

    def idle(self) -> None:
        """It waits for its turn, for as long as that takes."""
        self.progress.idle(f"partition {self.partition}")
