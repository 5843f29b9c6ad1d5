"""What has to be written so that the live objects are as they were built: a pure comparison."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

from ingestor_operator.kubernetes.merge_keys import ATOMIC, item_keys, numbered
from ingestor_operator.kubernetes.ownership import Fields, applied_fields, items, member
from ingestor_operator.manifests.manifest import DIGEST_ANNOTATION, Manifest
from ingestor_operator.model.quantity import same_quantity

Reason = Literal["missing", "changed", "drifted"]

_OF_QUANTITIES: Final = re.compile(r"^spec\..*\b(?:resources|overhead|sizeLimit|divisor)(?:\.|$)")
"""Paths of fields that the API server rewrites: 0.5 becomes 500m. Elsewhere 1000 and 1k are two texts."""


@dataclass(frozen=True)
class Difference:
    """A field with what it is and what it is to be; None where it is not there."""

    path: str
    present: Any
    wanted: Any


@dataclass(frozen=True)
class Change:
    """A manifest to apply, and why."""

    manifest: Manifest
    reason: Reason
    path: str = ""
    """For drift: the first field that another one changed."""
    differences: tuple[Difference, ...] = ()
    """What becomes another in an object that exists."""

    @property
    def kind(self) -> str:
        """Kind of the object."""
        return str(self.manifest["kind"])

    @property
    def name(self) -> str:
        """Name of the object."""
        return str(self.manifest["metadata"]["name"])


def change(manifest: Manifest, live: Manifest | None) -> Change | None:
    """The change that makes the live object what was built, or None where it is so.

    The digest annotation tells what was applied last, so a field that is built no more is noticed too; drift
    is a live object that carries our digest and yet not our fields.
    """
    if live is None:
        return Change(manifest, "missing")
    applied = (live["metadata"].get("annotations") or {}).get(DIGEST_ANNOTATION)
    if applied != manifest["metadata"]["annotations"][DIGEST_ANNOTATION]:
        return Change(manifest, "changed", differences=changed_fields(manifest, live))
    found = tuple(differences(manifest, live, ours=applied_fields(live)))
    if not found and stays_other(manifest, live):
        return Change(manifest, "drifted", "data")
    return Change(manifest, "drifted", found[0].path, found) if found else None


def changed_fields(manifest: Manifest, live: Manifest) -> tuple[Difference, ...]:
    """What becomes of the live object by applying the manifest."""
    ours = applied_fields(live)
    return (*differences(manifest, live, ours=ours), *removed(manifest, live, ours))


def stays_other(manifest: Manifest, live: Manifest) -> bool:
    """Whether the live object is a ConfigMap that an update does not make what was built.

    Somebody has deleted ours and made another one of its name. An immutable one keeps what it holds, and one that is
    not would keep what another writer has added to it, for good.
    """
    if manifest["kind"] != "ConfigMap":
        return False
    wanted, found = manifest.get("data") or {}, live.get("data") or {}
    return bool(found.keys() - wanted.keys() or live.get("binaryData") or (live.get("immutable") and found != wanted))


@dataclass(frozen=True)
class Terminating:
    """An object whose deletion has been asked for, and that is still there: it is neither written nor deleted again."""

    kind: str
    name: str
    finalizers: tuple[str, ...]
    is_wanted: bool
    """Whether it is made anew once it is gone."""

    def __str__(self) -> str:
        anew = "is being deleted and is made anew once it is gone" if self.is_wanted else "is being deleted"
        what = f"{self.kind} {self.name} {anew}"
        if not self.finalizers:
            return f"{what}."
        *before, last = self.finalizers
        named = f"finalizers {', '.join(before)} and {last}" if before else f"finalizer {last}"
        return f"{what}: it waits until whoever set its {named} has removed {'them' if before else 'it'}."


def terminating(live: Manifest, *, is_wanted: bool) -> Terminating | None:
    """What is waited for of the live object; None where nobody has asked for its deletion."""
    metadata = live["metadata"]
    if "deletionTimestamp" not in metadata:
        return None
    return Terminating(live["kind"], metadata["name"], tuple(metadata.get("finalizers") or ()), is_wanted)


def owner_of(live: Manifest) -> str | None:
    """uid of the object's controller."""
    owners = live["metadata"].get("ownerReferences") or []
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)


def obsolete(live: Iterable[Manifest], built: Iterable[Manifest], uid: str) -> list[Manifest]:
    """Live objects of the owner that are built no more."""
    wanted = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in built}
    return [
        found for found in live if owner_of(found) == uid and (found["kind"], found["metadata"]["name"]) not in wanted
    ]


