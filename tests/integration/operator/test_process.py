"""The operator as a process: it may die at any moment, be one of two, or lose its watch."""

import time
from functools import partial

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.gate import Gate
from integration.operator.kube import RESOURCE, Kube, eventually
from integration.operator.processes import OperatorProcess, running_operator
from integration.operator.proxy import running_proxy
from integration.operator.rotation import await_job_after, finish_rollout, installed, templates, write

from ingestor_dev.embedded.ports import free_port

KINDS = [
    ("v1", "ConfigMap"), ("v1", "ServiceAccount"), ("v1", "Service"), ("apps/v1", "Deployment"), ("batch/v1", "Job"),
    ("policy/v1", "PodDisruptionBudget"),
]  # fmt: skip


def reconciles(operator: OperatorProcess) -> float:
    """Reconciles of any result so far."""
    return sum(
        operator.metric(f'ingestor_operator_reconcile_total{{result="{result}"}}')
        for result in ("changed", "unchanged", "failed")
    )


def owned(kube: Kube, instance: str) -> list[tuple[str, str]]:
    """Kinds and names of the objects that the instance has."""
    return sorted(
        (kind, name) for version, kind in KINDS for name in kube.names(version, kind) if name.startswith(instance)
    )


@pytest.mark.parametrize("writes", [0, 1, 4, 8])
def test_killed_between_two_writes_and_started_again_it_converges(
    place: Tenant, kube: Kube, make: MakeResource, writes: int
) -> None:
    options = f"--namespace={place.name}"
    with Gate(place.server.url, writes) as gate:
        kubeconfig = place.operator_kubeconfig(gate.url)
        with running_operator(kubeconfig, place.folder, place.user, options) as first:
            name = make()
            assert gate.held.wait(30)
            first.kill()
    assert len(owned(kube, name)) == writes
    with running_operator(place.kubeconfig, place.folder, place.user, options):
        kube.await_condition(name, "TopicReady", "TopicsReady")
        kube.bring_up(name)
        kube.await_condition(name, "Ready", "AllReady")
        assert owned(kube, name) == sorted(
            [
                ("ConfigMap", kube.config_map(name)),
                ("Deployment", f"{name}-api"),
                ("Deployment", f"{name}-consumer"),
                ("Job", kube.job(name)),
                ("PodDisruptionBudget", f"{name}-api"),
                ("PodDisruptionBudget", f"{name}-consumer"),
                ("Service", f"{name}-api"),
                ("ServiceAccount", f"{name}-api"),
                ("ServiceAccount", f"{name}-consumer"),
            ]
        )
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)


def test_an_upgrade_of_the_operator_replaces_the_pods_once_after_the_migration(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    options = f"--namespace={place.name}"
    with running_operator(place.kubeconfig, place.folder, place.user, options):
        name = make()
        eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-consumer"))
        kube.bring_up(name)
        kube.await_condition(name, "Ready", "AllReady")
    names = [f"{name}-api", f"{name}-consumer"]
    for deployment in names:
        # As a release left it that built its pods otherwise.
        change = {"spec": {"template": {"spec": {"enableServiceLinks": True}}}}
        marks = {"metadata": {"annotations": {"ingestor.dev/applied": "older"}}}
        kube.patch("apps/v1", "Deployment", deployment, change | marks)
    before = [kube.get("apps/v1", "Deployment", deployment)["metadata"]["generation"] for deployment in names]
    images = ("--api-image=newer/api:2", "--consumer-image=newer/consumer:2")
    with running_operator(place.kubeconfig, place.folder, place.user, options, *images):
        kube.await_condition(name, "APIReady", "WaitsForMigration")
        place.await_looks(name, 2)
        generations = [kube.get("apps/v1", "Deployment", deployment)["metadata"]["generation"] for deployment in names]
        assert generations == before
        kube.finish_job(name)
        for deployment, generation in zip(names, before, strict=True):
            eventually(partial(runs_newer, kube, deployment))
            body = kube.get("apps/v1", "Deployment", deployment)
            assert body["metadata"]["generation"] == generation + 1
            assert body["spec"]["template"]["spec"]["enableServiceLinks"] is False
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)


