"""What the status says of pods, written by hands in place of the controllers, on a real API server."""

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Kube, eventually

pytestmark = pytest.mark.usefixtures("operator")


def test_a_new_image_that_does_not_run_is_not_ready(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"image": "ingestor/consumer:1"}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    kube.change(name, {"consumer": {"image": "ingestor/consumer:none"}})
    # The first look that has seen the new spec does not call the old pods the wanted ones.
    assert eventually(lambda: kube.condition(name, "Ready"))["status"] == "False"
    deployment = f"{name}-consumer"
    body = kube.get("apps/v1", "Deployment", deployment)
    surge = {"replicas": 2, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    seen = {"observedGeneration": body["metadata"]["generation"]}
    kube.patch_status("apps/v1", "Deployment", deployment, surge | seen)
    condition = kube.await_condition(name, "Ready", "RollingOut")
    assert condition["message"].startswith(f"1 pods of Deployment {deployment} still run an older template")
    place.await_looks(name, 3)
    assert kube.condition(name, "Ready")["status"] == "False"
    kube.run_pods(deployment)
    kube.await_condition(name, "Ready", "AllReady")
