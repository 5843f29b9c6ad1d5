"""Whether a topic's setting is what was asked for, however it was written: Kafka keeps the value, not the text.

Kafka reads a setting by its type as Java does, and shows what it read: `"+03600000"` comes back as `3600000`,
`" True"` as `true`, `".50"` as `0.5`. The type itself is not shown, but what is shown tells it.
https://kafka.apache.org/documentation/#topicconfigs, org.apache.kafka.common.config.ConfigDef
"""

import re

_JAVA_TRIMS = "".join(map(chr, range(0x21)))
"""What Java's String.trim takes away."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
"""With as many digits as Python reads. Java takes digits of other scripts too: AskedSettings learns them."""
_SHOWN_INTEGER = re.compile(r"-?[0-9]+")
_SHOWN_DOUBLE = re.compile(r"-?[0-9]+\.[0-9]+(E-?[0-9]+)?")
_DOUBLE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?", re.ASCII)


def is_same_setting(wanted: str, present: str) -> bool:
    """Whether Kafka, which shows `present`, would read the same from `wanted`."""
    wanted, written = wanted.strip(_JAVA_TRIMS), wanted
    if present in (wanted, written):
        return True
    if present in ("true", "false"):
        return wanted.lower() == present
    if _SHOWN_INTEGER.fullmatch(present):
        return whole_number(wanted) == int(present)
    if _SHOWN_DOUBLE.fullmatch(present):
        return _DOUBLE.fullmatch(wanted) is not None and float(wanted.rstrip("fFdD")) == float(present)
    return "," in wanted and _items(wanted) == _items(present)


def whole_number(text: str) -> int | None:
    """The number that Kafka reads, or None where it refuses the text."""
    text = text.strip(_JAVA_TRIMS)
    return int(text) if _INTEGER.fullmatch(text) else None


def _items(text: str) -> frozenset[str]:
    """Items of a list. None of a topic's lists means another thing in another order, or with an item twice."""
    return frozenset(item.strip(_JAVA_TRIMS) for item in text.split(","))
