"""What the services' pods say of themselves on /readyz of their port for metrics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ingestor_common.json_text import ERRORS
from ingestor_operator.manifests.manifest import Component, Manifest
from ingestor_operator.observe.pods import component_pods, is_ready, one_line

ASKED: Final = 8
"""Pods of a component that are asked in one look: those that are not ready first, then the newest."""
_COMPONENTS: Final[tuple[Component, ...]] = ("api", "consumer")
_PORT: Final = "metrics"
_DOWN: Final = "down: "


@dataclass(frozen=True)
class Answer:
    """What one pod says: why it is not ready ("" where it is), and what it sees of its database."""

    pod: str
    component: Component
    reason: str
    database: str
    """`up`, `down: ` and what is wrong, or something else where it does not know; "" of an older release."""
    shared_with: str = ""
    """Who else stores into its database, where it knows of somebody."""

    @property
    def outage(self) -> str | None:
        """The pod with what is wrong with its database; None where nothing is, or nothing is known."""
        if not self.database.startswith(_DOWN):
            return None
        return f"pod {self.pod}: {one_line(self.database.removeprefix(_DOWN))}"


@dataclass(frozen=True)
class Outage:
    """How many pods were asked and answered, none of which reaches its database, and one of them with its words."""

    asked: int
    answered: int
    words: str


@dataclass(frozen=True)
class Address:
    """Where a pod is asked."""

    pod: str
    uid: str
    component: Component
    host: str
    port: int


def addresses(pods: Iterable[Manifest], component: Component) -> list[Address]:
    """Where pods of the component that run are asked; those without such a port are not."""
    running = [pod for pod in component_pods(pods, component) if (pod.get("status") or {}).get("phase") == "Running"]
    found = [_address(pod, component) for pod in sorted(running, key=is_ready)]
    return [address for address in found if address][:ASKED]


def read_answer(address: Address, body: bytes) -> Answer | None:
    """The answer in the body; None where there is none."""
    try:
        told = msgspec.json.decode(body)
    except ERRORS:
        return None
    if not isinstance(told, Mapping):
        return None
    reason, database, shared_with = (_text(told, key) for key in ("reason", "database", "database_shared_with"))
    return Answer(address.pod, address.component, one_line(reason), database, one_line(shared_with))


def database_outage(pods: Iterable[Manifest], answers: Mapping[str, Answer], *, goes_on: bool = False) -> Outage | None:
    """The outage, where no pod that answers reaches the database.

    None where any does, or none knows. A pod that is ready and did not answer may reach it, so that no outage begins;
    it does not end one that `goes_on`.
    """
    outages = [answer.outage for answer in answers.values() if answer.outage]
    if not outages or any(answer.database == "up" for answer in answers.values()):
        return None
    seen = list(pods)
    asked = {address.uid for component in _COMPONENTS for address in addresses(seen, component)} | answers.keys()
    if not goes_on and any(is_ready(pod) for pod in seen if pod["metadata"].get("uid") in asked - answers.keys()):
        return None
    return Outage(len(asked), len(answers), outages[0])


def consumers_outage(answers: Iterable[Answer]) -> str | None:
    """A consumer that does not reach its database, with its words; None where there is none."""
    return next((answer.outage for answer in answers if answer.component == "consumer" and answer.outage), None)


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _address(pod: Manifest, component: Component) -> Address | None:
    host, metadata = pod["status"].get("podIP"), pod["metadata"]
    ports = (
        port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
        if port.get("name") == _PORT
    )
    port = next(ports, None)
    return Address(metadata["name"], metadata["uid"], component, host, port) if host and port else None
