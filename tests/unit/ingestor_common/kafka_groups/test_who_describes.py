"""No service asks librdkafka about groups: whoever may join one could end the process, and it cuts names at a NUL."""

from pathlib import Path

import pytest

import ingestor_admin
import ingestor_api
import ingestor_common
import ingestor_consumer
import ingestor_dev
import ingestor_operator

PACKAGES = (ingestor_common, ingestor_api, ingestor_consumer, ingestor_admin, ingestor_operator, ingestor_dev)


@pytest.mark.parametrize("call", ["describe_consumer_groups", "list_consumer_groups"])
def test_no_source_has_librdkafkas_call(call: str) -> None:
    sources = [path for package in PACKAGES for path in Path(str(package.__file__)).parent.rglob("*.py")]
    assert len(sources) > 100
    assert [path for path in sources if call in path.read_text(encoding="utf-8")] == []
