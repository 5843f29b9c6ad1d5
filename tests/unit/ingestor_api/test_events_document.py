"""docs/events.md shows what the API takes and answers."""

import json
import re
from pathlib import Path

from ingestor_api import examples

_DOCUMENT = (Path(__file__).parents[3] / "docs" / "events.md").read_text(encoding="utf-8")


def test_its_examples_are_those_of_the_openapi_document() -> None:
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", _DOCUMENT, re.DOTALL)]
    assert shown == [examples.ANSWER, examples.KAFKA_ACCEPTED, examples.ERROR, examples.BATCH_ACCEPTED]
