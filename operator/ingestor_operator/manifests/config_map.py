"""The ConfigMap with the services' settings."""

from ingestor_operator.manifests.manifest import Manifest, config_map_name, owned
from ingestor_operator.manifests.settings import plain_settings
from ingestor_operator.model.resource import Resource


def config_map(resource: Resource) -> Manifest:
    """NAME-config: environment variables that hold no secret."""
    manifest = owned(resource, "v1", "ConfigMap", config_map_name(resource))
    return manifest | {"data": plain_settings(resource.spec)}
