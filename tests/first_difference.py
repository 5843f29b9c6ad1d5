"""Where two objects first differ, for assertions."""

from typing import Any

from ingestor_operator.kubernetes.difference import differences
from ingestor_operator.kubernetes.ownership import Fields


def first_difference(wanted: Any, live: Any, path: str = "", ours: Fields | None = None) -> str | None:
    """Path of the first of the `differences`; None if there is none."""
    return next((difference.path for difference in differences(wanted, live, path, ours)), None)