@pytest.mark.parametrize("writes", [0, 1, 2, 3])
def test_an_operator_that_is_killed_after_any_write_hands_no_untried_secret_on(
    place: Tenant, kube: Kube, make: MakeResource, writes: int
) -> None:
    """The writes are the Job, then, once it has succeeded, the two Deployments; with 3 it is killed after them."""
    options = f"--namespace={place.name}"
    secret = f"killed-{writes}"
    with running_operator(place.kubeconfig, place.folder, place.user, options):
        name = installed(place, kube, make, secret)
    before, first = templates(kube, name), kube.job(name)
    write(place, secret, "another")
    with Gate(place.server.url, writes) as gate:
        kubeconfig = place.operator_kubeconfig(gate.url)
        with running_operator(kubeconfig, place.folder, place.user, options) as killed:
            if writes:
                await_job_after(kube, name, first)
                assert templates(kube, name) == before
                kube.finish_job(name)
            if writes == 3:
                eventually(lambda: all(new != old for new, old in zip(templates(kube, name), before, strict=True)))
            else:
                assert gate.held.wait(30)
            killed.kill()
    changed = [new != old for new, old in zip(templates(kube, name), before, strict=True)]
    assert changed == [writes > 1, writes > 2]
    with running_operator(place.kubeconfig, place.folder, place.user, options):
        if not writes:
            await_job_after(kube, name, first)
            place.await_looks(name, 2)
            assert templates(kube, name) == before
            kube.finish_job(name)
        eventually(lambda: all(new != old for new, old in zip(templates(kube, name), before, strict=True)))
        finish_rollout(kube, name)
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)


def runs_newer(kube: Kube, deployment: str) -> bool:
    spec = kube.get("apps/v1", "Deployment", deployment)["spec"]["template"]["spec"]
    return str(spec["containers"][0]["image"]).startswith("newer/")


def test_of_two_one_acts_and_the_other_takes_over_within_20_seconds_of_a_kill(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    options = (f"--namespace={place.name}", "--leader-elect", f"--lease-namespace={place.name}")
    with (
        running_operator(place.kubeconfig, place.folder, place.user, *options) as one,
        running_operator(place.kubeconfig, place.folder, place.user, *options) as other,
    ):
        name = make()
        kube.await_condition(name, "TopicReady", "TopicsReady")
        leader, standby = (one, other) if reconciles(one) else (other, one)
        assert reconciles(leader) > 0
        assert reconciles(standby) == 0
        assert standby.get("/readyz")[0] == 200
        leader.kill()
        killed = time.monotonic()
        kube.change(name, {"api": {"replicas": 4}})
        eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 4, 25)
        assert time.monotonic() - killed < 20
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)


def holder(kube: Kube) -> str:
    """Identity of who holds the Lease; it ends with the process id."""
    lease = kube.find("coordination.k8s.io/v1", "Lease", "ingestor-operator")
    return str((lease or {"spec": {}})["spec"].get("holderIdentity", ""))


def test_one_that_ends_in_order_hands_over_at_once(place: Tenant, kube: Kube) -> None:
    options = (f"--namespace={place.name}", "--leader-elect", f"--lease-namespace={place.name}")
    with running_operator(place.kubeconfig, place.folder, place.user, *options) as one:
        eventually(lambda: holder(kube).endswith(f"_{one.process.pid}"), 30)
    assert holder(kube) == ""


