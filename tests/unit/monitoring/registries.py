"""What each service's registry holds when it starts, before anything has happened."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

_DUMP = """
import json
from prometheus_client import REGISTRY
{setup}
named = registry._names_to_collectors
collectors = {{id(each): each for name, each in named.items() if name.startswith("ingestor_")}}.values()
print(json.dumps([
    {{
        "names": [name for name, each in named.items() if each is collector],
        "labels": list(getattr(collector, "_labelnames", ())),
        "children": [list(labels) for labels in getattr(collector, "_metrics", {{}})],
    }}
    for collector in collectors
]))
"""

_SETUP = {
    "api": """
from ingestor_api import metrics
for route in ("/api/events", "/api/events/batch"):
    metrics.announce_event_route(route)
registry = REGISTRY
""",
    "consumer": "from ingestor_consumer import metrics\nregistry = REGISTRY",
    "operator": "from ingestor_operator.metrics import Metrics\nregistry = Metrics('0').registry",
}

SERVICES = tuple(_SETUP)


@dataclass(frozen=True)
class Metric:
    """A metric: all the names of its series, its labels, and the label values that have a series at the start."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    children: frozenset[tuple[str, ...]]


@cache
def registry_of(service: str) -> tuple[Metric, ...]:
    """The service's own metrics, in a process in which nothing else has counted."""
    done = subprocess.run(
        [sys.executable, "-c", _DUMP.format(setup=_SETUP[service])], capture_output=True, text=True, check=True
    )
    return tuple(
        Metric(tuple(each["names"]), tuple(each["labels"]), frozenset(map(tuple, each["children"])))
        for each in json.loads(done.stdout)
    )
