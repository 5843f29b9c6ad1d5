"""What has to be written to Kubernetes: built objects against live ones."""

from collections.abc import Iterable
from dataclasses import dataclass

from ingestor_operator.kubernetes.difference import Change, change, obsolete
from ingestor_operator.manifests.manifest import Manifest, with_images
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.migration import (
    Migration,
    MigrationState,
    asks_anew,
    images,
    known_state,
    may_retry,
    waits_for_migration,
)


@dataclass(frozen=True)
class Changes:
    """Objects to apply, to delete, and those whose new images wait for the migration."""

    applied: tuple[Change, ...]
    deleted: tuple[Manifest, ...]
    waiting: tuple[Manifest, ...]
    migration: MigrationState
    migration_job: str
    """Name of the Job that migrates the database for the images wanted now."""

    @property
    def sentences(self) -> list[str]:
        """The changes in words."""
        verbs = {"missing": "create", "changed": "update", "drifted": "put back"}
        applied = [
            f"{verbs[item.reason]} {item.kind} {item.name}" + (f" ({item.path})" if item.path else "")
            for item in self.applied
        ]
        return applied + [f"delete {item['kind']} {item['metadata']['name']}" for item in self.deleted]


def make_changes(observation: Observation, manifests: Iterable[Manifest]) -> Changes:
    """The changes that make the live objects what was built."""
    built = list(manifests)
    job = next(manifest for manifest in built if manifest["kind"] == "Job")
    name = job["metadata"]["name"]
    migration = known_state(_live(observation, job), name, observation.resource.status.migration)
    waiting, candidates = [], []
    for manifest in built:
        live = _live(observation, manifest)
        if manifest is job and live is None and migration.state is Migration.COMPLETE:
            continue
        if live and waits_for_migration(manifest, live, migration):
            waiting.append(manifest)
            candidates.append(_change_without_images(manifest, live))
        else:
            candidates.append(change(manifest, live))
    deleted = obsolete(observation.objects.values(), built, observation.resource.uid)
    if may_retry(migration, observation.now):
        deleted.append(job)
    return Changes(
        applied=tuple(candidate for candidate in candidates if candidate),
        deleted=tuple(deleted),
        waiting=tuple(waiting),
        migration=migration,
        migration_job=name,
    )


def _change_without_images(manifest: Manifest, live: Manifest) -> Change | None:
    """Everything but the images is as it is asked for, also while a migration fails for days."""
    found = change(with_images(manifest, images(live)), live)
    return None if found and found.reason == "changed" and not asks_anew(manifest, live) else found


def _live(observation: Observation, manifest: Manifest) -> Manifest | None:
    return observation.objects.get((manifest["kind"], manifest["metadata"]["name"]))
