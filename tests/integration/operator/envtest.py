"""A real kube-apiserver on a real etcd, on loopback, as envtest starts them: no kubelet, no controllers."""

import json
import os
import secrets
import shutil
import signal
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml
from prerequisites import missing

from ingestor_dev.embedded.child import Child
from ingestor_dev.embedded.ports import free_ports

START_SECONDS = 60.0
HOW_TO_GET_IT = (
    "KUBEBUILDER_ASSETS does not name a folder with etcd, kube-apiserver and kubectl; get one with"
    " `setup-envtest use -p path` (sigs.k8s.io/controller-runtime/tools/setup-envtest) and set it"
)
_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        # Each reconcile begins with this one read.
        {
            "level": "Metadata",
            "verbs": ["get"],
            "resources": [{"group": "ingestor.dev", "resources": ["ingestordeployments"]}],
        },
        {"level": "None", "verbs": ["get", "list", "watch"]},
        {"level": "Metadata"},
    ],
}


def assets() -> Path:
    """The folder with the binaries; skips the test, or fails it where INGESTOR_REQUIRE_KUBE=1, without one."""
    folder = Path(os.environ.get("KUBEBUILDER_ASSETS", "/nonexistent"))
    if all((folder / program).exists() for program in ("etcd", "kube-apiserver", "kubectl")):
        return folder
    missing(HOW_TO_GET_IT, required_by="INGESTOR_REQUIRE_KUBE")


@dataclass(frozen=True)
class Request:
    """One request that the API server's audit log has."""

    user: str
    verb: str
    resource: str
    subresource: str
    namespace: str
    name: str
    time: str


class ApiServer:
    """An API server that can be killed and started again on the same data."""

    def __init__(self, programs: Path, folder: Path, port: int, etcd_port: int) -> None:
        self.url = f"https://127.0.0.1:{port}"
        self.kubectl = programs / "kubectl"
        self.kubectl_cache = folder / "kubectl"
        """Of this server's kinds alone: another run's server may have had the port, and other kinds."""
        self.token = secrets.token_hex(16)
        self.certificate = folder / "certs" / "apiserver.crt"
        self._audit = folder / "audit.log"
        self._log = folder / "apiserver.log"
        (folder / "tokens.csv").write_text(f"{self.token},admin,admin,system:masters\n")
        self._command = _kube_apiserver(programs, folder, etcd_port, port)

    def start(self) -> None:
        """Start it, and return once it is ready."""
        self._child = Child("kube-apiserver", self._command, self._log, death_signal=signal.SIGKILL)
        self._child.wait_until(self._ready, START_SECONDS)

    def kill(self) -> None:
        """End it as a crash would."""
        self._child.kill()

    def kubeconfig(self, folder: Path, token: str, namespace: str = "default", url: str | None = None) -> Path:
        """A kubeconfig for the token's user."""
        cluster = {"server": url or self.url, "certificate-authority": str(self.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "user", "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "user", "namespace": namespace}}],
            "current-context": "test",
        }
        path = folder / f"kubeconfig-{secrets.token_hex(4)}"
        path.write_text(yaml.safe_dump(config))
        return path

    def writes(self, user: str, instance: str = "") -> list[Request]:
        """All writes by the user so far, oldest first; of objects whose names begin with the instance's."""
        found = (request for request in self._requests(user) if request.verb != "get")
        return [request for request in found if request.name.startswith(instance)]

    def looks(self, user: str, instance: str) -> int:
        """How often the user has read the IngestorDeployment: the operator does once for each reconcile."""
        return sum(request.verb == "get" and request.name == instance for request in self._requests(user))

    def _requests(self, user: str) -> Iterator[Request]:
        for line in self._audit.read_text().splitlines():
            # Most lines are the tests' own; reading JSON is what takes time.
            if user in line and (entry := json.loads(line))["user"]["username"] == user and "objectRef" in entry:
                yield _request(entry)

    def _ready(self) -> bool:
        if not self.certificate.exists():
            return False
        try:
            trusted = ssl.create_default_context(cafile=str(self.certificate))
            headers = {"Authorization": f"Bearer {self.token}"}
            return httpx2.get(f"{self.url}/readyz", headers=headers, verify=trusted, timeout=5).status_code == 200
        except (OSError, httpx2.TransportError):
            # Also while the certificate is being written.
            return False


@contextmanager
def running_api_server() -> Iterator[ApiServer]:
    """A ready API server with RBAC and an audit log; its data is deleted at the end."""
    programs = assets()
    folder = Path(tempfile.mkdtemp(prefix="ingestor-kube-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        etcd_port, peer_port, port = free_ports(3)
        command = _etcd(programs, folder, etcd_port, peer_port)
        etcd = Child("etcd", command, folder / "etcd.log", death_signal=signal.SIGKILL)
        stack.callback(etcd.kill)
        server = ApiServer(programs, folder, port, etcd_port)
        stack.callback(server.kill)
        server.start()
        yield server


def _etcd(programs: Path, folder: Path, port: int, peer_port: int) -> list[str]:
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer_port}"
    return [
        str(programs / "etcd"),
        f"--data-dir={folder / 'etcd'}",
        "--unsafe-no-fsync",
        "--log-level=warn",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
    ]


def _kube_apiserver(programs: Path, folder: Path, etcd_port: int, port: int) -> list[str]:
    key, public = folder / "sa.key", folder / "sa.pub"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
    (folder / "audit.yaml").write_text(yaml.safe_dump(_AUDIT_POLICY))
    return [
        str(programs / "kube-apiserver"),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        f"--cert-dir={folder / 'certs'}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        "--service-cluster-ip-range=10.0.0.0/20,fd00:10::/112",
        f"--service-account-issuer=https://127.0.0.1:{port}/",
        f"--service-account-key-file={public}",
        f"--service-account-signing-key-file={key}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        # Pods of accounts without tokens: there are no controllers that would make any.
        "--disable-admission-plugins=ServiceAccount",
        f"--audit-policy-file={folder / 'audit.yaml'}",
        f"--audit-log-path={folder / 'audit.log'}",
        "--audit-log-mode=blocking",
    ]


def _request(entry: dict[str, Any]) -> Request:
    reference = entry["objectRef"]
    return Request(
        user=entry["user"]["username"],
        verb=entry["verb"],
        resource=reference.get("resource", ""),
        subresource=reference.get("subresource", ""),
        namespace=reference.get("namespace", ""),
        name=reference.get("name", ""),
        time=entry["requestReceivedTimestamp"],
    )
