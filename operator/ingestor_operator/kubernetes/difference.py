"""What has to be written so that the live objects are as they were built: a pure comparison."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ingestor_operator.kubernetes.ownership import Fields, applied_fields, items, member
from ingestor_operator.manifests.manifest import DIGEST_ANNOTATION, Manifest
from ingestor_operator.model.quantity import same_quantity

Reason = Literal["missing", "changed", "drifted"]


@dataclass(frozen=True)
class Change:
    """A manifest to apply, and why."""

    manifest: Manifest
    reason: Reason
    path: str = ""
    """For drift: the first field that another one changed."""

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
        return Change(manifest, "changed")
    path = first_difference(manifest, live, ours=applied_fields(live))
    return None if path is None else Change(manifest, "drifted", path)


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


def first_difference(wanted: Any, live: Any, path: str = "", ours: Fields | None = None) -> str | None:
    """Path of the first field of `wanted` that another writer made otherwise in `live`; None if there is none.

    `ours` are the fields of `live` that nobody has changed since they were applied: the API server stores some in
    another form, and leaves false, 0 and what is empty out. Lists of named items are compared by name, for
    it may add items and keep another order.
    """
    if isinstance(wanted, Mapping):
        if not isinstance(live, Mapping | None):
            return path
        found = live or {}
        inside = _first(
            first_difference(value, found.get(key), f"{path}.{key}".lstrip("."), member(ours, key))
            for key, value in wanted.items()
        )
        return path if inside and live is None else inside
    if isinstance(wanted, list):
        return _list_difference(wanted, live, path, ours)
    return None if _same(wanted, live, ours) else path


def _list_difference(wanted: list[Any], live: Any, path: str, ours: Fields | None) -> str | None:
    if not isinstance(live, list):
        return None if not wanted and live is None else path
    keyed = list(items(ours))
    if all(isinstance(item, Mapping) and "name" in item for item in [*wanted, *live]):
        by_name = {item["name"]: item for item in live}
        return _first(
            first_difference(item, by_name.get(item["name"]), f"{path}[{item['name']}]", _part(item, keyed))
            for item in wanted
        )
    if len(wanted) != len(live):
        return path
    pairs = enumerate(zip(wanted, live, strict=True))
    return _first(
        first_difference(item, other, f"{path}[{number}]", _part(item, keyed)) for number, (item, other) in pairs
    )


def _part(item: Any, keyed: Iterable[tuple[Mapping[str, Any], Fields]]) -> Fields | None:
    """The part of a list's item; the API server may have filled in what a key lacked."""
    if not isinstance(item, Mapping):
        return None
    return next(
        (part for key, part in keyed if all(item.get(name, value) == value for name, value in key.items())), None
    )


def _same(wanted: Any, live: Any, ours: Fields | None) -> bool:
    if live is None and ours is not None:
        # Not stored: false, 0 and "" where they are the default.
        return not wanted
    return bool(wanted == live or (wanted == "" and live is None) or same_quantity(wanted, live))


def _first(paths: Iterable[str | None]) -> str | None:
    return next((path for path in paths if path is not None), None)
