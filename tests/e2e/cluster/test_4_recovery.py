"""By the commands of docs/operations/disaster.md: a database is restored under traffic, a resource from what was saved.

What they leave behind is another database than the other tests know, so they come after those.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e import guide
from e2e.cluster.consumers import running
from e2e.cluster.installation import NAME, URL
from e2e.cluster.kube import CONTEXT, SCHOOL, forwarded, get, kubectl, listed, school, sql, until_ready
from e2e.cluster.traffic import traffic
from e2e.waiting import eventually
from pages import DISASTER, Page, run_shell

from ingestor_dev.embedded.postgres_install import postgres_programs

PAGE = Page.read(DISASTER)
RESTORED = "ingestor_restored"
SECONDS = 300


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the page has it: kubectl works in the installation's namespace."""
    found = json.loads(kubectl("config", "view", "--raw", "--minify", "--flatten", "--output", "json"))
    found["contexts"][0]["context"]["namespace"] = SCHOOL
    found["current-context"] = CONTEXT
    file = tmp_path_factory.mktemp("kube") / "config"
    file.write_text(json.dumps(found))
    return file


@pytest.fixture
def page(quiz: None, kubeconfig: Path, tmp_path: Path) -> "Shell":
    return Shell(kubeconfig, tmp_path)


class Shell:
    """Runs the page's blocks on the cluster."""

    def __init__(self, kubeconfig: Path, folder: Path) -> None:
        programs = (postgres_programs(None), Path(sys.executable).parent, os.environ["PATH"])
        self.environment = {"KUBECONFIG": str(kubeconfig), "PATH": ":".join(map(str, programs)), "HOME": str(folder)}
        self.folder = folder

    def run(self, *blocks: str, **others: str) -> str:
        """What the blocks print."""
        return run_shell(PAGE.script("ingestor-admin", *blocks, **others), self.folder, self.environment, SECONDS)

    @contextmanager
    def postgres(self) -> Iterator[None]:
        """Postgres' programs find the cluster's server while inside."""
        with forwarded("service/postgres", 5432) as port:
            server = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "ingestor", "PGPASSWORD": "ingestor"}
            before, self.environment = self.environment, self.environment | server
            try:
                yield
            finally:
                self.environment = before


def test_a_dump_restored_under_traffic_is_caught_up_by_the_consumers(page: Shell, tmp_path: Path) -> None:
    """Proves: rows that somebody deleted are back, no request fails meanwhile, and no event is missing."""
    with traffic(tmp_path, "--rate", "100") as sent:
        with page.postgres():
            page.run("dump")
        stored = _stored()
        eventually(lambda: _stored() > stored + 200, 60, "events are stored behind the dump")
        sql("delete from events")
        page.run("hold")
        eventually(lambda: running() == 0, 60, "nothing is stored any more")

        with page.postgres():
            page.run("restore")
        page.run("switch", server=f"ingestor@postgres.{SCHOOL}.svc:5432")
        page.run("release")
        page.run("direct-again")

        assert not sent.sent_again
        assert sent.taken("direct") == 0
        proof = page.run("prove")
        assert "the books balance" in proof
        assert " 0 events were missing" in proof
        sent.verify(database=RESTORED)
    until_ready(NAME)


def test_what_was_saved_brings_the_installation_back(page: Shell) -> None:
    """Proves: with the resource and its Secrets everything is made again, and goes on where it was, with the tokens
    that people hold."""
    token = guide.token(URL)
    page.run("save")
    saved = get("ingestordeployment", NAME)["spec"]
    school("delete", "ingestordeployment", NAME, "--timeout", "120s", seconds=150)
    school("delete", "secret", f"{NAME}-auth", "ingestor-database")
    ours = f"app.kubernetes.io/instance={NAME},app.kubernetes.io/managed-by=ingestor-operator"
    eventually(lambda: not listed("pods", ours), 120, "the pods are gone")

    page.run("apply")
    page.run("adopt")

    until_ready(NAME)
    assert get("ingestordeployment", NAME)["spec"] == saved
    event_id = f"after-{get('ingestordeployment', NAME)['metadata']['uid']}"
    assert guide.call(URL, "/api/events", guide.event(event_id), token).status == 201
    eventually(lambda: guide.state(URL, event_id, token) == "stored", 60, "the event is stored")
    assert "the books balance" in page.run("drain")


def _stored() -> int:
    return int(sql("select count(*) from events"))
