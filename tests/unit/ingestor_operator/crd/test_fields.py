"""The documentation names every field, every reason and every event."""

import re
from pathlib import Path

import pytest

from ingestor_operator.crd.fields import field_table, with_field_table
from ingestor_operator.scaling import Reason

REPOSITORY = Path(__file__).parents[4]
PAGE = (REPOSITORY / "docs/operations/operator.md").read_text()
SOURCES = REPOSITORY / "operator/ingestor_operator"
SAID = re.compile(
    r"""(?:Verdict\(\s*"\w+",\s*|Problem\(\s*|Notice\(\s*"\w+",\s*|KafkaUnreachable\(\s*|_done\(\s*"""
    r"""|Cause\.\w+: )"(\w+)\""""
)


def reasons() -> list[str]:
    """Every reason that the source says."""
    texts = [path.read_text() for path in SOURCES.rglob("*.py")]
    found = {reason for text in texts for reason in SAID.findall(text)}
    return sorted(found | {str(reason) for reason in Reason})


def test_the_table_of_fields_is_what_the_models_say() -> None:
    assert with_field_table(PAGE) == PAGE, "write the table anew: ingestor-operator fields"


def test_the_table_shows_required_fields_defaults_and_bounds() -> None:
    table = field_table()
    assert "| `kafka.bootstrapServers` | required |" in table
    assert "| `kafka.topic.partitions` | `3` |" in table
    assert '| `api.resources.limits` | `{"memory": "512Mi"}` |' in table


@pytest.mark.parametrize("reason", reasons())
def test_every_reason_is_documented(reason: str) -> None:
    assert f"`{reason}`" in PAGE
