"""What has to be written to Kubernetes: built objects against live ones."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ingestor_operator.kubernetes.changed_fields import in_words, replaces_pods
from ingestor_operator.kubernetes.difference import (
    Change,
    Terminating,
    change,
    changed_fields,
    differences,
    obsolete,
    owner_of,
    terminating,
)
from ingestor_operator.manifests.holding import with_images, with_pods_of
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.migration import (
    Migration,
    MigrationState,
    asks_anew,
    changed_secrets,
    images,
    known_state,
    may_retry,
    waits_for_migration,
)
from ingestor_operator.plan.settings import with_changed_settings, without_settings_in_use


@dataclass(frozen=True)
class Changes:
    """Objects to apply, to delete, and those whose new images or Secrets wait for the migration."""

    applied: tuple[Change, ...]
    deleted: tuple[Manifest, ...]
    waiting: tuple[Manifest, ...]
    migration: MigrationState
    migration_job: str
    """Name of the Job that migrates the database for the images and with the Secrets wanted now."""
    waiting_secrets: tuple[str, ...] = ()
    """Names of the Secrets that wait."""
    later: tuple[Change, ...] = ()
    """What is changed of those that wait, once the Job has completed."""
    terminating: tuple[Terminating, ...] = ()
    """Live objects that are left as they are until they are gone."""

    def terminating_one(self, kind: str, name: str) -> Terminating | None:
        """What is waited for before the object of that name is made anew; None where it does not terminate."""
        found = (item for item in self.terminating if item.is_wanted and (item.kind, item.name) == (kind, name))
        return next(found, None)

    def without(self, kind: str, name: str) -> "Changes":
        """The changes but for the object of that name."""
        kept = tuple(item for item in self.applied if (item.kind, item.name) != (kind, name))
        return replace(self, applied=kept)

    @property
    def sentences(self) -> list[str]:
        """The changes in words."""
        later = f" once Job {self.migration_job} has completed"
        return [
            *(_sentence(item) for item in self.applied),
            *(f"delete {item['kind']} {item['metadata']['name']}" for item in self.deleted),
            *(_sentence(item, later) for item in self.later),
            *(f"wait: {item}" for item in self.terminating),
        ]


_VERBS = {"missing": "create", "changed": "update", "drifted": "put back"}


def _sentence(change: Change, when: str = "") -> str:
    pods = ", which replaces its pods" if change.kind == "Deployment" and replaces_pods(change.differences) else ""
    return f"{_VERBS[change.reason]} {change.kind} {change.name}{when}{pods}{in_words(change.differences)}"


def make_changes(observation: Observation, manifests: Iterable[Manifest]) -> Changes:
    """The changes that make the live objects what was built."""
    built = list(manifests)
    job = next(manifest for manifest in built if manifest["kind"] == "Job")
    name = job["metadata"]["name"]
    migration = known_state(observation.own("Job", name), name, observation.resource.status.migration)
    is_done = migration.state is Migration.COMPLETE
    leaving = _terminating(observation, built, done=job if is_done else None)
    left_alone = {(item.kind, item.name) for item in leaving}
    waiting, candidates, later = [], [], []
    secrets: set[str] = set()
    for manifest in built:
        live = _live(observation, manifest)
        if _key(manifest) in left_alone or (manifest is job and live is None and is_done):
            continue
        if live and waits_for_migration(manifest, live, migration):
            beside = _change_beside(manifest, live)
            waiting.append(manifest)
            secrets.update(changed_secrets(manifest, live))
            candidates.append(beside)
            later.append(_rest(manifest, live, beside))
        else:
            candidates.append(with_changed_settings(change(manifest, live), observation))
    built_no_more = obsolete(observation.objects.values(), built, observation.resource.uid)
    deleted = without_settings_in_use(built_no_more, observation)
    if may_retry(migration, observation.now) and (failed := _live(observation, job)):
        deleted.append(failed)
    return Changes(
        applied=tuple(candidate for candidate in candidates if candidate),
        deleted=tuple(manifest for manifest in deleted if _key(manifest) not in left_alone),
        waiting=tuple(waiting),
        migration=migration,
        migration_job=name,
        waiting_secrets=tuple(sorted(secrets)),
        terminating=leaving,
        later=tuple(later),
    )


def _terminating(observation: Observation, built: Iterable[Manifest], done: Manifest | None) -> tuple[Terminating, ...]:
    """Objects that terminate and are the resource's own, or have the name of a built one, whosever they are.

    The Job that is done is not made anew.
    """
    names, uid = {_key(manifest): manifest is not done for manifest in built}, observation.resource.uid
    live = [body for body in observation.objects.values() if _key(body) in names or owner_of(body) == uid]
    found = (terminating(body, is_wanted=names.get(_key(body), False)) for body in live)
    return tuple(item for item in found if item)


def _change_beside(manifest: Manifest, live: Manifest) -> Change | None:
    """What is changed beside that which waits, also while a migration fails for days.

    Where a Secret waits the pod template is kept: each new pod would read the Secret as it is now.
    """
    if changed_secrets(manifest, live):
        return change(with_pods_of(live, manifest), live)
    found = change(with_images(manifest, images(live)), live)
    return None if found and found.reason == "changed" and not asks_anew(manifest, live) else found


def _rest(manifest: Manifest, live: Manifest, beside: Change | None) -> Change:
    """What is left to change after what is changed beside it."""
    rest = tuple(differences(manifest, beside.manifest)) if beside else changed_fields(manifest, live)
    return Change(manifest, "changed", differences=rest)


def _live(observation: Observation, manifest: Manifest) -> Manifest | None:
    return observation.objects.get(_key(manifest))


def _key(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]
