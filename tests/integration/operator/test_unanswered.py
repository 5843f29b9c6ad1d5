"""An API server that does not answer some writes, for a real admission webhook keeps it waiting."""

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from integration.operator.broker import commit, produce
from integration.operator.certificates import Identity, make_authority
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Kube, eventually

from ingestor_dev.embedded.kafka import EmbeddedKafka

pytestmark = pytest.mark.usefixtures("operator")


@contextmanager
def hanging_webhook(place: Tenant, resource: str) -> Iterator[None]:
    """A webhook for writes of the resource in the tenant's namespace; it takes requests and answers none.

    It shakes hands: the API server gives up a handshake after 10 seconds, as the operator does a request.
    """
    name = f"hangs-{place.name}"
    authority = make_authority(place.folder, "webhook")
    with silent_server(authority.issue(name)) as port:
        hook = {
            "name": "hangs.ingestor.test",
            "clientConfig": {
                "url": f"https://127.0.0.1:{port}/",
                "caBundle": base64.b64encode(authority.certificate.read_bytes()).decode(),
            },
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": [resource]}],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place.name}},
            "timeoutSeconds": 30,
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
        path = place.folder / f"{name}.json"
        path.write_text(json.dumps(kind | {"metadata": {"name": name}, "webhooks": [hook]}))
        place.kubectl("create", "-f", str(path))
        try:
            yield
        finally:
            place.kubectl("delete", "-f", str(path))


@contextmanager
def silent_server(identity: Identity) -> Iterator[int]:
    """The port of a TLS server that never answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as held:

        def hold_all() -> None:
            while True:
                try:
                    held.enter_context(context.wrap_socket(listener.accept()[0], server_side=True))
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        holding = threading.Thread(target=hold_all)
        holding.start()
        yield listener.getsockname()[1]
        # It wakes the thread; closing the listener would not.
        listener.shutdown(socket.SHUT_RDWR)
        holding.join()


def test_a_webhook_that_hangs_is_told_and_the_lag_and_the_consumers_are_still_looked_after(
    place: Tenant, kube: Kube, make: MakeResource, kafka: EmbeddedKafka
) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    commit(kafka, name, name, dict.fromkeys(range(3), 0))
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    with hanging_webhook(place, "services"):
        kube.change(name, {"api": {"service": {"annotations": {"team": "quiz"}}}})
        condition = kube.await_condition(name, "Ready", "KubernetesUnreachable", 60)
        assert condition["message"] == (
            f"The API server did not answer within 10 seconds to write services/{name}-api; an admission webhook that"
            " does not answer may be why."
        )
        eventually(lambda: "KubernetesUnreachable" in kube.event_reasons(name))
        produce(kafka, name, 7)
        kube.change(name, {"consumer": {"replicas": {"pinned": 2}}})
        eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == 2, 60)
        eventually(lambda: kube.resource(name)["status"]["lag"] == "7", 60)
    eventually(lambda: kube.get("v1", "Service", f"{name}-api")["metadata"]["annotations"].get("team") == "quiz", 60)
    kube.run_pods(f"{name}-consumer")
    kube.await_condition(name, "Ready", "AllReady", 60)
