"""The owner mark of a topic: who keeps it, said in Kafka itself, where every operator of that Kafka can read it.

Kafka has no labels. The mark is the metadata of an offset that a group of the operator's own has committed on the
topic's first partition; nobody consumes by that group. Its offsets expire after `offsets.retention.minutes` (7 days by
default), so the mark is renewed.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from ingestor_common.json_text import ERRORS

MARK_GROUP = "ingestor-operator"
"""The consumer group whose committed offsets carry the marks."""
MARK_OFFSET = 2**62
"""Beyond every log's end: a tool that watches the lag of all groups has nothing to tell of this one."""

_KEY: Final = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?\Z"
Uid = Annotated[str, Meta(pattern=r"^[-.\w]{0,64}\Z")]


class OwnerMark(msgspec.Struct, frozen=True):
    """What the mark says; it counts only for the topic whose id it names.

    Whoever may commit for the group can write anything there, and names of the mark are told and looked up: a text with
    names that Kubernetes does not give is no mark.
    """

    owner: Annotated[str, Meta(pattern=_KEY)]
    """namespace/name of the IngestorDeployment."""
    uid: Uid
    """Its uid."""
    namespace: Uid
    """Uid of its namespace: two clusters may have a resource of the same name."""
    topic: str
    """Kafka's id of the topic."""
    made: bool
    """Whether the topic was made for that resource, not found."""
    renewed: float
    """When it was written, in seconds since 1970."""
    released: bool = False
    """Whether the resource has given the topic back, so that anybody may take it."""


def dump_mark(mark: OwnerMark) -> str:
    """The mark as an offset's metadata, of which Kafka keeps 4096 bytes by default."""
    return msgspec.json.encode(mark).decode()


def load_mark(metadata: str | None, topic_id: str) -> OwnerMark | None:
    """The mark, or None where the metadata is none, or is about an earlier topic of that name."""
    try:
        # librdkafka ends the text as C does; other clients show that.
        mark = msgspec.json.decode((metadata or "").rstrip("\0"), type=OwnerMark)
    except (*ERRORS, UnicodeEncodeError):
        return None
    return mark if mark.topic == topic_id else None
