"""The three requests that a partition's leader is asked, each in one version that every Kafka since 2.3 speaks.

The client library has the first of them; the other two are here, in its terms.
Source of the layouts: https://kafka.apache.org/protocol (ListOffsets 5, OffsetForLeaderEpoch 3, Fetch 11)
"""

from typing import Any, Final

from aiokafka.errors import IncompatibleBrokerVersion
from aiokafka.protocol.api import RequestStruct, Response
from aiokafka.protocol.fetch import FetchRequest_v11
from aiokafka.protocol.types import Array, Int8, Int16, Int32, Int64, Schema, String

CONSUMER: Final = -1
READ_COMMITTED: Final = 1
READ_UNCOMMITTED: Final = 0


class ListOffsetsResponse(Response):  # type: ignore[misc]
    API_KEY = 2
    API_VERSION = 5
    SCHEMA = Schema(
        ("throttle_ms", Int32),
        (
            "topics",
            Array(
                ("topic", String("utf-8")),
                (
                    "partitions",
                    Array(
                        ("partition", Int32),
                        ("error", Int16),
                        ("time", Int64),
                        ("offset", Int64),
                        ("leader_epoch", Int32),
                    ),
                ),
            ),
        ),
    )


class ListOffsetsRequest(RequestStruct):  # type: ignore[misc]
    API_KEY = 2
    API_VERSION = 5
    RESPONSE_TYPE = ListOffsetsResponse
    SCHEMA = Schema(
        ("replica", Int32),
        ("isolation_level", Int8),
        (
            "topics",
            Array(
                ("topic", String("utf-8")),
                ("partitions", Array(("partition", Int32), ("leader_epoch", Int32), ("time", Int64))),
            ),
        ),
    )


class EpochEndResponse(Response):  # type: ignore[misc]
    API_KEY = 23
    API_VERSION = 3
    SCHEMA = Schema(
        ("throttle_ms", Int32),
        (
            "topics",
            Array(
                ("topic", String("utf-8")),
                (
                    "partitions",
                    Array(("error", Int16), ("partition", Int32), ("leader_epoch", Int32), ("end_offset", Int64)),
                ),
            ),
        ),
    )


class EpochEndRequest(RequestStruct):  # type: ignore[misc]
    API_KEY = 23
    API_VERSION = 3
    RESPONSE_TYPE = EpochEndResponse
    SCHEMA = Schema(
        ("replica", Int32),
        (
            "topics",
            Array(
                ("topic", String("utf-8")),
                ("partitions", Array(("partition", Int32), ("current_leader_epoch", Int32), ("leader_epoch", Int32))),
            ),
        ),
    )


class Exactly:
    """A request in the version that it is written in, whatever else the broker speaks."""

    def __init__(self, request: Any) -> None:
        self._request = request

    def prepare(self, versions: dict[int, tuple[int, int]]) -> Any:
        """Called by the library when it sends. Raises IncompatibleBrokerVersion."""
        first, last = versions.get(self._request.API_KEY, (0, -1))
        if not first <= self._request.API_VERSION <= last:
            raise IncompatibleBrokerVersion(
                f"{type(self._request).__name__}: the broker speaks versions {first} to {last}, "
                f"not {self._request.API_VERSION}; Kafka 2.3 or newer is needed"
            )
        return self._request


def fetch_request(topic: str, partition: int, offset: int, epoch: int, *, bytes_: int, least: int, wait: float) -> Any:
    """Up to `bytes_` from `offset` on, though at least one record set.

    The broker waits up to `wait` seconds for `least` bytes. `epoch` is the leader's, as we believe.
    """
    no_session = (0, -1)
    places = [(topic, [(partition, epoch, offset, -1, bytes_)])]
    milliseconds = int(wait * 1000)
    return FetchRequest_v11(CONSUMER, milliseconds, least, bytes_, READ_COMMITTED, *no_session, places, [], "")
