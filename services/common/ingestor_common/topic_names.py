"""Names of Kafka topics: what no broker would make a topic of is refused at the start."""

import re
from typing import Final

LONGEST: Final = 249
TOPIC: Final = r"^(?:\.?\.?[a-zA-Z0-9_-]|\.\.\.)[a-zA-Z0-9._-]*$"
"""Kafka takes neither . nor .. for a name. Without what Go's regular expressions lack, as the CRD has it too."""

_TOPIC: Final = re.compile(TOPIC.removesuffix("$"))


def parse_topic(text: str) -> str:
    """The name as it is. Raises ValueError for one that Kafka refuses."""
    if len(text) > LONGEST or not _TOPIC.fullmatch(text):
        raise ValueError(f"must be 1 to {LONGEST} letters, digits, dots, _ and -, and neither . nor ..")
    return text
