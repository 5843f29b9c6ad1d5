"""`ingestor-admin rebuild-projections`."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import click

from ingestor_admin.failures import Failure, WrongUsage, plain_failures, settings
from ingestor_admin.parameters import IDENTIFIER
from ingestor_admin.settings import AdminSettings
from ingestor_common.store.known_ids import NIL, questions_after, questions_of, sessions_after
from ingestor_common.store.pool import Connection, open_pool
from ingestor_common.store.rebuild import Difference, rebuild_keys, rebuild_session
from ingestor_common.times import parse_time

_STATEMENT_SECONDS: Final = 300.0
_PAGE: Final = 500
_TOLD_EVERY_SECONDS: Final = 1.0


@dataclass(slots=True)
class Outcome:
    """What has been looked at and found so far. `last` is the session that all up to are done with."""

    last: str
    sessions: int = 0
    differing: set[str] = field(default_factory=set)
    differences: int = 0
    keys: int = 0
    dropped: int = 0

    def found(self, differences: Sequence[Difference]) -> None:
        """Count and print differences."""
        for difference in differences:
            click.echo(str(difference))
            if difference.session_id is None:
                self.keys += 1
            else:
                self.differing.add(difference.session_id)
        self.differences += len(differences)

    def __str__(self) -> str:
        dropped = f", {self.dropped} whose events were dropped left as they are" if self.dropped else ""
        return (
            f"{self.sessions} sessions, {self.differences} differences in {len(self.differing)} sessions and "
            f"{self.keys} answer keys{dropped}"
        )


@click.command("rebuild-projections")
@click.option("--session", type=IDENTIFIER, help="Only this session.")
@click.option("--since", help="Only sessions with an event from this time on, such as 2026-09-01T08:30:00Z.")
@click.option("--after", type=IDENTIFIER, help="Only sessions after this one: go on where an earlier run stopped.")
@click.option("--dry-run", is_flag=True, help="Say what differs, and change nothing; exit with 1 if anything does.")
def rebuild_command(session: UUID | None, since: str | None, after: UUID | None, dry_run: bool) -> None:
    """Compute what the reports read from the events again, say what differs, and repair it.

    Goes session by session and may run beside everything else. May be stopped at any time; what is repaired stays.
    """
    chosen = settings()
    start = _time(since) if since else None
    outcome = Outcome(last=str(after) if after else NIL)
    try:
        with plain_failures(chosen):
            asyncio.run(_run(chosen, Rebuild(outcome, repair=not dry_run), session, start))
    except KeyboardInterrupt:
        click.echo(f"\nstopped: {outcome}; go on with --after {outcome.last}", err=True)
        raise SystemExit(130) from None
    click.echo(f"{'checked' if dry_run else 'rebuilt'}: {outcome}")
    if dry_run and outcome.differences:
        raise SystemExit(Failure.exit_code)


def _time(text: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError as error:
        raise WrongUsage(f"--since {text!r} {error}") from None


async def _run(settings: AdminSettings, rebuild: "Rebuild", session: UUID | None, since: datetime | None) -> None:
    pool = await open_pool(
        settings.database_url.get_secret_value(),
        max_size=1,
        application_name="ingestor-admin rebuild",
        command_timeout=_STATEMENT_SECONDS,
    )
    try:
        async with pool.acquire() as connection:
            if session is None:
                await rebuild.everything(connection, since)
            else:
                await rebuild.one(connection, str(session))
    finally:
        pool.terminate()


class Rebuild:
    """One run: keys first, since sessions are graded by them, and again after a repair, which may have brought back
    publications that keys come from."""

    def __init__(self, outcome: Outcome, *, repair: bool) -> None:
        self._outcome = outcome
        self._repair = repair
        self._told = time.monotonic()

    async def one(self, connection: Connection, session_id: str) -> None:
        """A session, with the keys of its questions."""
        questions = await questions_of(connection, session_id)
        await self._keys(connection, questions)
        await self._session(connection, session_id)
        if self._repaired:
            await self._keys(connection, questions)

    async def everything(self, connection: Connection, since: datetime | None) -> None:
        """All keys, and all sessions after the outcome's last, or those since a time."""
        await self._all_keys(connection)
        while sessions := await sessions_after(connection, self._outcome.last, since, _PAGE):
            for session_id in sessions:
                await self._session(connection, session_id)
        if self._repaired:
            await self._all_keys(connection)

    @property
    def _repaired(self) -> bool:
        return self._repair and self._outcome.differences > 0

    async def _all_keys(self, connection: Connection) -> None:
        last = NIL
        while questions := await questions_after(connection, last, _PAGE):
            await self._keys(connection, questions)
            last = questions[-1]

    async def _keys(self, connection: Connection, questions: list[str]) -> None:
        self._outcome.found(await rebuild_keys(connection, questions, repair=self._repair))

    async def _session(self, connection: Connection, session_id: str) -> None:
        checked = await rebuild_session(connection, session_id, repair=self._repair)
        outcome = self._outcome
        outcome.found(checked.differences)
        outcome.last = session_id
        outcome.sessions += 1
        outcome.dropped += checked.dropped
        self._tell()

    def _tell(self) -> None:
        if time.monotonic() - self._told >= _TOLD_EVERY_SECONDS:
            self._told = time.monotonic()
            click.echo(f"{self._outcome}; at {self._outcome.last}", err=True)
