"""An API says in its log when it cannot use the database, once for each outage and why, and when it can again."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from integration.stack import PostgresFactory
from services import Api, running_api

from ingestor_common.store.migrate import migrate

_DOWN, _BACK = "the database cannot be used", "the database can be used again"


def _said(api: Api) -> list[dict[str, str]]:
    """Its log lines about the database."""
    lines = [json.loads(line) for line in api.output().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] in (_DOWN, _BACK)]


def test_an_outage_is_told_once_and_so_is_its_end(private_postgres: PostgresFactory, tmp_path: Path) -> None:
    postgres = private_postgres()
    asyncio.run(migrate(postgres.dsn()))
    with running_api({"DATABASE_URL": postgres.dsn()}, tmp_path / "log") as api:
        assert _said(api) == []
        for outage in range(2):
            postgres.stop()
            api.wait_path("direct", "down: connection refused")
            postgres.restart()
            api.wait_path("direct", "up")
            said = _said(api)[2 * outage :]
            assert [line["event"] for line in said] == [_DOWN, _BACK]
            assert said[0]["state"].startswith("down: ")


@pytest.mark.parametrize("wrong", ["the password", "the port"])
def test_a_database_that_cannot_be_used_at_the_start_is_told_with_the_reason_and_no_names(
    private_postgres: PostgresFactory, tmp_path: Path, wrong: str
) -> None:
    parts = urlsplit(private_postgres().dsn())
    port = parts.port if wrong == "the password" else 1
    url = f"postgresql://ingestor:QXZ7@{parts.hostname}:{port}/ingestor"
    with Api({"DATABASE_URL": url}, tmp_path / "log") as api:
        api.wait_until("told", lambda: bool(_said(api)))
        (line,) = _said(api)
        words = "refuses the user or the password" if wrong == "the password" else "[Errno 111]"
        assert words in line["error"]
        assert "QXZ7" not in api.output()
