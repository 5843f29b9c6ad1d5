"""kopf's handlers: they wake loops and let resources go; everything else is elsewhere."""

from typing import Any

import kopf
from pydantic import ValidationError

from ingestor_operator import API_GROUP, API_VERSION, PLURAL
from ingestor_operator.deletion import Farewell
from ingestor_operator.manifests.manifest import MANAGED_BY
from ingestor_operator.model.resource import FINALIZER, parse
from ingestor_operator.plan.deletion import keeps_topics
from ingestor_operator.run.health import Health
from ingestor_operator.run.keeper import Keeper
from ingestor_operator.run.progress import DELETION_RETRY, Progress
from ingestor_operator.run.watch_lag import ERROR_DELAYS

_OWNED = f"app.kubernetes.io/managed-by={MANAGED_BY}"
_INSTANCE = "app.kubernetes.io/instance"


class NoDiffBase(kopf.DiffBaseStorage):
    """Keeps no copy of what was handled last: no handler asks what has changed.

    kopf writes its copy into an annotation together with the release of the finalizer. A large spec does not fit there
    beside what `kubectl apply` keeps, so the API server refused both, again and again.
    """

    def fetch(self, *, body: kopf.Body) -> None:
        """Nothing is known of before."""

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Keep nothing."""


def settings() -> kopf.OperatorSettings:
    """kopf's settings: our own names for what it stores, and only the rights that the Roles give."""
    made = kopf.OperatorSettings()
    made.persistence.finalizer = FINALIZER
    made.persistence.progress_storage = Progress(prefix=API_GROUP)
    made.persistence.diffbase_storage = NoDiffBase()
    for watched in (("apps", "v1", "deployments"), ("batch", "v1", "jobs")):
        made.watching.label_selectors[watched] = _OWNED
    made.posting.enabled = False
    made.peering.standalone = True
    # Scanning would stop the watch as soon as the CRD is being deleted, and so leave our finalizer on what is
    # in it; and it needs a right to list all CRDs.
    made.scanning.disabled = True
    made.networking.request_timeout = 30
    made.queueing.error_delays = ERROR_DELAYS
    made.process.ultimate_exiting_timeout = 30
    return made


def register(registry: kopf.OperatorRegistry, keeper: Keeper, farewell: Farewell, health: Health) -> None:
    """Register all handlers."""
    _register_login(registry)
    _register_deletion(registry, farewell)
    _register_watches(registry, keeper, health)


def _register_login(registry: kopf.OperatorRegistry) -> None:
    @kopf.on.login(registry=registry)
    def login(**kwargs: Any) -> kopf.ConnectionInfo | None:
        # The order in which lightkube looks for its own credentials.
        return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)


def _register_deletion(registry: kopf.OperatorRegistry, farewell: Farewell) -> None:
    @kopf.on.delete(
        API_GROUP, API_VERSION, PLURAL, registry=registry, id="release", when=_deletes_topics, backoff=DELETION_RETRY
    )
    async def release(body: kopf.Body, retry: int, **_: Any) -> None:
        resource = parse(body)
        problem = await farewell.release(resource)
        if problem:
            interval = resource.spec.consumer.autoscaling.interval_seconds
            raise kopf.TemporaryError(problem.message, delay=min(DELETION_RETRY * (retry + 1), interval))


def _deletes_topics(body: kopf.Body, **_: Any) -> bool:
    """Whether the resource has to be seen off: kopf puts the finalizer on those alone.

    The others go without anybody's help, also where the operator is gone, or its rights are.
    """
    try:
        return not keeps_topics(parse(body))
    except ValidationError:
        # A spec that this release does not understand cannot say that topics are to be deleted.
        return False


def _register_watches(registry: kopf.OperatorRegistry, keeper: Keeper, health: Health) -> None:
    @kopf.on.event(API_GROUP, API_VERSION, PLURAL, registry=registry)
    async def seen(type: str | None, body: kopf.Body, uid: str, **_: Any) -> None:
        source, metadata = ("resource", uid), body["metadata"]
        if type == "DELETED":
            health.watch.gone(uid)
            keeper.forget(source)
            keeper.gone(metadata["namespace"], metadata["name"], uid)
            return
        health.watch.shown(uid, metadata["resourceVersion"])
        keeper.begin(metadata["namespace"], metadata["name"], uid)
        keeper.notice(
            metadata["namespace"],
            metadata["name"],
            source,
            (metadata.get("generation"), dict(body.metadata.annotations)),
        )

    @kopf.on.event("apps", "v1", "deployments", registry=registry)
    @kopf.on.event("batch", "v1", "jobs", registry=registry)
    async def owned(type: str | None, body: kopf.Body, uid: str, **_: Any) -> None:
        source = ("owned", uid)
        status = body.get("status") or {}
        content = None if type == "DELETED" else (body["metadata"].get("generation"), repr(sorted(status.items())))
        instance = body.metadata.labels.get(_INSTANCE, "")
        keeper.notice(body["metadata"]["namespace"], instance, source, content, owned=True)
        if type == "DELETED":
            keeper.forget(source)
