"""One command uses the data of a server; its lock ends with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.up.in_use import User, held, user_of

_HOLD = (
    "import sys, time; from pathlib import Path; from ingestor_dev.up.in_use import held\n"
    "with held(Path(sys.argv[1]), ['kafka'], 'make kafka'): print('held', flush=True); time.sleep(600)"
)


def test_what_is_held_is_refused_to_others_with_whom_to_stop_and_how(tmp_path: Path) -> None:
    with held(tmp_path, ["database", "kafka"], "make up"):
        assert user_of(tmp_path, "kafka") == User("make up", os.getpid())
        with (
            pytest.raises(
                EmbeddedServerError, match=rf"make up \(process {os.getpid()}\) uses the kafka data.*: Ctrl-C where"
            ),
            held(tmp_path, ["kafka"], "make kafka"),
        ):
            pass
    assert user_of(tmp_path, "kafka") is None


def test_one_that_is_refused_holds_nothing(tmp_path: Path) -> None:
    with held(tmp_path, ["kafka"], "make kafka"):
        with pytest.raises(EmbeddedServerError, match="make stop"), held(tmp_path, ["database", "kafka"], "make up"):
            pass
        assert user_of(tmp_path, "database") is None


def test_a_killed_command_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLD, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert user_of(tmp_path, "kafka") == User("make kafka", holder.pid)
        holder.kill()
    with held(tmp_path, ["kafka"], "make up"):
        assert user_of(tmp_path, "kafka") == User("make up", os.getpid())


def test_a_lock_on_a_file_that_make_clean_removed_keeps_others_out_of_the_new_one(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "kafka.lock"
    with held(tmp_path, ["kafka"], "make clean"):
        lock.unlink()
    with held(tmp_path, ["kafka"], "make up"), pytest.raises(EmbeddedServerError), held(tmp_path, ["kafka"], "make up"):
        pass
