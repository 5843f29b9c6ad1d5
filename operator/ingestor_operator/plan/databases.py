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

    def seen(self, resource: Resource, secrets: Mapping[str, Mapping[str, str]]) -> None:
        """Take over what the resource's Secret says now."""
        self._places[resource.uid] = places(resource, secrets)

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a resource that is gone."""
        self._places.pop(uid, None)

    def servers(self, resource: Resource) -> tuple[str, ...]:
        """host:port of each server that the resource's URL names; only to be told of a URL that has worked.

        Of one that was written wrongly the host may be a piece of the password.
        """
        found = self._places.get(resource.uid, frozenset())
        return tuple(sorted({server for place in found if _PLAIN.fullmatch(server := place.partition("/")[0])}))

    def sharing(self, resource: Resource, others: Iterable[Resource]) -> tuple[str, ...]:
        """Those of the others that act on the resource's database, by their keys."""
        own = self._places.get(resource.uid, frozenset())
        return tuple(
            sorted(
                other.key
                for other in others
                if other.spec.mode == "Enforce" and own & self._places.get(other.uid, frozenset())
            )
        )


def places(resource: Resource, secrets: Mapping[str, Mapping[str, str]]) -> Places:
    """Where the resource's database is; nothing where its Secret does not tell."""
    ((name, key),) = database_secrets(resource.spec)
    encoded = secrets.get(name, {}).get(key, "")
    try:
        return database_places(base64.b64decode(encoded).decode(), resource.namespace)
    except (binascii.Error, UnicodeDecodeError):
        return frozenset()


def database_places(url: str, namespace: str) -> Places:
    """Where a connection URL of that namespace leads, without user and password; nothing where it cannot be read.

    A Service's name is completed, so that its short form in two namespaces is not taken for one, nor its short and its
    long form for two.
    """
    try:
        parts = urlsplit(url.strip())
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    except ValueError:
        return frozenset()
    login, _, hosts = parts.netloc.rpartition("@")
    user = unquote(login.partition(":")[0])
    database = unquote(parts.path.lstrip("/")) or options.get("dbname") or options.get("database") or user
    named = hosts or options.get("host", "")
    found = (_host_and_port(host, options.get("port", _PORT)) for host in named.split(","))
    return frozenset(
        f"{_completed(host, namespace)}:{port}/{database}" for host, port in found if not _OWN.fullmatch(host)
    )


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
