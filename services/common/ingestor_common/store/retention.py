"""What retention has dropped: events older than its mark are not stored any more."""

from datetime import datetime


class Expired(ValueError):
    """Events of the batch are older than `mark`: retention has dropped their months. Nothing of it was stored."""

    def __init__(self, mark: datetime) -> None:
        super().__init__(f"older than what retention has dropped (before {mark.isoformat()})")
        self.mark = mark
