"""The ConfigMap with the services' settings: each content has a name of its own, and never changes.

A pod reads it whenever one of its containers starts. Under one name for good, changed settings reached pods of the old
template as soon as one restarted, before a rollout was judged by its first pod, and stayed when it was taken back.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ingestor_operator.manifests.manifest import Manifest, digest, owned
from ingestor_operator.manifests.settings import plain_settings
from ingestor_operator.model.resource import Resource

_REFERENCES: Final = frozenset({"configMapRef", "configMapKeyRef", "configMap"})
"""What names a ConfigMap in a pod: envFrom, a variable, a volume or a part of a projected one."""


def config_map(resource: Resource) -> Manifest:
    """NAME-config-DIGEST: environment variables that hold no secret."""
    manifest = owned(resource, "v1", "ConfigMap", config_map_name(resource))
    return manifest | {"immutable": True, "data": plain_settings(resource.spec)}


def config_map_name(resource: Resource) -> str:
    """Name of the ConfigMap with the settings that are asked for now."""
    return f"{resource.name}-config-{digest(plain_settings(resource.spec))[:8]}"


def config_map_environment(resource: Resource) -> list[dict[str, Any]]:
    """envFrom of a container that reads the settings."""
    return [{"configMapRef": {"name": config_map_name(resource)}}]


def with_present_settings(value: Any, resource: Resource) -> Any:
    """The part of a pod with the settings' present ConfigMap where it names NAME-config.

    So a podTemplate names it: a list such as envFrom takes the place of the generated one. Releases before this one
    had a ConfigMap of that name, whose settings stay as they were.
    """
    if isinstance(value, list):
        return [with_present_settings(item, resource) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: {**inner, "name": config_map_name(resource)}
        if key in _REFERENCES and isinstance(inner, Mapping) and inner.get("name") == f"{resource.name}-config"
        else with_present_settings(inner, resource)
        for key, inner in value.items()
    }


def named_config_maps(value: object) -> Iterator[str]:
    """Names of the ConfigMaps that a pod names, or the template in an object's spec."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _REFERENCES and isinstance(inner, Mapping) and isinstance(inner.get("name"), str):
                yield inner["name"]
            else:
                yield from named_config_maps(inner)
    elif isinstance(value, list):
        for item in value:
            yield from named_config_maps(item)
