"""A real kube-apiserver on a real etcd, on loopback, as envtest starts them: no kubelet, no controllers."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestor_dev.embedded.child import spawn
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
        {"level": "None", "verbs": ["get", "list", "watch"]},
        {"level": "Metadata"},
    ],
}


def assets() -> Path:
    """The folder with the binaries; skips the test, or fails it where INGESTOR_REQUIRE_KUBE=1, without one."""
    folder = Path(os.environ.get("KUBEBUILDER_ASSETS", "/nonexistent"))
    if all((folder / program).exists() for program in ("etcd", "kube-apiserver", "kubectl")):
        return folder
    if os.environ.get("INGESTOR_REQUIRE_KUBE") == "1":
        pytest.fail(HOW_TO_GET_IT)
    pytest.skip(HOW_TO_GET_IT)


@dataclass(frozen=True)
class Write:
    """One write that the API server's audit log has."""

    user: str
    verb: str
    resource: str
    subresource: str
    namespace: str
    name: str
    time: str


@dataclass(frozen=True)
class ApiServer:
    """A running API server."""

    url: str
    token: str
    certificate: Path
    audit: Path
    kubectl: Path

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

    def writes(self, user: str) -> list[Write]:
        """All writes by the user so far, oldest first."""
        entries = [json.loads(line) for line in self.audit.read_text().splitlines()]
        return [_write(entry) for entry in entries if entry["user"]["username"] == user and "objectRef" in entry]


@contextmanager
def running_api_server() -> Iterator[ApiServer]:
    """A ready API server with RBAC and an audit log; its data is deleted at the end."""
    programs = assets()
    folder = Path(tempfile.mkdtemp(prefix="ingestor-kube-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        etcd_port, peer_port, port = free_ports(3)
        stack.enter_context(_process(folder / "etcd.log", _etcd(programs, folder, etcd_port, peer_port)))
        token = secrets.token_hex(16)
        (folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
        command = _kube_apiserver(programs, folder, etcd_port, port)
        process = stack.enter_context(_process(folder / "apiserver.log", command))
        server = ApiServer(
            url=f"https://127.0.0.1:{port}",
            token=token,
            certificate=folder / "certs" / "apiserver.crt",
            audit=folder / "audit.log",
            kubectl=programs / "kubectl",
        )
        _wait_ready(server, process, folder / "apiserver.log")
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
        "--service-cluster-ip-range=10.0.0.0/20",
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


@contextmanager
def _process(log: Path, command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = spawn(command, log, death_signal=signal.SIGKILL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_ready(server: ApiServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _ready(server):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"kube-apiserver did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def _ready(server: ApiServer) -> bool:
    if not server.certificate.exists():
        return False
    command = [
        str(server.kubectl),
        "--kubeconfig=/dev/null",
        f"--server={server.url}",
        f"--token={server.token}",
        f"--certificate-authority={server.certificate}",
        "get",
        "--raw=/readyz",
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _write(entry: dict[str, Any]) -> Write:
    reference = entry["objectRef"]
    return Write(
        user=entry["user"]["username"],
        verb=entry["verb"],
        resource=reference.get("resource", ""),
        subresource=reference.get("subresource", ""),
        namespace=reference.get("namespace", ""),
        name=reference.get("name", ""),
        time=entry["requestReceivedTimestamp"],
    )
