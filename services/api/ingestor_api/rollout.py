"""Which events go through Kafka while a running system is moved over in phases."""

from dataclasses import dataclass
from zlib import crc32

from ingestor_api.settings import ApiSettings
from ingestor_common.events import Event


@dataclass(frozen=True, slots=True)
class Rollout:
    """`percent` of the sessions, by a hash that every API process shares, so that a session stays on one path."""

    percent: int
    event_types: frozenset[str]

    def takes(self, event: Event) -> bool:
        """Whether `event` belongs to Kafka."""
        if self.event_types and event.event_type not in self.event_types:
            return False
        return self.percent == 100 or crc32(event.session_id.bytes) % 100 < self.percent


def rollout_of(settings: ApiSettings) -> Rollout:
    """The rollout as configured."""
    return Rollout(settings.kafka_rollout_percent, frozenset(settings.kafka_event_types))
