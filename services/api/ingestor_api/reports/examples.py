"""An example of each report: the small session of docs/reports.md, as the product answers it."""

import json
from importlib.resources import files
from typing import Any, Final

_FOLDER: Final = files("ingestor_api.reports") / "examples"


def example_of(name: str) -> Any:
    """The example body of the report of this name."""
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
