"""Which incarnation of the topic is being read: a topic that is deleted and made again is another one."""

from collections.abc import Callable
from typing import Final

import structlog

from ingestor_common.store.ledger import Source

log = structlog.get_logger(__name__)


class TopicRemade(RuntimeError):
    """The topic was deleted and made again since it was first read; the Kafka client starts over."""


class Incarnation:
    """`renew` is called when the topic is another one: a client keeps facts about the old one."""

    def __init__(self, renew: Callable[[], None]) -> None:
        self._renew: Final = renew
        self._source: Source | None = None

    def check(self, source: Source) -> None:
        """Raises TopicRemade where `source` is not what was read before."""
        if self._source is None:
            self._source = source
        if self._source == source:
            return
        log.warning("the topic was deleted and made again; starting over with it", topic=source.topic)
        self._source = None
        self._renew()
        raise TopicRemade(f"{source.topic} was deleted and made again")
