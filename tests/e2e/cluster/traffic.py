"""The simulator against the installation, and its verdict on the database."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from e2e.cluster.installation import URL
from e2e.cluster.kube import forwarded
from e2e.commands import REPOSITORY, attempt

SIMULATOR = str(Path(sys.executable).parent / "ingestor-sim")


@dataclass
class Traffic:
    """A run of the simulator."""

    truth: Path
    process: "subprocess.Popen[str]"
    said: str = ""

    def stop(self) -> str:
        """End it, and give its last line: what was sent, how it was taken, and what had to be sent again."""
        if not self.said:
            self.process.terminate()
            self.said = self.process.communicate(timeout=90)[0]
            assert self.process.returncode == 0, self.said
        return self.said.strip().splitlines()[-1]

    @property
    def sent_again(self) -> str:
        """What the simulator had to send again, in its words; empty where no request failed."""
        found = re.search(r"sent again: .*", self.stop())
        return found[0] if found else ""

    def taken(self, mode: str) -> int:
        """Events that were told durable by a way: kafka or direct."""
        found = re.search(rf"(\d+) {mode}", self.stop())
        return int(found[1]) if found else 0

    def verify(self, seconds: int = 90, database: str = "ingestor") -> None:
        """Every event that was told durable is stored once and unaltered."""
        self.stop()
        with forwarded("service/postgres", 5432) as port:
            dsn = f"postgresql://ingestor:ingestor@127.0.0.1:{port}/{database}"
            options = ("--truth", str(self.truth), "--database-url", dsn, "--wait", str(seconds))
            done = attempt(SIMULATOR, "verify", *options, seconds=seconds + 60)
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def traffic(folder: Path, *options: str) -> Iterator[Traffic]:
    """A few hundred events a second while inside."""
    truth = folder / "truth"
    command = [SIMULATOR, "--url", URL, "--speed", "60", "--rate", "200", "--truth", str(truth), *options]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        run = Traffic(truth, process)
        try:
            yield run
        finally:
            if process.poll() is None and not run.said:
                run.stop()
