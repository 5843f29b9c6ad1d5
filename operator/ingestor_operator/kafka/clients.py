"""Connections to Kafka, one for each resource, kept while its address and credentials stay the same."""

from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.credentials import SecretData, client_config
from ingestor_operator.manifests.manifest import digest
from ingestor_operator.model.resource import Resource


class KafkaClients:
    """Makes and keeps an Admin for each resource."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Admin]] = {}

    def of(self, resource: Resource, secrets: SecretData) -> Admin:
        """The resource's connection; another one after its address or credentials changed.

        Raises CredentialsMissing where a Secret is not there, CredentialsUnreadable where it holds no text, and
        KafkaException where librdkafka refuses the settings, for instance a certificate that is none.
        """
        config = client_config(resource.spec.kafka, secrets)
        version = digest(config)
        kept = self._kept.get(resource.uid)
        if kept is None or kept[0] != version:
            self.forget(resource.uid)
            kept = (version, Admin(config))
            self._kept[resource.uid] = kept
        return kept[1]

    def forget(self, uid: str) -> None:
        """Close the connection of a resource that is gone, or whose connection is no good."""
        kept = self._kept.pop(uid, None)
        if kept:
            kept[1].close()

    def close(self) -> None:
        """Close all connections."""
        for uid in list(self._kept):
            self.forget(uid)
