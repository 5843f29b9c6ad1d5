"""The tests' hands on the API server, as an administrator and in place of the kubelet and the controllers."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml
from lightkube import Client
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.types import CascadeType, PatchType

from ingestor_operator.kubernetes.kinds import kind
from ingestor_operator.manifests.manifest import digest

REPOSITORY = Path(__file__).parents[3]
RESOURCE = "ingestor.dev/v1alpha1"
REVISION = "deployment.kubernetes.io/revision"
Body = dict[str, Any]
T = TypeVar("T")


def eventually(look: Callable[[], T], seconds: float = 20.0) -> T:
    """The first truthy value of `look`; fails with the last one after the seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except AssertionError as failure:
            if time.monotonic() > deadline:
                raise AssertionError(f"still so after {seconds} s: {failure}") from failure
        else:
            if found:
                return found
            assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(0.1)


class Kube:
    """Reads and writes objects of one namespace by kind and name."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self.namespace = namespace
        self._client = Client(config=KubeConfig.from_file(str(kubeconfig)), namespace=namespace)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def find(self, api_version: str, kind_name: str, name: str) -> Body | None:
        """The object, or None."""
        try:
            return dict(self._client.get(kind(api_version, kind_name), name, namespace=self.namespace))
        except ApiError as error:
            if error.status.code == 404:
                return None
            raise

    def get(self, api_version: str, kind_name: str, name: str) -> Body:
        """The object, which must exist."""
        found = self.find(api_version, kind_name, name)
        assert found is not None, f"{kind_name} {name} does not exist"
        return found

    def names(self, api_version: str, kind_name: str) -> set[str]:
        """Names of all objects of a kind."""
        return {item["metadata"]["name"] for item in self._client.list(kind(api_version, kind_name))}

    def create(self, body: Body) -> Body:
        """Create an object."""
        resource = kind(body["apiVersion"], body["kind"])
        return dict(self._client.create(resource.from_dict(body)))

    def patch(self, api_version: str, kind_name: str, name: str, change: Body, manager: str = "tester") -> Body:
        """Merge a change into an object as the manager."""
        resource = kind(api_version, kind_name)
        return dict(self._client.patch(resource, name, change, patch_type=PatchType.MERGE, field_manager=manager))

    def patch_status(self, api_version: str, kind_name: str, name: str, status: Body) -> None:
        """Write a status as its controller would."""
        resource = kind(api_version, kind_name).Status
        self._client.patch(resource, name, {"status": status}, patch_type=PatchType.MERGE)

    def delete(self, api_version: str, kind_name: str, name: str) -> None:
        """Ask for an object's deletion."""
        try:
            self._client.delete(kind(api_version, kind_name), name, cascade=CascadeType.BACKGROUND)
        except ApiError as error:
            if error.status.code != 404:
                raise

    def events(self, name: str) -> list[Body]:
        """Events about an IngestorDeployment."""
        found = self._client.list(kind("v1", "Event"))
        return [dict(event) for event in found if event["involvedObject"]["name"] == name]

    def event_reasons(self, name: str) -> set[str]:
        """Reasons of those events."""
        return {event["reason"] for event in self.events(name)}

    # IngestorDeployments

    def resource(self, name: str) -> Body:
        """The IngestorDeployment."""
        return self.get(RESOURCE, "IngestorDeployment", name)

    def change(self, name: str, spec: Body) -> Body:
        """Merge a change into the spec of an IngestorDeployment."""
        return self.patch(RESOURCE, "IngestorDeployment", name, {"spec": spec})

    def condition(self, name: str, kind_name: str) -> Body:
        """A condition of the IngestorDeployment that is about its newest spec."""
        body = self.resource(name)
        for condition in body.get("status", {}).get("conditions", []):
            if condition["type"] == kind_name:
                assert condition["observedGeneration"] == body["metadata"]["generation"], "not observed yet"
                return dict(condition)
        raise AssertionError(f"{kind_name} is not there yet")

    def await_condition(self, name: str, kind_name: str, reason: str, seconds: float = 20.0) -> Body:
        """The condition, once it has the reason."""

        def look() -> Body:
            condition = self.condition(name, kind_name)
            assert condition["reason"] == reason, condition
            return condition

        return eventually(look, seconds)

    # In place of the controllers

    def finish_job(self, instance: str, outcome: str = "Complete", since: datetime | None = None) -> str:
        """End the migration Job of the instance as the Job controller would; gives its name."""
        name = self.job(instance)
        moment = (since or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        criteria = {"Complete": "SuccessCriteriaMet", "Failed": "FailureTarget"}[outcome]
        conditions = [
            {"type": kind_name, "status": "True", "lastTransitionTime": moment, "message": "as the test wants"}
            for kind_name in (criteria, outcome)
        ]
        status: Body = {"conditions": conditions, "startTime": moment}
        if outcome == "Complete":
            status |= {"succeeded": 1, "completionTime": moment}
        else:
            status |= {"failed": 1}
        self.patch_status("batch/v1", "Job", name, status)
        return name

    def job(self, instance: str) -> str:
        """Name of the newest migration Job of the instance."""
        found = [name for name in self.names("batch/v1", "Job") if name.startswith(f"{instance}-migrate-")]
        assert len(found) == 1, f"one Job wanted, found {found}"
        return found[0]

    def config_map(self, instance: str) -> str:
        """Name of the ConfigMap that the API of the instance reads."""
        template = self.get("apps/v1", "Deployment", f"{instance}-api")["spec"]["template"]
        (source,) = template["spec"]["containers"][0]["envFrom"]
        name: str = source["configMapRef"]["name"]
        return name

    def config_maps(self, instance: str) -> set[str]:
        """Names of all ConfigMaps of the instance."""
        return {name for name in self.names("v1", "ConfigMap") if name.startswith(f"{instance}-config")}

    def make_revision(self, deployment: str) -> str:
        """Make the ReplicaSet of the Deployment's present template, as its controller would; gives its name."""
        body = self.get("apps/v1", "Deployment", deployment)
        template = body["spec"]["template"]
        name = f"{deployment}-{digest(template)}"
        numbered = {"metadata": {"annotations": {REVISION: str(self._next_revision(deployment))}}}
        if self.find("apps/v1", "ReplicaSet", name) is None:
            self.create(_replica_set(name, body))
        self.patch("apps/v1", "ReplicaSet", name, numbered)
        self.patch("apps/v1", "Deployment", deployment, numbered)
        return name

    def _next_revision(self, deployment: str) -> int:
        found = [dict(item) for item in self._client.list(kind("apps/v1", "ReplicaSet"))]
        own = [item["metadata"] for item in found if item["metadata"]["name"].startswith(f"{deployment}-")]
        return 1 + max((int(metadata["annotations"][REVISION]) for metadata in own), default=0)

    def run_pods(self, deployment: str, ready: int | None = None) -> None:
        """Make the Deployment's pods exist and be ready, as its controller and the kubelet would."""
        body = self.get("apps/v1", "Deployment", deployment)
        wanted = body["spec"]["replicas"]
        status = {
            "observedGeneration": body["metadata"]["generation"],
            "replicas": wanted,
            "updatedReplicas": wanted,
            "readyReplicas": wanted if ready is None else ready,
            "availableReplicas": wanted if ready is None else ready,
        }
        self.patch_status("apps/v1", "Deployment", deployment, status)

    def run_pod(
        self,
        instance: str,
        component: str,
        status: Body,
        job: Body | None = None,
        port: int = 9090,
        gates: tuple[str, ...] = (),
    ) -> str:
        """Make a pod of the component with that status, as controller and kubelet would; gives its name.

        `port` is that of its metrics and probes, `gates` are its scheduling gates.
        """
        labels = {
            "app.kubernetes.io/instance": instance,
            "app.kubernetes.io/component": component,
            "app.kubernetes.io/managed-by": "ingestor-operator",
        }
        owners = []
        if job:
            named = {key: job["metadata"][key] for key in ("name", "uid")}
            owners = [{"apiVersion": "batch/v1", "kind": "Job", "controller": True} | named]
        body = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "generateName": f"{instance}-{component}-",
                "namespace": self.namespace,
                "labels": labels,
                "ownerReferences": owners,
            },
            "spec": {
                "containers": [
                    {"name": "main", "image": "none", "ports": [{"name": "metrics", "containerPort": port}]},
                ],
                "automountServiceAccountToken": False,
                "schedulingGates": [{"name": gate} for gate in gates],
            },
        }
        name: str = self.create(body)["metadata"]["name"]
        self.patch_status("v1", "Pod", name, status)
        return name

    def bring_up(self, instance: str) -> None:
        """Finish the migration and run the pods of the instance."""
        eventually(lambda: self.find("apps/v1", "Deployment", f"{instance}-consumer"))
        self.finish_job(instance)
        self.run_pods(f"{instance}-api")
        self.run_pods(f"{instance}-consumer")


def _replica_set(name: str, deployment: Body) -> Body:
    metadata, template = deployment["metadata"], deployment["spec"]["template"]
    labels = template["metadata"]["labels"] | {"pod-template-hash": digest(template)}
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "controller": True}
    owner |= {key: metadata[key] for key in ("name", "uid")}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": metadata["annotations"],
            "ownerReferences": [owner],
        },
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": template | {"metadata": template["metadata"] | {"labels": labels}},
        },
    }


def sample(name: str) -> Body:
    """A sample of k8s/samples."""
    body: Body = yaml.safe_load((REPOSITORY / f"k8s/samples/{name}.yaml").read_text())
    return body


def merged(base: Body, change: Body) -> Body:
    """The base with the change merged in, as a JSON merge patch."""
    out = dict(base)
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = merged(out[key], value) if both else value
    return out
