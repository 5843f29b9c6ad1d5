"""How a command of ours begins: its modules take most of a second to load, and a signal may come meanwhile."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

INTERRUPTED = 128 + signal.SIGINT
"""The status with which a shell tells that Ctrl-C ended a command."""


def run(module: str) -> None:
    """Load `module` and call its `main`. Ctrl-C ends it with 130 and no traceback, as a shell expects.

    While it loads, SIGTERM ends it with 143, also in a container, whose first process is not ended otherwise.
    """
    with _ended_by(signal.SIGINT), _ended_by(signal.SIGTERM):
        main = import_module(module).main
    try:
        main()
    except (KeyboardInterrupt, SystemError) as error:
        if not is_interruption(error):
            raise
        sys.exit(INTERRUPTED)


def is_interruption(error: BaseException) -> bool:
    """Whether Ctrl-C has raised it: in a call of a library in C, a SystemError whose cause is a KeyboardInterrupt."""
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt)


@contextmanager
def _ended_by(number: signal.Signals) -> Iterator[None]:
    before = signal.getsignal(number)
    if before is signal.SIG_IGN:
        # As nohup asks.
        yield
        return
    # At once: an exception would be raised in the middle of an import, which may make another one of it.
    signal.signal(number, lambda number, _: os._exit(128 + number))
    try:
        yield
    finally:
        signal.signal(number, before)
