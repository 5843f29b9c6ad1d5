"""A Kafka as production has it: TLS, SCRAM logins, client certificates where they are asked for, and ACLs."""

import shutil
import ssl
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from integration.operator.certificates import Authority, Identity, make_authority
from integration.operator.kube import REPOSITORY

from ingestor_dev.embedded.kafka import ClientConfig, EmbeddedKafka
from ingestor_dev.embedded.kafka_properties import ADMIN, KafkaConfig
from ingestor_dev.embedded.ports import free_ports

USER = "ingestor"
PASSWORD = "what-strimzi-generates"
_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass(frozen=True)
class SecureKafka:
    """The node, its authority, and the addresses of its two TLS listeners."""

    node: EmbeddedKafka
    authority: Authority
    login: str
    """Asks for a login over TLS (SASL_SSL)."""
    mutual: str
    """Asks for a client certificate too."""

    @cached_property
    def admin(self) -> AdminClient:
        """A client that may do everything, over the node's own listener."""
        return AdminClient(self.node.client_config())

    def client_config(self) -> ClientConfig:
        """What a service of the user connects with."""
        return {
            "bootstrap.servers": self.login,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": USER,
            "sasl.password": PASSWORD,
            "ssl.ca.location": str(self.authority.certificate),
        }

    def set_password(self, user: str, password: str) -> None:
        """Make the user, or give it another password; connections that are logged in stay."""
        scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        change = UserScramCredentialUpsertion(user, scram, password.encode())
        self.admin.alter_user_scram_credentials([change])[user].result(10)

    def allow(self, user: str, rights: Mapping[tuple[str, str], list[str]]) -> None:
        """Allow the user operations on resources, each given by its kind and name."""
        bindings = [
            AclBinding(
                ResourceType[kind.upper()], name, ResourcePatternType.LITERAL, f"User:{user}", "*",
                AclOperation[_constant(operation)], AclPermissionType.ALLOW,
            )
            for (kind, name), operations in rights.items()
            for operation in operations
        ]  # fmt: skip
        for done in self.admin.create_acls(bindings).values():
            done.result(10)

    @contextmanager
    def showing(self, certificate: Identity) -> Iterator[None]:
        """The node shows this certificate to whoever connects anew, also after a restart."""
        own = ssl.get_server_certificate(self._login_address)
        self._show(AlterConfigOpType.SET, str(certificate.together), certificate.certificate.read_text())
        try:
            yield
        finally:
            self._show(AlterConfigOpType.DELETE, None, own)

    def _show(self, operation: AlterConfigOpType, keystore: str | None, expected: str) -> None:
        entries = [
            ConfigEntry(f"listener.name.{name}.ssl.keystore.location", keystore, incremental_operation=operation)
            for name in ("login", "mutual")
        ]
        resource = ConfigResource(ResourceType.BROKER, "1", incremental_configs=entries)
        self.admin.incremental_alter_configs([resource])[resource].result(10)
        deadline = time.monotonic() + 10
        while ssl.get_server_certificate(self._login_address).split() != expected.split():
            assert time.monotonic() < deadline, "the node goes on showing another certificate"
            time.sleep(0.1)

    @property
    def _login_address(self) -> tuple[str, int]:
        host, port = self.login.split(":")
        return host, int(port)


def rights_of_the_sample(names: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    """The rights that k8s/samples/platform/strimzi-user.yaml gives, on topics and groups that may have other names."""
    path = REPOSITORY / "k8s/samples/platform/strimzi-user.yaml"
    rules = yaml.safe_load(path.read_text())["spec"]["authorization"]["acls"]
    resources = ((rule["resource"]["type"], rule["resource"]["name"], rule["operations"]) for rule in rules)
    return {(kind, names.get(name, name)): operations for kind, name, operations in resources}


@contextmanager
def running_secure_kafka() -> Iterator[SecureKafka]:
    """A ready node; its data is deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ingestor-tls-"))
    authority = make_authority(folder, "authority")
    port, controller, login, mutual = free_ports(4)
    users = {ADMIN: "admin-secret", USER: PASSWORD}
    extra = _listeners(port, controller, login, mutual) | _certificates(authority)
    node = EmbeddedKafka(KafkaConfig(folder / "kafka", port, controller, scram_users=users, extra=extra))
    try:
        node.start()
        node.wait_ready()
        yield SecureKafka(node, authority, f"127.0.0.1:{login}", f"127.0.0.1:{mutual}")
    finally:
        node.kill()
        shutil.rmtree(folder)


def _listeners(port: int, controller: int, login: int, mutual: int) -> dict[str, str]:
    for_clients = f"CLIENTS://127.0.0.1:{port},LOGIN://127.0.0.1:{login},MUTUAL://127.0.0.1:{mutual}"
    return {
        "listeners": f"{for_clients},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": for_clients,
        "listener.security.protocol.map": (
            "CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT,LOGIN:SASL_SSL,MUTUAL:SASL_SSL"
        ),
        "listener.name.login.scram-sha-512.sasl.jaas.config": _LOGIN,
        "listener.name.mutual.scram-sha-512.sasl.jaas.config": _LOGIN,
        "listener.name.mutual.ssl.client.auth": "required",
    }


def _certificates(authority: Authority) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(authority.issue("broker").together),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.certificate),
    }


def _constant(operation: str) -> str:
    """AlterConfigs as ALTER_CONFIGS."""
    return "".join(f"_{letter}" if letter.isupper() else letter for letter in operation).upper().lstrip("_")
