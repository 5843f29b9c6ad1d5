"""Namespaces with an account for the operator, bound to the Role files that are shipped."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from integration.operator.envtest import ApiServer
from integration.operator.kube import REPOSITORY, Kube

ACCOUNT = "ingestor-operator"
_RBAC = REPOSITORY / "k8s/rbac"


@dataclass(frozen=True)
class Tenant:
    """A namespace, the administrator's hands in it, and the operator's account there."""

    name: str
    server: ApiServer
    folder: Path
    kube: Kube
    admin: Path
    """The administrator's kubeconfig."""
    kubeconfig: Path
    """The operator's."""

    @property
    def user(self) -> str:
        """The operator's name in the audit log."""
        return f"system:serviceaccount:{self.name}:{ACCOUNT}"

    def kubectl(self, *arguments: str) -> str:
        """What kubectl prints, as the administrator. Raises AssertionError with its words where it fails."""
        return kubectl(self.server, self.admin, "--namespace", self.name, *arguments)

    def operator_kubeconfig(self, url: str | None = None) -> Path:
        """Another kubeconfig of the operator's account, perhaps by another way to the API server."""
        token = self.kubectl("create", "token", ACCOUNT, "--duration=1h").strip()
        return self.server.kubeconfig(self.folder, token, self.name, url)


def kubectl(server: ApiServer, kubeconfig: Path, *arguments: str) -> str:
    """What kubectl prints. Raises AssertionError with its words where it fails."""
    command = [str(server.kubectl), "--kubeconfig", str(kubeconfig), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def install_crd(server: ApiServer, folder: Path) -> None:
    """Install the CRD and wait until it is served."""
    admin = server.kubeconfig(folder, server.token)
    kubectl(server, admin, "apply", "--server-side", "-f", str(REPOSITORY / "k8s/crd"))
    kubectl(server, admin, "wait", "--for=condition=Established", "crd/ingestordeployments.ingestor.dev")


@contextmanager
def tenant(server: ApiServer, folder: Path, role: str = "role") -> Iterator[Tenant]:
    """A namespace with the samples' Secrets, and the operator's account bound to the role of that file."""
    name = f"school-{uuid4().hex[:8]}"
    admin = server.kubeconfig(folder, server.token, name)

    def run(*arguments: str) -> str:
        return kubectl(server, admin, "--namespace", name, *arguments)

    run("create", "namespace", name)
    run("create", "serviceaccount", ACCOUNT)
    run("apply", "-f", str(_RBAC / f"{role}.yaml"))
    run("apply", "-f", str(_RBAC / "leader-role.yaml"))
    account = f"--serviceaccount={name}:{ACCOUNT}"
    if role == "role":
        run("create", "rolebinding", ACCOUNT, f"--role={ACCOUNT}", account)
    else:
        run("create", "clusterrolebinding", f"{ACCOUNT}-{name}", f"--clusterrole={ACCOUNT}", account)
    run("create", "rolebinding", f"{ACCOUNT}-leader", f"--role={ACCOUNT}-leader", account)
    run("create", "secret", "generic", "ingestor-database", "--from-literal=url=postgresql://db/quiz")
    run("create", "secret", "generic", "ingestor-auth", f"--from-literal=jwt-secret={'s' * 48}")
    token = run("create", "token", ACCOUNT, "--duration=1h").strip()
    kube = Kube(admin, name)
    try:
        yield Tenant(name, server, folder, kube, admin, server.kubeconfig(folder, token, name))
    finally:
        kube.close()
