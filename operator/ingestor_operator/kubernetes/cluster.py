"""Every call the operator makes to the Kubernetes API."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from httpx2 import HTTPStatusError
from lightkube import AsyncClient
from lightkube.core.exceptions import ApiError
from lightkube.types import CascadeType, PatchType

from ingestor_operator import FIELD_MANAGER
from ingestor_operator.kubernetes.kinds import ACCESS_REVIEW, NAMESPACE, RESOURCE, kind
from ingestor_operator.manifests.manifest import MANAGED_BY, Manifest

Objects = dict[tuple[str, str], Manifest]
"""Live objects by kind and name."""


@dataclass(frozen=True)
class Secret:
    """A Secret as it was read."""

    data: Mapping[str, str]
    """Base64, by key."""
    version: str
    """Changes with every write of the Secret, and tells nothing of what it holds."""


class Cluster:
    """Reads and writes of one API server. Every call raises ApiError where the API server refuses."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def resource(self, namespace: str, name: str) -> Manifest | None:
        """The IngestorDeployment, or None where it is gone."""
        return await self._find(*RESOURCE, namespace, name)

    async def resources(self, namespace: str) -> list[Manifest]:
        """All IngestorDeployments of the namespace, or of all for "*"."""
        return [dict(found) async for found in self._client.list(kind(*RESOURCE), namespace=namespace)]

    async def owned(self, namespace: str, instance: str, kinds: Iterable[tuple[str, str]]) -> Objects:
        """The objects that carry the labels of the instance; none of a kind that the cluster does not know."""
        found: Objects = {}
        for api_version, name in kinds:
            for body in await self._labelled(api_version, name, namespace, instance):
                found[name, body["metadata"]["name"]] = body
        return found

    async def pods(self, namespace: str, instance: str) -> tuple[Manifest, ...]:
        """Pods that carry the labels of the instance; none where the operator may not list them (Rights tells)."""
        try:
            return tuple(await self._labelled("v1", "Pod", namespace, instance))
        except ApiError as error:
            if error.status.code == 403:
                return ()
            raise

    async def replica_sets(self, namespace: str, instance: str) -> tuple[Manifest, ...] | None:
        """ReplicaSets that carry the labels of the instance; None where they may not be listed (Rights tells)."""
        try:
            return tuple(await self._labelled("apps/v1", "ReplicaSet", namespace, instance))
        except ApiError as error:
            if error.status.code == 403:
                return None
            raise

    async def warnings(self, namespace: str, uid: str) -> list[Manifest]:
        """Warning events about the object; none where the operator may not list them (Rights tells)."""
        listing = self._client.list(
            kind("v1", "Event"), namespace=namespace, fields={"involvedObject.uid": uid, "type": "Warning"}
        )
        try:
            return [dict(event) async for event in listing]
        except ApiError as error:
            if error.status.code == 403:
                return []
            raise

    async def find(self, manifest: Manifest) -> Manifest | None:
        """The live object of the manifest's kind and name, whoever it belongs to."""
        metadata = manifest["metadata"]
        return await self._find(manifest["apiVersion"], manifest["kind"], metadata["namespace"], metadata["name"])

    async def secret(self, namespace: str, name: str) -> Secret | None:
        """The Secret, or None where there is no such Secret."""
        found = await self._find("v1", "Secret", namespace, name)
        if found is None:
            return None
        metadata = found["metadata"]
        # The uid too: a Secret that was deleted and created again, in another cluster perhaps, is another one.
        return Secret(dict(found.get("data") or {}), f"{metadata['uid']}/{metadata['resourceVersion']}")

    async def apply(self, manifest: Manifest) -> Manifest:
        """Server-side apply: our fields become as the manifest has them, the fields of others stay.

        Returns the object as it is then.
        """
        return await self._apply(manifest)

    async def try_anew(self, manifest: Manifest) -> None:
        """Ask whether the object would be taken if it were a new one. Raises ApiError where it would be refused."""
        metadata = manifest["metadata"]
        another = manifest | {"metadata": metadata | {"name": f"{metadata['name']}-anew"}}
        await self._apply(another, dry_run=True)

    async def delete(self, manifest: Manifest) -> bool:
        """Delete this object, as it was read, and what it owns; false where it is gone, whoever has its name now."""
        metadata = manifest["metadata"]
        # lightkube's own delete sends no body, and so would delete whatever has the name by now.
        client = self._client._client
        request = client.prepare_request(
            "delete",
            kind(manifest["apiVersion"], manifest["kind"]),
            name=metadata["name"],
            namespace=metadata["namespace"],
        )
        request.data = {
            "propagationPolicy": CascadeType.BACKGROUND.value,
            "preconditions": {"uid": metadata["uid"]},
        }
        try:
            answer = await client.send(client.build_adapter_request(request))  # type: ignore[no-untyped-call]
            client.handle_response("delete", answer, request)
        except ApiError as error:
            # 409: the object of that name has another uid.
            if error.status.code not in (404, 409):
                raise
            return False
        return True

    async def scale_deployment(self, namespace: str, name: str, replicas: int) -> None:
        """Write the number of replicas through the Deployment's scale subresource."""
        await self._client.patch(
            kind("apps/v1", "Deployment").Scale,
            name,
            {"spec": {"replicas": replicas}},
            namespace=namespace,
            patch_type=PatchType.MERGE,
            field_manager=FIELD_MANAGER,
        )

    async def write_status(self, namespace: str, name: str, uid: str, status: dict[str, Any]) -> None:
        """Replace the status of the IngestorDeployment of that uid; one that is gone has none to write."""
        # Server-side apply and merge patches of a status ignore a uid: they would write onto whatever has the name now.
        patch = [
            {"op": "test", "path": "/metadata/uid", "value": uid},
            {"op": "add", "path": "/status", "value": status},
        ]
        try:
            await self._client.patch(
                kind(*RESOURCE).Status,
                name,
                patch,
                namespace=namespace,
                patch_type=PatchType.JSON,
                field_manager=FIELD_MANAGER,
            )
        except ApiError as error:
            # A test that fails is answered as a status that is not valid is.
            if error.status.code not in (404, 422):
                raise
            found = await self.resource(namespace, name)
            if found and found["metadata"]["uid"] == uid:
                raise

    async def try_finalizers(self, namespace: str, name: str, finalizers: list[str]) -> None:
        """Ask whether the IngestorDeployment may have them. Raises ApiError where that would be refused."""
        await self._client.patch(
            kind(*RESOURCE),
            name,
            {"metadata": {"finalizers": finalizers}},
            namespace=namespace,
            patch_type=PatchType.MERGE,
            field_manager=FIELD_MANAGER,
            dry_run=True,
        )

    async def create(self, manifest: Manifest) -> Manifest:
        """Create an object that must not exist yet; else ApiError 409."""
        resource = kind(manifest["apiVersion"], manifest["kind"])
        return dict(await self._client.create(resource.from_dict(manifest)))

    async def replace(self, manifest: Manifest) -> Manifest:
        """Replace an object if it is still at the manifest's resourceVersion; else ApiError 409."""
        resource = kind(manifest["apiVersion"], manifest["kind"])
        return dict(await self._client.replace(resource.from_dict(manifest)))

    async def namespace_ends(self, name: str) -> bool:
        """Whether the namespace is being deleted."""
        try:
            namespace = await self._client.get(NAMESPACE, name)
        except ApiError as error:
            if error.status.code == 404:
                return True
            raise
        return "deletionTimestamp" in namespace["metadata"]

    async def namespace_uid(self, name: str) -> str:
        """The namespace's uid; nothing where it is gone."""
        try:
            namespace = await self._client.get(NAMESPACE, name)
        except ApiError as error:
            if error.status.code == 404:
                return ""
            raise
        return str(namespace["metadata"]["uid"])

    async def allowed(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        """Whether the operator itself may do so in the namespace, or with "" in all."""
        attributes = {"verb": verb, "group": group, "resource": resource, "namespace": namespace}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "metadata": {},
            "spec": {"resourceAttributes": attributes},
        }
        answer = await self._client.create(ACCESS_REVIEW.from_dict(review))
        return bool(answer["status"]["allowed"])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _apply(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        metadata = manifest["metadata"]
        applied = await self._client.patch(
            kind(manifest["apiVersion"], manifest["kind"]),
            metadata["name"],
            manifest,
            namespace=metadata["namespace"],
            patch_type=PatchType.APPLY,
            field_manager=FIELD_MANAGER,
            force=True,
            dry_run=dry_run,
        )
        return dict(applied)

    async def _labelled(self, api_version: str, name: str, namespace: str, instance: str) -> list[Manifest]:
        wanted = {"app.kubernetes.io/instance": instance, "app.kubernetes.io/managed-by": MANAGED_BY}
        listing = self._client.list(kind(api_version, name), namespace=namespace, labels=dict(wanted))
        try:
            # The items of a list do not say what they are.
            return [{"apiVersion": api_version, "kind": name} | dict(item) async for item in listing]
        except HTTPStatusError as error:
            # Not an ApiError: the API server answers for kinds it does not know with plain text.
            if error.response.status_code == 404:
                return []
            raise

    async def _find(self, api_version: str, kind_name: str, namespace: str, name: str) -> Manifest | None:
        try:
            return dict(await self._client.get(kind(api_version, kind_name), name, namespace=namespace))
        except ApiError as error:
            if error.status.code == 404:
                return None
            raise