def differences(wanted: Any, live: Any, path: str = "", ours: Fields | None = None) -> Iterator[Difference]:
    """The fields of `wanted` that are otherwise in `live`.

    `ours` are the fields of `live` that nobody has changed since they were applied: the API server stores some in
    another form, and leaves false, 0 and what is empty out. Items that Kubernetes knows by a key are compared by it,
    for it may add items and keep another order. A key that is in `live` alone is another writer's own, except in a map
    that Kubernetes takes as one value.
    """
    if isinstance(wanted, Mapping):
        yield from _in_map(wanted, live, path, ours)
    elif isinstance(wanted, list):
        yield from _in_list(wanted, live, path, ours)
    elif not _same(wanted, live, ours, path):
        yield Difference(path, live, wanted)


def _in_map(wanted: Mapping[str, Any], live: Any, path: str, ours: Fields | None) -> Iterator[Difference]:
    if not isinstance(live, Mapping | None):
        yield Difference(path, live, wanted)
        return
    found = live or {}
    if path.rpartition(".")[2] in ATOMIC and found.keys() - wanted.keys():
        yield Difference(path, live, wanted)
        return
    inside = (
        difference
        for key, value in wanted.items()
        for difference in differences(value, found.get(key), f"{path}.{key}".lstrip("."), member(ours, key))
    )
    if live is None:
        # Nothing of it is there: it is one difference, if it says anything.
        yield from (Difference(path, None, wanted) for _ in islice(inside, 1))
    else:
        yield from inside


def _in_list(wanted: list[Any], live: Any, path: str, ours: Fields | None) -> Iterator[Difference]:
    if not isinstance(live, list):
        if wanted or live is not None:
            yield Difference(path, live, wanted)
        return
    keyed = list(items(ours))
    if keys := item_keys(path.rpartition(".")[2], wanted, live):
        by_key = dict(zip(numbered(keys[1]), live, strict=True))
        for item, key, number in zip(wanted, keys[0], numbered(keys[0]), strict=True):
            part = _part({**item, **key}, keyed)
            yield from differences(item, by_key.get(number), f"{path}[{number[0]}]", part)
    elif len(wanted) != len(live):
        yield Difference(path, live, wanted)
    else:
        for place, (item, other) in enumerate(zip(wanted, live, strict=True)):
            yield from differences(item, other, f"{path}[{place}]", _part(item, keyed))


def removed(wanted: Any, live: Any, ours: Fields | None, path: str = "") -> Iterator[Difference]:
    """The fields of `live` that were applied and are built no more: the API server takes them away."""
    for name, part in (ours or {}).items():
        key = name.removeprefix("f:")
        if key == name or not isinstance(live, Mapping) or key not in live:
            continue
        inner = f"{path}.{key}".lstrip(".")
        if not isinstance(wanted, Mapping) or key not in wanted:
            yield Difference(inner, live[key], None)
        elif isinstance(live[key], list):
            yield from _removed_items(wanted[key], live[key], part, inner)
        else:
            yield from removed(wanted[key], live[key], part, inner)


def _removed_items(wanted: Any, live: list[Any], ours: Fields, path: str) -> Iterator[Difference]:
    for key, part in items(ours):
        found, kept = _item(live, key), _item(wanted, key)
        inner = f"{path}[{','.join(map(str, key.values()))}]"
        if found is not None and kept is None:
            yield Difference(inner, found, None)
        elif found is not None:
            yield from removed(kept, found, part, inner)


def _item(listed: Any, key: Mapping[str, Any]) -> Any:
    """The item of that key; the API server may have filled in what a key lacked."""
    found = listed if isinstance(listed, list) else []
    mappings = (item for item in found if isinstance(item, Mapping))
    return next((item for item in mappings if all(item.get(n, v) == v for n, v in key.items())), None)


def _part(item: Any, keyed: Iterable[tuple[Mapping[str, Any], Fields]]) -> Fields | None:
    """The part of a list's item; the API server may have filled in what a key lacked."""
    if not isinstance(item, Mapping):
        return None
    return next(
        (part for key, part in keyed if all(item.get(name, value) == value for name, value in key.items())), None
    )


def _same(wanted: Any, live: Any, ours: Fields | None, path: str) -> bool:
    if live is None and ours is not None:
        # Not stored: false, 0 and "" where they are the default.
        return not wanted
    if wanted == live or (wanted == "" and live is None):
        return True
    return bool(_OF_QUANTITIES.search(path)) and same_quantity(wanted, live)
