"""Runs a command of the product, and again whenever a source file of the product changes: the images' dev stage."""

import subprocess
import sys
import time
from pathlib import Path

import ingestor_common

_PACKAGES = Path(ingestor_common.__file__).parents[1]
_LOOK_SECONDS = 0.5
_STOP_SECONDS = 20


def _dates() -> dict[Path, float]:
    sources = (path for package in _PACKAGES.glob("ingestor_*/") for path in package.rglob("*.py"))
    return {path: path.stat().st_mtime for path in sources if path.exists()}


def _until_changed(running: "subprocess.Popen[bytes]", seen: dict[Path, float]) -> dict[Path, float]:
    """Return what is new; also once a program that ended by itself has a change to try again with."""
    while (now := _dates()) == seen:
        running.poll()
        time.sleep(_LOOK_SECONDS)
    return now


def main() -> None:
    """Never ends by itself; SIGTERM ends both."""
    seen = _dates()
    while True:
        with subprocess.Popen(sys.argv[1:]) as running:
            try:
                seen = _until_changed(running, seen)
            finally:
                running.terminate()
                running.wait(_STOP_SECONDS)


if __name__ == "__main__":
    import signal

    # As Ctrl-C: the finally above passes it on.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
