"""Two installations on one database, as far as their connection URLs tell."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from ingestor_operator.model.resource import Resource
from ingestor_operator.model.secrets import database_secrets

Places = frozenset[str]
"""host:port/database of each host that a URL names."""
_PORT: Final = "5432"
_SERVICE: Final = re.compile(r"([^.]+)\.([^.]+)\.svc(\..+)?")
_OWN: Final = re.compile(r"localhost|127\..*|::1|/.*|")
"""Hosts that are another one in each pod."""
_PLAIN: Final = re.compile(r"(?:[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+):[0-9]{1,5}")
_DIGITS: Final = re.compile(r"[0-9]{1,20}")
"""Far more than a port has, and fewer than Python refuses to read. str.isdigit() takes "²" too, which is no number."""


class Databases:
    """Where each resource's database is, as its last look has seen."""

    def __init__(self) -> None:
        self._places: dict[str, Places] = {}
        self._servers: dict[str, tuple[str, ...]] = {}

    def seen(self, resource: Resource, secrets: Mapping[str, Mapping[str, str]]) -> None:
        """Take over what the resource's Secret says now."""
        url = _url(resource, secrets)
        self._places[resource.uid] = database_places(url, resource.namespace)
        self._servers[resource.uid] = _servers(url)

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a resource that is gone."""
        self._places.pop(uid, None)
        self._servers.pop(uid, None)

    def servers(self, resource: Resource) -> tuple[str, ...]:
        """host:port of each server, as the resource's URL names it; only to be told of a URL that has worked.

        Of one that was written wrongly the host may be a piece of the password.
        """
        return self._servers.get(resource.uid, ())

    def sharing(self, resource: Resource, others: Iterable[Resource]) -> tuple[str, ...]:
        """Those of the others that act on the resource's database, by their keys.

        One that has neither migrated it nor pods, as after a claim on its topics, has not come to the database.
        """
        own = self._places.get(resource.uid, frozenset())
        return tuple(
            sorted(other.key for other in others if _acts(other) and own & self._places.get(other.uid, frozenset()))
        )


def _acts(resource: Resource) -> bool:
    status = resource.status
    runs = any(part and part.replicas for part in (status.api, status.consumer))
    return resource.spec.mode == "Enforce" and (status.migration is not None or runs)


def _url(resource: Resource, secrets: Mapping[str, Mapping[str, str]]) -> str:
    """The resource's connection URL; "" where its Secret does not tell."""
    ((name, key),) = database_secrets(resource.spec)
    encoded = secrets.get(name, {}).get(key, "")
    try:
        return base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def database_places(url: str, namespace: str) -> Places:
    """Where a connection URL of that namespace leads, without user and password; nothing where it cannot be read.

    A Service's name is completed, so that its short form in two namespaces is not taken for one, nor its short and its
    long form for two.
    """
    database, servers = _read(url)
    return frozenset(f"{_completed(host, namespace)}:{port}/{database}" for host, port in servers)


def _servers(url: str) -> tuple[str, ...]:
    """host:port as the URL has them, where they have the form of such."""
    _, servers = _read(url)
    return tuple(sorted({named for host, port in servers if _PLAIN.fullmatch(named := f"{host}:{port}")}))


def _read(url: str) -> tuple[str, list[tuple[str, str]]]:
    """The database and the hosts with their ports; no hosts where the URL cannot be read."""
    try:
        parts = urlsplit(url.strip())
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    except ValueError:
        return "", []
    login, _, hosts = parts.netloc.rpartition("@")
    user = unquote(login.partition(":")[0])
    database = unquote(parts.path.lstrip("/")) or options.get("dbname") or options.get("database") or user
    named = hosts or options.get("host", "")
    found = (_host_and_port(host, options.get("port", _PORT)) for host in named.split(","))
    return database, [(host, port) for host, port in found if not _OWN.fullmatch(host)]


def _host_and_port(text: str, default: str) -> tuple[str, str]:
    """Host and port of an element of a list of hosts; an IPv6 address stands in brackets."""
    match = re.fullmatch(r"\[([^\]]*)\](?::([0-9]*))?|([^:]*)(?::([0-9]*))?", unquote(text))
    if match is None:
        return unquote(text).lower(), default
    host, port = match[1] or match[3] or "", match[2] or match[4] or default
    return host.lower().rstrip("."), _same_port(port)


def _same_port(text: str) -> str:
    """The port in one spelling; what is no port stays as it was written, as long as it may be."""
    return str(int(text)) if _DIGITS.fullmatch(text) else text


def _completed(host: str, namespace: str) -> str:
    if service := _SERVICE.fullmatch(host):
        return f"{service[1]}.{service[2]}"
    return host if "." in host or ":" in host else f"{host}.{namespace}"
