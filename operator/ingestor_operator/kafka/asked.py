"""What Kafka has made of the settings that it was given, where it shows another text."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingestor_operator.kafka.settings import is_same_setting

SETTLES_AFTER = 3
"""Looks after which what Kafka shows is what it has made of the setting: a broker may show the old value at first."""


@dataclass(frozen=True)
class _Asked:
    text: str
    shown: str | None
    looks: int


class AskedSettings:
    """The settings given over one connection: one that Kafka shows in another text is not given again and again."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str], _Asked] = {}

    def gave(self, topic: str, settings: Mapping[str, str]) -> None:
        """Kafka has taken these settings of the topic."""
        self._asked |= {(topic, name): _Asked(text, None, 0) for name, text in settings.items()}

    def looked(self, topic: str, config: Mapping[str, str]) -> dict[str, str]:
        """Of the settings that Kafka shows in texts of its own, those that are what was asked: by name, as asked."""
        kept = {}
        for (where, name), asked in list(self._asked.items()):
            if where != topic:
                continue
            shown = config.get(name, "")
            if is_same_setting(asked.text, shown) or (asked.looks >= SETTLES_AFTER and shown != asked.shown):
                # There is nothing to remember, or somebody else has changed it since.
                del self._asked[where, name]
                continue
            self._asked[where, name] = _Asked(asked.text, shown, asked.looks + 1)
            kept[name] = asked.text
        return kept
