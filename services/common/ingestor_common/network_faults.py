"""Why a connection was not made or did not last, in plain words: no class of Python's, no number of the system's."""

import errno
import os
import re
import socket
import ssl
from typing import Final

_NUMBER: Final = re.compile(r"\[Errno (-?\d+)\]")
"""How Python begins the text of an OSError; one that tells of several addresses has it in the middle."""
_OPENSSL: Final = re.compile(r"^\[[^\]]*\] | \(_ssl\.c:\d+\)$")
_CLASSES: Final = re.compile(r"^(?:\w+(?:Error|Exception|Interrupted)(?:: |$))+")
NO_ANSWER: Final = "no answer in time"
_ENDED: Final = "the connection was closed"


def network_fault(error: BaseException) -> str:
    """A few words for the error, to stand after a colon and without the address, which its caller knows."""
    if isinstance(error, TimeoutError):
        return NO_ANSWER
    if isinstance(error, socket.gaierror):
        return "the name of the host is not found"
    if isinstance(error, (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, EOFError)):
        return _ENDED
    if isinstance(error, ssl.SSLError):
        return f"TLS fails: {_OPENSSL.sub('', str(error)).strip() or 'no reason given'}"
    if number := _number(error):
        return os.strerror(number).lower() if number > 0 else "the name of the host is not found"
    # A Kafka client's errors begin with the names of their classes.
    return _CLASSES.sub("", str(error)).strip(". ") or _ENDED


def _number(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    if isinstance(error, ConnectionRefusedError):
        return errno.ECONNREFUSED
    found = _NUMBER.search(str(error))
    return int(found[1]) if found else None
