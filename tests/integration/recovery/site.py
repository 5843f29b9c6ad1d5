"""A Kafka, a Postgres with the database `ingestor`, and what the commands of docs/operations/disaster.md need."""

import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
from integration.consumer.world import World
from pages import DISASTER, Page, attempt_shell, run_shell

from ingestor_dev.embedded.kafka_jvm import tool_command
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_cluster import USER
from ingestor_dev.embedded.postgres_install import postgres_programs

PAGE = Page.read(DISASTER)
RESTORED = "ingestor_restored"
_CONSOLE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"


@dataclass
class Site:
    """Where a disaster takes place."""

    world: World
    server: EmbeddedPostgres
    folder: Path

    @classmethod
    def of(cls, brokers: str, topic: str, server: EmbeddedPostgres, folder: Path, processes: ExitStack) -> "Site":
        """Its consumers store into the database `ingestor` of the server."""
        return cls(World(brokers, topic, server.dsn(), folder, processes), server, folder)

    def restored(self) -> World:
        """The same with the database that `restore` makes."""
        return replace(self.world, database=self.server.dsn(RESTORED))

    def run(self, *blocks: str, world: World | None = None, **others: str) -> str:
        """What the page's blocks print; `ingestor-admin` works on `world`."""
        return run_shell(PAGE.script(*blocks, **others), self.folder, self.environment(world or self.world))

    def attempt(self, *blocks: str, world: World | None = None) -> tuple[int, str]:
        """The status that the page's blocks end with, and what they print."""
        done = attempt_shell(PAGE.script(*blocks), self.folder, self.environment(world or self.world))
        return done.returncode, done.stdout + done.stderr

    def environment(self, world: World) -> dict[str, str]:
        """What the page's commands find: Postgres' programs and ours, and where Kafka and Postgres are."""
        programs = (postgres_programs(None), Path(sys.executable).parent, self._kafka_tools())
        return world.environment() | {
            "PATH": ":".join([*map(str, programs), "/usr/bin", "/bin"]),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.server.config.port),
            "PGUSER": USER,
            "PGPASSWORD": self.server.dsn().split(":")[2].split("@")[0],
        }

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement over a connection of its own."""
        connection = await asyncpg.connect(self.server.dsn(database))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def lose_database(self) -> None:
        """Nothing of it is left, and who was connected is thrown out."""
        await self.execute("DROP DATABASE ingestor WITH (FORCE)")

    def _kafka_tools(self) -> Path:
        """A folder with Kafka's start script of the page, as its distribution has it."""
        tools = self.folder / "kafka-tools"
        tools.mkdir(exist_ok=True)
        script = tools / "kafka-console-consumer.sh"
        command = " ".join(f"'{word}'" for word in tool_command(_CONSOLE_CONSUMER))
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        script.chmod(0o755)
        return tools
