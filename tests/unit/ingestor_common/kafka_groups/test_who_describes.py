"""No service asks librdkafka to describe a group: whoever may join the group could end the process."""

from pathlib import Path

import ingestor_admin
import ingestor_api
import ingestor_common
import ingestor_consumer
import ingestor_dev
import ingestor_operator

PACKAGES = (ingestor_common, ingestor_api, ingestor_consumer, ingestor_admin, ingestor_operator, ingestor_dev)


def test_no_source_has_librdkafkas_call() -> None:
    sources = [path for package in PACKAGES for path in Path(str(package.__file__)).parent.rglob("*.py")]
    assert len(sources) > 100
    assert [path for path in sources if "describe_consumer_groups" in path.read_text(encoding="utf-8")] == []