def test_a_leader_that_is_cut_off_ends_and_the_other_takes_over_within_20_seconds(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    options = (f"--namespace={place.name}", "--leader-elect", f"--lease-namespace={place.name}")
    with (
        running_proxy(place.server.url) as proxy,
        running_operator(place.operator_kubeconfig(proxy.url), place.folder, place.user, *options) as leader,
    ):
        eventually(lambda: holder(kube).endswith(f"_{leader.process.pid}"), 30)
        with running_operator(place.kubeconfig, place.folder, place.user, *options) as other:
            name = make()
            kube.await_condition(name, "TopicReady", "TopicsReady")
            proxy.cut()
            cut = time.monotonic()
            kube.change(name, {"api": {"replicas": 4}})
            eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 4, 25)
            assert time.monotonic() - cut < 20
            assert holder(kube).endswith(f"_{other.process.pid}")
            assert "lost the lease" in leader.log.read_text()
            leader.process.wait(40)
            kube.delete(RESOURCE, "IngestorDeployment", name)
            eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)


def test_a_lost_watch_is_noticed_by_healthz(place: Tenant, kube: Kube, make: MakeResource) -> None:
    with running_proxy(place.server.url) as proxy:
        kubeconfig = place.operator_kubeconfig(proxy.url)
        options = (f"--namespace={place.name}", "--watch-timeout=3")
        with running_operator(kubeconfig, place.folder, place.user, *options) as operator:
            name = make()
            kube.await_condition(name, "TopicReady", "TopicsReady")
            assert operator.get("/healthz") == (200, "ok")
            proxy.freeze()
            kube.change(name, {"api": {"replicas": 3}})
            eventually(lambda: operator.get("/healthz")[0] == 503, 40)
            assert "the watch has missed changes" in operator.get("/healthz")[1]
            operator.kill()
    with running_operator(place.kubeconfig, place.folder, place.user, f"--namespace={place.name}"):
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)


def test_the_metrics_are_those_of_the_design(place: Tenant, kube: Kube, make: MakeResource) -> None:
    with running_operator(place.kubeconfig, place.folder, place.user, f"--namespace={place.name}") as operator:
        name = make()
        kube.bring_up(name)
        kube.await_condition(name, "Ready", "AllReady")
        labels = f'name="{name}",namespace="{place.name}"'
        eventually(lambda: operator.metric(f"ingestor_operator_desired_replicas{{{labels}}}") == 1)
        text = operator.get("/metrics")[1]
        for partition in range(3):
            series = f'ingestor_operator_group_lag_records{{{labels},partition="{partition}",topic="{name}"}} 0.0'
            assert series in text
        assert "ingestor_operator_scaling_decisions_total{" in text
        assert "ingestor_operator_reconcile_duration_seconds_count" in text
        assert 'ingestor_build_info{component="operator"' in text
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
        eventually(lambda: name not in operator.get("/metrics")[1])


def test_a_dead_kafka_does_not_hold_a_resource_for_good(place: Tenant, kube: Kube, make: MakeResource) -> None:
    options = (f"--namespace={place.name}", "--deletion-patience=1")
    with running_operator(place.kubeconfig, place.folder, place.user, *options):
        name = make({"kafka": {"bootstrapServers": f"127.0.0.1:{free_port()}", "topic": {"deletionPolicy": "Delete"}}})
        kube.await_condition(name, "TopicReady", "KafkaUnreachable", 30)
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None, 40)
        assert "TopicRetained" in kube.event_reasons(name)


def test_started_again_it_knows_what_the_last_one_saw_a_consumer_drain(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    options = f"--namespace={place.name}"
    with running_operator(place.kubeconfig, place.folder, place.user, options) as first:
        name = make()
        kube.await_condition(name, "TopicReady", "TopicsReady")
        kube.bring_up(name)
        eventually(lambda: "consumer" in kube.resource(name)["status"])
        first.kill()
    memory = {"version": 1, "ratePerReplica": 77.5, "learnedAt": time.time() - 600}
    kube.patch_status(RESOURCE, "IngestorDeployment", name, {"scaling": memory})
    kube.change(name, {"consumer": {"replicas": {"pinned": 2}}})
    with running_operator(place.kubeconfig, place.folder, place.user, options):
        kube.await_condition(name, "ScalingActive", "Pinned")
        found = kube.resource(name)["status"]
        assert found["decisions"][0]["inputs"]["ratePerReplica"] == 77.5
        assert found["consumer"]["ratePerReplica"] == 77.5
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
