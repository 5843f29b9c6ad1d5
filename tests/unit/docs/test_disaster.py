"""docs/operations/disaster.md shows no command that no test runs, unless it says so."""

import re
from pathlib import Path
from typing import Any

import yaml
from pages import DISASTER, Page

REPOSITORY = Path(__file__).parents[3]
SAMPLES = REPOSITORY / "k8s/samples/platform"
TESTS = [*REPOSITORY.glob("tests/integration/recovery/*.py"), REPOSITORY / "tests/e2e/cluster/test_4_recovery.py"]
_MARKED = re.compile(r"^( *)<!-- (?:run|not run): .+ -->\n\n(?:\1 {4}.*\n|\n)+", re.MULTILINE)


def test_each_block_of_commands_is_run_or_says_that_it_is_not() -> None:
    unmarked = _MARKED.sub("\n", DISASTER.read_text())
    assert [line for line in unmarked.splitlines() if line.startswith("    ")] == []
    assert "```" not in unmarked


def test_each_block_that_is_said_to_run_is_run_by_a_test() -> None:
    sources = "".join(path.read_text() for path in TESTS)
    assert [name for name in Page.read(DISASTER).blocks if f'"{name}"' not in sources] == []


def sample(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((SAMPLES / f"{name}.yaml").read_text()))


def test_the_samples_for_cloudnative_pg_name_each_other() -> None:
    [cluster] = sample("cloudnative-pg")
    store, schedule = sample("cloudnative-pg-backup")
    [restored] = sample("cloudnative-pg-recovery")
    name, bucket = cluster["metadata"]["name"], store["metadata"]["name"]
    assert schedule["spec"]["cluster"]["name"] == name
    [source] = restored["spec"]["externalClusters"]
    recovery = restored["spec"]["bootstrap"]["recovery"]
    assert recovery["source"] == source["name"]
    assert source["plugin"]["parameters"] == {"barmanObjectName": bucket, "serverName": name}
    assert {key: recovery[key] for key in ("database", "owner")} == cluster["spec"]["bootstrap"]["initdb"]
    page = DISASTER.read_text()
    assert f'"barmanObjectName":"{bucket}"' in page
    assert f"clusters.postgresql.cnpg.io/{name} " in page
    assert f'"name":"{restored["metadata"]["name"]}-app"' in page
    assert schedule["spec"]["pluginConfiguration"]["name"] == source["plugin"]["name"]
    assert f'"{source["plugin"]["name"]}"' in page
