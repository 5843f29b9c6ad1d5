"""An installation whose database's Secret is rotated, by hands in place of the controllers."""

from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually

COMPONENTS = ("api", "consumer")


def write(place: Tenant, secret: str, password: str) -> None:
    url = f"--from-literal=url=postgresql://quiz:{password}@db/quiz"
    made = place.kubectl("create", "secret", "generic", secret, url, "--dry-run=client", "--output=yaml")
    path = place.folder / f"{secret}.yaml"
    path.write_text(made)
    place.kubectl("apply", "--server-side", "--filename", str(path))


def installed(place: Tenant, kube: Kube, make: MakeResource, secret: str) -> str:
    """Name of an installation that is ready, with that Secret for its database."""
    write(place, secret, "right")
    name = make({"database": {"secretRef": {"name": secret}}, "api": {"image": "ingestor/api:1"}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    return name


def templates(kube: Kube, name: str) -> list[Body]:
    return [kube.get("apps/v1", "Deployment", f"{name}-{component}")["spec"]["template"] for component in COMPONENTS]


def await_job_after(kube: Kube, name: str, former: str) -> str:
    """Name of the Job that takes the former one's place."""

    def look() -> str:
        found = kube.job(name)
        assert found != former
        return found

    return eventually(look)


def finish_rollout(kube: Kube, name: str) -> None:
    for component in COMPONENTS:
        kube.run_pods(f"{name}-{component}")
    kube.await_condition(name, "Ready", "AllReady")
