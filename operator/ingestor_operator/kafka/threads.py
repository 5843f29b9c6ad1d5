"""Blocking calls of the Kafka clients, each in a thread of its own.

Not in the event loop's pool of threads: that is small, and shared with the name resolution of the Kubernetes client, so
a few resources whose Kafka does not answer would hold up all others. The threads are daemons: a call that never returns
does not keep the process from ending.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """What the work gives or raises; it runs to its end also where nobody waits for it any more."""
    done: Future[T] = Future()
    # So that it cannot be cancelled while the thread is about to tell its end.
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:
            done.set_exception(error)

    threading.Thread(target=run, name="kafka", daemon=True).start()
    return await asyncio.wrap_future(done)


def drop_in_thread(things: list[Any]) -> None:
    """Empty the list in a thread: the end of a Kafka client waits for its own threads, which may resolve a name."""
    threading.Thread(target=things.clear, name="kafka", daemon=True).start()
