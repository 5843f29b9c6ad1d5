"""When a resource that is being deleted is looked at again. kopf keeps it in an annotation, which others may write."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import kopf
import msgspec
from msgspec import Meta

from ingestor_operator.model.times import read_time
from ingestor_operator.observe.observe import utc_now

DELETION_RETRY = 2.0
"""Seconds after which a resource that may not go yet is looked at again, growing to its interval."""
_LONGEST_RETRY = timedelta(hours=1)
"""The longest interval that a resource may have."""


class Progress(kopf.AnnotationsProgressStorage):
    """What kopf keeps of an attempt that is to be followed by another. Nothing else in the annotation is believed.

    kopf takes what it finds there for its own: it fails over other types, and never lets the resource go; it waits for
    any time, whatever clock wrote it; and after a success or a failure it calls no handler, so that the topics stay.
    """

    def fetch(self, *, key: kopf.HandlerId, body: kopf.Body) -> Any:
        """The record; None, with which kopf begins anew, where it is none that kopf has written."""
        try:
            found = super().fetch(key=key, body=body)
        except (ValueError, RecursionError):
            return None
        return read_record(found, utc_now())


class _Record(msgspec.Struct):
    started: str | None = None
    delayed: str | None = None
    stopped: None = None
    purpose: Literal["delete"] | None = None
    retries: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    # kopf removes the record in the same write in which an attempt has been the last.
    success: bool | None = None
    failure: bool | None = None
    message: str | None = None
    # Of handlers that a handler has called. There is none; kopf would remove the annotations of these names.
    subrefs: None = None


def read_record(found: Any, now: datetime) -> dict[str, Any] | None:
    """The record, if kopf has written it; without a time that is further ahead than the last retry was put off."""
    try:
        record = msgspec.convert(found, _Record)
    except msgspec.ValidationError:
        return None
    times = (record.started, record.delayed)
    if record.success or record.failure or not all(_is_time(text) for text in times if text is not None):
        return None
    kept: dict[str, Any] = found
    longest = min(timedelta(seconds=DELETION_RETRY * max(1, record.retries or 0)), _LONGEST_RETRY)
    delayed = read_time(record.delayed)
    return kept | {"delayed": None} if delayed and delayed - now > longest else kept


def _is_time(text: str) -> bool:
    moment = read_time(text)
    # kopf reads fewer forms of a time than Python does.
    return moment is not None and text == moment.isoformat(timespec="microseconds")
