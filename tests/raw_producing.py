"""Handing record sets to a broker as they are, for what no client would send."""

from collections.abc import Sequence

from aiokafka.conn import create_conn
from aiokafka.protocol.produce import ProduceRequest

_SECONDS = 30
_ALL = -1


async def produce_sets(bootstrap: str, topic: str, partition: int, sets: Sequence[bytes]) -> list[int]:
    """Send each set in a request of its own; gives the offset that each begins at. All are acknowledged."""
    host, port = bootstrap.split(":")
    connection = await create_conn(host, int(port), request_timeout_ms=_SECONDS * 1000)
    try:
        found = []
        for encoded in sets:
            answer = await connection.send(
                ProduceRequest(None, _ALL, _SECONDS * 1000, [(topic, [(partition, encoded)])])
            )
            _, code, offset, *_ = answer.topics[0][1][0]
            assert code == 0, f"the broker refuses the set: error {code}"
            found.append(offset)
        return found
    finally:
        closed = connection.close()
        if closed is not None:
            await closed
