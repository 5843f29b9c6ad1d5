"""A real Postgres 18 as a child process."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingestor_dev.embedded.account import unprivileged_account
from ingestor_dev.embedded.child import Child
from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.ports import require_free
from ingestor_dev.embedded.postgres_cluster import DATABASE, USER, Cluster, prepare_cluster
from ingestor_dev.embedded.postgres_install import postgres_programs
from ingestor_dev.embedded.postgres_settings import as_arguments, server_settings

START_TIMEOUT_SECONDS = 60.0
_STOP_TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True)
class PostgresConfig:
    """What a caller decides about an embedded Postgres.

    `home` holds the data and the log. `settings` are server settings by name; without any the data is as
    durable as Postgres's defaults make it (`postgres_settings.TEST_SPEED` gives that up for speed). `password` is
    that of the user `ingestor`, set when the cluster is made; None makes one up.
    """

    home: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)


class EmbeddedPostgres:
    """One Postgres server; `start` it, `stop` or `kill` it, `start` it again: its data stays in its folder.

    Started by root, the server runs as the account `nobody`, since Postgres refuses to run as root.
    """

    def __init__(self, config: PostgresConfig) -> None:
        self.config = config
        self._account = unprivileged_account()
        self._cluster: Cluster | None = None
        self._child: Child | None = None

    @property
    def log(self) -> Path:
        """The file that has the server's log."""
        return self.config.home / "postgres.log"

    @property
    def running(self) -> bool:
        """Whether the server's process is there."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The id of the server's first process.

        Raises:
            EmbeddedServerError: the server was not started.
        """
        return self._started()[0].pid

    @property
    def socket_folder(self) -> Path | None:
        """The folder of the server's unix socket; None where `home` is too long a path for one."""
        return self._started()[1].socket_folder

    def dsn(self, database: str = DATABASE) -> str:
        """The address of a database for clients, with user and password.

        Raises:
            EmbeddedServerError: the server was not started.
        """
        _, cluster = self._started()
        return f"postgresql://{USER}:{cluster.password}@127.0.0.1:{self.config.port}/{database}"

    def start(self) -> None:
        """Starts the server and returns without waiting for it (`wait_ready` does).

        The first start makes the cluster with initdb.

        Raises:
            EmbeddedServerError: the port is taken, the data is in use, or initdb failed.
        """
        if self.running:
            return
        require_free(self.config.port, "Postgres needs")
        self.config.home.mkdir(parents=True, exist_ok=True)
        programs = postgres_programs(self._account)
        self._cluster = prepare_cluster(
            self.config.home.absolute(), programs, self._account, self.log, self.config.password
        )
        self._cluster.clear_stale_pid()
        settings = server_settings(self.config.port, self._cluster.socket_folder, self.config.settings)
        self._child = Child(
            "Postgres",
            [programs / "postgres", "-D", self._cluster.data, *as_arguments(settings)],
            self.log,
            # An immediate shutdown: the server ends its other processes, which SIGKILL would leave behind.
            death_signal=signal.SIGQUIT,
            account=self._account,
        )

    def wait_ready(self, timeout: float = START_TIMEOUT_SECONDS) -> None:
        """Returns once the server takes connections, after recovery where the last run was killed.

        Raises:
            EmbeddedServerError: it ended, or was not ready within `timeout` seconds; with the end of its log.
        """
        child, cluster = self._started()
        child.wait_until(lambda: cluster.is_ready(child.pid), timeout)

    def stop(self) -> bool:
        """Disconnects clients and shuts the server down, kills it when that takes too long.

        Returns:
            Whether it ended by itself.
        """
        return self._child is None or self._child.stop(signal.SIGINT, _STOP_TIMEOUT_SECONDS)

    def kill(self) -> None:
        """Ends all the server's processes with SIGKILL, as a crash would."""
        if self._child is not None:
            self._child.kill()

    def restart(self) -> None:
        """Stops the server if it runs, starts it on the same data and waits until it is ready."""
        self.stop()
        self.start()
        self.wait_ready()

    def _started(self) -> tuple[Child, Cluster]:
        if self._child is None or self._cluster is None:
            raise EmbeddedServerError("Postgres was not started; call start() first")
        return self._child, self._cluster
