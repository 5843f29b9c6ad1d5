"""kopf's log lines about objects."""

import logging
from typing import Final

OBJECT_LOGGER: Final = "kopf.objects"
_WAITS: Final = " failed temporarily: "
"""How kopf tells, as an error and at each look, that a handler is to be called again: only a deletion that waits is."""


class ObjectLines(logging.Filter):
    """Gives each line the name of its object, and drops those of a deletion that waits.

    What it waits for is logged once, with the event that tells it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        text = record.getMessage()
        if _WAITS in text:
            return False
        if found := getattr(record, "k8s_ref", None):
            record.msg, record.args = f"{found['namespace']}/{found['name']}: {text}", ()
        return True
