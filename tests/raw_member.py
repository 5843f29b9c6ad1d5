"""A member of a group by Kafka's own requests, for assignments and protocol types that no consumer would bring."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.group import JoinGroupRequest, LeaveGroupRequest, SyncGroupRequest

_SESSION_MS = 60_000
_COORDINATOR_MOVES = (14, 15, 16)
_MEMBER_ID_REQUIRED = 79
_UNKNOWN_SERVER_ERROR = -1

ONE_PARTITION = b"\0\1\0\0\0\1\0\1t\0\0\0\1\0\0\0\1\xff\xff\xff\xff"
"""An assignment of partition 1 of topic t, without user data."""

HOSTILE = (
    b"\0",
    ONE_PARTITION[:-5],
    b"\0\0\x7f\xff\xff\xff",
    b"\0\0\x80\0\0\0",
    b"\0\0\0\0\0\1\x7f\xffquiz-events",
    b"\0\0\0\0\0\1\xff\xff\0\0\0\1\0\0\0\0",
    b"\0\0\0\0\0\1\0\1t\x7f\xff\xff\xff\0\0\0\1",
    b"\0\0\0\0\0\1\0\1t\xff\xff\xff\xfe",
    b"\0\0\0\0\0\1\0\2\xc3\x28\0\0\0\0",
    b"\xff" * 7,
    b'{"version":1}',
)
"""No assignments: cut off, with huge and with negative lengths, with a name that is no text."""


class MetadataRefused(Exception):
    """The broker itself reads what a member subscribes to, and fails over some of it."""


class RawMember:
    """A member of a group. Where it was the first one it is the leader, who gives all of them their assignments."""

    def __init__(self, connection: AIOKafkaConnection, group: str, protocol_type: str) -> None:
        self._connection = connection
        self._group = group
        self._protocol_type = protocol_type
        self._member_id = ""

    async def hold(self, assignment: bytes, metadata: bytes = b"", protocol: str = "raw") -> int:
        """Join, again with other bytes where it has joined before. The group is stable then.

        Gives how many members got the assignment. Raises MetadataRefused, after which the group is in a state of its
        own until the member's session ends.
        """
        join = await self._join([(protocol, metadata)])
        if join.error_code == _UNKNOWN_SERVER_ERROR:
            raise MetadataRefused
        assert join.error_code == 0, f"the broker refuses the member: error {join.error_code}"
        held = [(each[0], assignment) for each in join.members]
        sync = SyncGroupRequest(self._group, join.generation_id, join.member_id, None, held)
        answer = await self._connection.send(sync)
        assert answer.error_code == 0, f"the broker refuses the assignment: error {answer.error_code}"
        return len(held)

    async def leave(self) -> None:
        await self._connection.send(LeaveGroupRequest(self._group, self._member_id))

    async def _join(self, protocols: list[tuple[str, bytes]]) -> Any:
        """The answer, asked for again while the cluster's first group is being made."""
        while True:
            await self._connection.send(FindCoordinatorRequest(self._group, 0))
            join = await self._connection.send(
                JoinGroupRequest(
                    self._group, _SESSION_MS, _SESSION_MS, self._member_id, None, self._protocol_type, protocols
                )
            )
            self._member_id = join.member_id
            if join.error_code not in (*_COORDINATOR_MOVES, _MEMBER_ID_REQUIRED):
                return join
            await asyncio.sleep(0.1)


@asynccontextmanager
async def joined(
    bootstrap: str, group: str, protocol_type: str, assignment: bytes, protocol: str = "raw", metadata: bytes = b""
) -> AsyncIterator[RawMember]:
    """A group with this one member, stable while inside. The broker has to be the cluster's only one."""
    host, port = bootstrap.split(":")
    connection = await create_conn(host, int(port), request_timeout_ms=_SESSION_MS)
    member = RawMember(connection, group, protocol_type)
    try:
        await member.hold(assignment, metadata, protocol)
        yield member
        await member.leave()
    finally:
        closed = connection.close()
        if closed is not None:
            await closed
