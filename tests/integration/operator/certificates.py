"""Certificates for the tests' brokers and clients, made by openssl as an administrator would."""

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_EXTENSIONS = "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n"


@dataclass(frozen=True)
class Identity:
    """A certificate and its private key, as PEM files."""

    certificate: Path
    key: Path

    @cached_property
    def together(self) -> Path:
        """Key and certificate in one file, as Kafka wants a keystore of type PEM."""
        path = self.key.with_suffix(".pem")
        path.write_text(self.key.read_text() + self.certificate.read_text())
        return path


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and the folder for what it signs."""

    folder: Path
    identity: Identity

    @property
    def certificate(self) -> Path:
        """What others trust it by."""
        return self.identity.certificate

    def issue(self, name: str, days: int = 1) -> Identity:
        """A certificate for the common name, good for servers on loopback and for clients, and for so many days."""
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
        extensions = self.folder / "extensions"
        extensions.write_text(_EXTENSIONS)
        _openssl(
            "req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", f"/CN={name}", "-keyout", key, "-out", request
        )
        _openssl(
            "x509", "-req", "-in", request, "-days", str(days), "-extfile", extensions, "-CAcreateserial",
            "-CA", self.certificate, "-CAkey", self.identity.key, "-out", certificate,
        )  # fmt: skip
        return Identity(certificate, key)


def make_authority(folder: Path, name: str) -> Authority:
    """A certificate authority that signs itself."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    _openssl(
        "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "1", "-subj", f"/CN={name}",
        "-keyout", key, "-out", certificate,
    )  # fmt: skip
    return Authority(folder, Identity(certificate, key))


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
