"""By which fields Kubernetes tells the items of a list apart, where it merges lists, and which maps it never merges.

As `x-kubernetes-list-map-keys` and `x-kubernetes-map-type` of its OpenAPI have them, for the objects that are built.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

Key = Mapping[str, Any]
"""The fields by which an item is known, with what they are."""
_NAME: Final = (("name",),)
_MERGE_KEYS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    # A name is the volume's: one volume may be mounted many times.
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    # Of a container, and of a Service.
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "hostAliases": (("ip",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
    "ownerReferences": (("uid",),),
    # Items have names, and yet the list is one value: somebody else's item in it is a change of ours.
    "options": (),
    "httpHeaders": (),
}
"""Any other list goes by name where its items have one, such as containers, volumes and env."""
ATOMIC: Final = frozenset({"selector", "matchLabels", "nodeSelector", "secretKeyRef", "configMapKeyRef"})
"""Maps that are one value to Kubernetes (`x-kubernetes-map-type: atomic`): an added key changes the whole."""
_DEFAULTS: Final = {"protocol": "TCP"}
"""What the API server fills in where it is part of a key."""


def item_keys(field: str, *lists: list[Any]) -> list[list[Key]] | None:
    """The keys of each list's items, or None where the field's items have none, and so go by their place."""
    for names in _MERGE_KEYS.get(field, _NAME):
        found = [[_key(item, names) for item in items] for items in lists]
        if all(len(key) == len(names) for keys in found for key in keys):
            return found
    return None


def numbered(keys: Iterable[Key]) -> list[tuple[str, int]]:
    """Each key as a text, with how many such came before: Kubernetes stores duplicates that were there before."""
    seen: Counter[str] = Counter()
    out = []
    for key in keys:
        text = ",".join(map(str, key.values()))
        out.append((text, seen[text]))
        seen[text] += 1
    return out


def _key(item: Any, names: tuple[str, ...]) -> Key:
    """Those of the fields that the item has; others have a default, or make it no item of such a list."""
    if not isinstance(item, Mapping):
        return {}
    found = {name: item.get(name, _DEFAULTS.get(name)) for name in names}
    return {name: value for name, value in found.items() if isinstance(value, str | int)}
