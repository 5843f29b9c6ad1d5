"""A changed Secret reaches pods only once the migration Job has succeeded with it, whatever else happens meanwhile."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.plan.cluster import World

from ingestor_operator.manifests.holding import TEMPLATE_ANNOTATION, applied_template, noted_secrets
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.plan.migration import Migration

DATABASE, TOKENS = "ingestor-database", "ingestor-auth"


def read(deployment: Manifest) -> dict[str, str]:
    """What the Deployment's pods were asked for with, by the Secret's name."""
    return dict(noted_secrets(deployment["spec"]["template"]))


def image_of(deployment: Manifest) -> str:
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


def end_jobs(world: World, *, succeeds: bool) -> None:
    jobs = world.running_jobs()
    assert len(jobs) == 1
    world.end_job(jobs[0], succeeds=succeeds)


@pytest.mark.parametrize("secret", [DATABASE, TOKENS])
def test_a_changed_secret_waits_for_a_job_of_its_own(world: World, secret: str) -> None:
    before = read(world.deployment("api"))
    world.secrets[secret] = "another"
    changes = world.look()
    assert [change.kind for change in changes.applied] == ["Job"]
    assert changes.waiting_secrets == (secret,)
    assert read(world.deployment("api")) == before
    end_jobs(world, succeeds=True)
    assert world.look().waiting == ()
    assert read(world.deployment("api")) == noted_secrets(world.built()["Deployment", "quiz-api"]["spec"]["template"])
    assert read(world.deployment("api")) != before


def test_who_does_not_read_the_secret_does_not_wait(world: World) -> None:
    world.secrets[TOKENS] = "another"
    assert [manifest["metadata"]["name"] for manifest in world.look().waiting] == ["quiz-api"]


def test_a_wrong_secret_is_held_for_as_long_as_the_job_fails_and_a_mended_one_is_tried_at_once(world: World) -> None:
    before = read(world.deployment("api"))
    world.secrets[DATABASE] = "wrong"
    for _ in range(3):
        world.look()
        end_jobs(world, succeeds=False)
        assert world.look().migration.state is Migration.FAILED
        world.wait(61)
        world.look()
        assert read(world.deployment("api")) == before
    world.secrets[DATABASE] = "mended"
    assert "Job" in [change.kind for change in world.look().applied]
    end_jobs(world, succeeds=True)
    world.look()
    assert world.plan().applied == ()
    assert read(world.deployment("api")) != before


def test_while_a_secret_waits_replicas_and_drift_go_on_and_no_pod_is_replaced(world: World) -> None:
    world.secrets[DATABASE] = "wrong"
    world.look()
    template = world.deployment("api")["spec"]["template"]
    world.spec |= {"api.replicas": 7, "api.rollout.kafkaPercent": 5}
    world.look()
    assert world.deployment("api")["spec"]["replicas"] == 7
    world.deployment("api")["spec"]["replicas"] = 1
    (drift,) = [change for change in world.look().applied if change.kind == "Deployment"]
    assert (drift.reason, drift.path) == ("drifted", "spec.replicas")
    assert world.deployment("api")["spec"]["replicas"] == 7
    # A pod that is replaced for another setting would read the Secret as it is now.
    assert world.deployment("api")["spec"]["template"] == template
    assert world.look().applied == ()
    world.settle()
    assert world.deployment("api")["spec"]["template"] != template
    assert world.deployment("api") == world.built()["Deployment", "quiz-api"]


def test_a_template_that_fits_into_no_annotation_is_applied_without_being_held(world: World) -> None:
    variables = [{"name": f"TEXT_{number}", "value": "x" * 30_000} for number in range(5)]
    world.spec |= {"api.podTemplate": {"spec": {"containers": [{"name": "api", "env": variables}]}}}
    world.settle()
    assert TEMPLATE_ANNOTATION not in world.deployment("api")["metadata"]["annotations"]
    world.secrets[DATABASE] = "another"
    world.look()
    assert world.deployment("api") == world.built()["Deployment", "quiz-api"]
    world.settle()
    assert world.plan().applied == ()


def test_an_image_and_a_secret_come_together(world: World) -> None:
    world.spec |= {"api.image": "api:2"}
    world.secrets[DATABASE] = "another"
    world.look()
    assert image_of(world.deployment("api")) == "api:1"
    end_jobs(world, succeeds=True)
    world.look()
    assert image_of(world.deployment("api")) == "api:2"
    assert world.plan().applied == ()


def test_a_secret_that_changes_while_a_job_runs_gets_a_job_in_its_place(world: World) -> None:
    world.spec |= {"api.image": "api:2"}
    world.look()
    (first,) = world.running_jobs()
    world.secrets[DATABASE] = "another"
    world.look()
    (second,) = world.running_jobs()
    assert first["metadata"]["name"] != second["metadata"]["name"]
    world.secrets[DATABASE] = "yet another"
    world.look()
    (third,) = world.running_jobs()
    assert third["metadata"]["name"] not in {first["metadata"]["name"], second["metadata"]["name"]}
    end_jobs(world, succeeds=True)
    world.look()
    assert world.deployment("api") == world.built()["Deployment", "quiz-api"]


def test_a_deleted_secret_replaces_no_pod_and_one_created_again_is_tried(world: World) -> None:
    before = read(world.deployment("api"))
    version = world.secrets.pop(TOKENS)
    world.look()
    # The Job does not read this one.
    end_jobs(world, succeeds=True)
    changes = world.look()
    assert (changes.migration.state, changes.waiting_secrets) == (Migration.COMPLETE, (TOKENS,))
    assert read(world.deployment("api")) == before
    world.secrets[TOKENS] = f"{version} of another uid"
    world.look()
    assert read(world.deployment("api")) == before
    end_jobs(world, succeeds=True)
    world.look()
    assert world.deployment("api") == world.built()["Deployment", "quiz-api"]


def test_another_secret_in_its_place_is_tried_and_the_former_one_needs_no_trial_again(world: World) -> None:
    template = world.deployment("api")["spec"]["template"]
    world.secrets["other"] = "9"
    world.spec |= {"database.secretRef": {"name": "other", "key": "url"}}
    changes = world.look()
    assert changes.waiting_secrets == (DATABASE, "other")
    assert world.deployment("api")["spec"]["template"] == template
    end_jobs(world, succeeds=False)
    world.look()
    del world.spec["database.secretRef"]
    assert world.look().waiting == ()
    assert world.deployment("api")["spec"]["template"] == template
    assert world.plan().applied == ()


def test_another_key_of_the_same_secret_is_tried(world: World) -> None:
    world.spec |= {"database.secretRef": {"name": DATABASE, "key": "other"}}
    assert world.look().waiting_secrets == (DATABASE,)


def test_a_job_that_its_time_to_live_took_away_has_tried_the_secret(world: World) -> None:
    world.secrets[DATABASE] = "another"
    world.look()
    end_jobs(world, succeeds=True)
    # It ends here: the status is written, and no Deployment.
    world.look(0)
    world.look()
    name = world.status["migration"]["job"]
    del world.live["Job", name]
    assert world.look().waiting == ()
    assert not world.running_jobs()
    assert world.deployment("api") == world.built()["Deployment", "quiz-api"]


def test_other_resources_of_the_job_alone_replace_no_pod(world: World) -> None:
    template = world.deployment("api")["spec"]["template"]
    world.spec |= {"migration.resources": {"limits": {"memory": "1Gi"}}}
    changes = world.look()
    assert (changes.waiting, [change.kind for change in changes.applied]) == ((), ["Job"])
    end_jobs(world, succeeds=False)
    world.look()
    assert world.deployment("api")["spec"]["template"] == template


def test_another_release_of_the_operator_brings_its_image_and_the_secret_at_once(world: World) -> None:
    world.secrets[DATABASE] = "another"
    world.release = Release("api:2", "consumer:2")
    world.look()
    assert {image_of(world.deployment(name)) for name in ("api", "consumer")} == {"api:1", "consumer:1"}
    end_jobs(world, succeeds=True)
    world.look()
    for name in ("api", "consumer"):
        assert world.deployment(name) == world.built()["Deployment", f"quiz-{name}"]


@pytest.mark.parametrize("text", ["", "no json", "[]", None])
def test_a_note_that_somebody_destroyed_is_written_anew(world: World, text: str | None) -> None:
    annotations = world.deployment("api")["metadata"]["annotations"]
    if text is None:
        del annotations[TEMPLATE_ANNOTATION]
    else:
        annotations[TEMPLATE_ANNOTATION] = text
    assert applied_template(world.deployment("api")) is None
    world.look()
    assert world.deployment("api") == world.built()["Deployment", "quiz-api"]


class Installation:
    """An installation whose operator is killed after any write, and remembers nothing."""

    def __init__(self, make_resource: Any) -> None:
        self.world = World(make_resource, written=self.is_written)
        self.wrong: set[str] = set()
        self.count = 2

    def is_right(self, name: str) -> bool:
        return name in self.world.secrets and self.world.secrets[name] not in self.wrong

    def is_written(self, before: Manifest | None, after: Manifest) -> None:
        """The promise: pods that exist are not replaced by such as read a Secret that no Job has tried."""
        if after["kind"] != "Deployment" or before is None:
            return
        known, asked = applied_template(before), after["spec"]["template"]
        if known == asked:
            return
        name = after["metadata"]["name"]
        now = noted_secrets(self.world.built()["Deployment", name]["spec"]["template"])
        assert noted_secrets(asked) == now, "pods are asked for with what the Secrets were"
        assert known is not None
        new = [secret for secret in now if now[secret] != noted_secrets(known).get(secret)]
        assert all(self.is_right(secret) for secret in new), f"{name} gets a Secret that is wrong"

    def write_secret(self, name: str, right: bool) -> None:
        self.count += 1
        self.world.secrets[name] = str(self.count)
        # What is in the tokens' Secret no Job can tell.
        if not right and name != TOKENS:
            self.wrong.add(str(self.count))

    def delete_secret(self, name: str) -> None:
        self.world.secrets.pop(name, None)

    def ask(self, path: str, value: Any) -> None:
        self.world.spec[path] = value

    def upgrade(self, number: int) -> None:
        self.world.release = Release("api:1", f"consumer:{number}")

    def drift(self, component: str, number: int) -> None:
        if ("Deployment", f"quiz-{component}") in self.world.live:
            self.world.deployment(component)["spec"]["replicas"] = number

    def delete_jobs(self) -> None:
        self.world.live = {key: body for key, body in self.world.live.items() if key[0] != "Job"}

    def be_killed(self, writes: int, tells: bool) -> None:
        self.world.look(writes, tells=tells)

    def look(self) -> None:
        self.world.look()
        wanted = self.world.built()["Deployment", "quiz-api"]["spec"]["replicas"]
        assert self.world.deployment("api")["spec"]["replicas"] == wanted

    def end_jobs(self) -> None:
        """Each succeeds if what its URL refers to is right as it is now."""
        for job in self.world.running_jobs():
            variable = job["spec"]["template"]["spec"]["containers"][0]["env"][0]
            self.world.end_job(job, succeeds=self.is_right(variable["valueFrom"]["secretKeyRef"]["name"]))

    def migrate(self) -> None:
        """What happens where nothing is in the way."""
        self.look()
        self.end_jobs()
        self.look()

    def mend(self) -> None:
        """Once all is mended it comes to rest, and all is as it is asked for."""
        world = self.world
        for name in (DATABASE, TOKENS, "other"):
            if not self.is_right(name):
                self.write_secret(name, right=True)
        for _ in range(3):
            self.migrate()
            world.wait(61)
        changes = world.look()
        assert (changes.applied, changes.deleted, changes.waiting) == ((), (), ())
        for component in ("api", "consumer"):
            assert (
                world.deployment(component)["spec"]["template"]
                == (world.built()["Deployment", f"quiz-{component}"]["spec"]["template"])
            )


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    return st.tuples(st.just(name), st.tuples(*arguments))


SECRETS = st.sampled_from([DATABASE, TOKENS, "other"])
REFERENCES = [{"name": name, "key": "url"} for name in (DATABASE, "other")]
STEPS = st.lists(
    st.one_of(
        step("write_secret", SECRETS, st.booleans()),
        step("write_secret", st.just(DATABASE), st.booleans()),
        step("delete_secret", SECRETS),
        step("delete_secret", st.just(TOKENS)),
        step("ask", st.just("database.secretRef"), st.sampled_from(REFERENCES)),
        step("ask", st.just("api.image"), st.sampled_from(["api:1", "api:2", "api:3"])),
        step("ask", st.just("api.replicas"), st.integers(1, 9)),
        step("ask", st.just("api.rollout.kafkaPercent"), st.integers(1, 100)),
        step("upgrade", st.integers(1, 2)),
        step("drift", st.sampled_from(["api", "consumer"]), st.integers(0, 20)),
        step("delete_jobs"),
        step("be_killed", st.integers(0, 12), st.booleans()),
        step("be_killed", st.integers(0, 3), st.booleans()),
        step("look"),
        step("end_jobs"),
        step("migrate"),
        step("migrate"),
    ),
    min_size=10,
    max_size=30,
)  # fmt: skip


@given(steps=STEPS, begins_anew=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_of_changes_and_kills_no_pod_gets_a_secret_that_no_job_has_tried(
    make_resource: Any, steps: list[tuple[str, tuple[Any, ...]]], begins_anew: bool
) -> None:
    installation = Installation(make_resource)
    if not begins_anew:
        installation.migrate()
    for name, arguments in steps:
        getattr(installation, name)(*arguments)
        installation.world.wait(20)
    installation.mend()
