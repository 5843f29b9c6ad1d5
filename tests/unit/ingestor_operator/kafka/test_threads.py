"""A Kafka that does not answer holds up nobody but its own resource."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaException

from ingestor_operator.kafka.committed import CommittedOffsets
from ingestor_operator.kafka.threads import in_thread


@pytest.fixture
def black_hole() -> Iterator[str]:
    """Address of a server that takes every connection and answers nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


async def test_many_that_wait_leave_the_event_loops_threads_free(black_hole: str) -> None:
    config: dict[str, str | int] = {"bootstrap.servers": black_hole, "log_level": 0}
    waiting = [CommittedOffsets(config, 2.0) for _ in range(40)]
    asked = [asyncio.create_task(offsets.of("group", "topic", 1)) for offsets in waiting]
    await asyncio.sleep(0.1)
    begin = time.monotonic()
    # As the client of the Kubernetes API resolves a name.
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)
    assert time.monotonic() - begin < 1
    assert not any(task.done() for task in asked)
    failures = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(failure) for failure in failures} == {KafkaException}
    for offsets in waiting:
        offsets.close()


async def test_what_nobody_waits_for_runs_to_its_end_without_harm() -> None:
    begin, ended = threading.Event(), threading.Event()

    def work() -> None:
        begin.wait(10)
        ended.set()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await in_thread(work)
    begin.set()
    assert await in_thread(lambda: ended.wait(10))


async def test_a_failure_comes_out() -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await in_thread(work)
