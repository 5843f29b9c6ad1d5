"""Whether a DATABASE_URL can be used at all, said at the start, in words that hold no part of the URL.

An unencoded `#`, `/`, `?` or `@` in a password moves the rest of the password into another part of the URL, so no part
of a URL that is refused may be printed: neither a host nor the name of a parameter. The rules are those of asyncpg,
which connects: https://magicstack.github.io/asyncpg/current/api/index.html#connection.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote_to_bytes, urlsplit

from asyncpg import connect_utils

from ingestor_common.database_parameters import DRIVER_PARAMETERS, SERVER_PARAMETERS
from ingestor_common.network_addresses import is_port

_DRIVER_PARSER: Final = "_parse_connect_dsn_and_args"
_SHAPE: Final = "postgresql://user:password@host:5432/database"
_ENCODE: Final = (
    "percent-encode special characters of the user and the password, such as # as %23, / as %2F, ? as %3F, @ as %40, "
    ": as %3A, % as %25"
)
_HOST: Final = re.compile(r"[\w.-]+|\[[0-9A-Fa-f:.]+(%[\w.-]+)?\]|/.*")
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SESSION_ATTRIBUTES: Final = ("any", "primary", "standby", "prefer-standby", "read-write", "read-only")
_CHOICES: Final = {"sslmode": _SSL_MODES, "target_session_attrs": _SESSION_ATTRIBUTES}
_WITH_AT_SIGN: Final = frozenset({"user", "password"})
_SOCKET_FOLDERS: Final = ("/run/postgresql", "/var/run/postgresql", "/tmp")  # noqa: S108  where Postgres puts them
_UNDESCRIBED: Final = "the address in DATABASE_URL"
_LOGIN: Final = "the user or the password"


def require_usable(url: str) -> str:
    """`url` itself, if asyncpg can connect with it as far as can be told without connecting.

    Raises ValueError: what is wrong and what to do, without any part of the URL.
    """
    parts = _split(url)
    _require_one_at_sign(parts)
    parameters = _parameters(parts.query)
    _require_hosts(parts, parameters)
    _require_text(parts, parameters)
    try:
        parse(url)
    except Exception:
        # The driver's words repeat parts of the URL.
        raise ValueError(_unusable(parameters)) from None
    return url


def parse(url: str) -> tuple[list[Any], Any]:
    """The driver's own reading of a usable URL and of the PG* variables: addresses, and parameters.

    An address is (host, port), or the path of a socket.
    """
    # Not in the stubs, and no public function reads a URL without connecting.
    parse_as_driver: Callable[..., tuple[Sequence[Any], Any]] = getattr(connect_utils, _DRIVER_PARSER)
    addresses, parameters = parse_as_driver(
        dsn=url,
        **dict.fromkeys(
            ("host", "port", "user", "password", "passfile", "database", "ssl", "service", "servicefile", "direct_tls",
             "server_settings", "target_session_attrs", "krbsrvname", "gsslib")
        ),
    )  # fmt: skip
    return list(addresses), parameters


def describe(url: str) -> str:
    """Where a usable URL leads: `host:port/database`, with every host of a list; never the user or the password.

    A URL without a user is not described: where its @ was left out, what looks like its port is of the password.
    """
    return f"{describe_servers(url)}/{parse(url)[1].database}" if _is_described(url) else _UNDESCRIBED


def describe_servers(url: str) -> str:
    """As `describe`, without the database: for a server that was reached and refuses the login, which may be because
    what should be the database's name is another part of the URL."""
    if not _is_described(url):
        return _UNDESCRIBED
    addresses, _ = parse(url)
    return ",".join(address if isinstance(address, str) else "{}:{}".format(*address) for address in addresses)


def _is_described(url: str) -> bool:
    return "@" in urlsplit(url).netloc


def _split(url: str) -> SplitResult:
    if url[:1] in ("'", '"'):
        raise ValueError(f"begins with a quotation mark; remove the quotation marks: {_SHAPE}")
    if not url.lstrip().lower().startswith(("postgresql://", "postgres://")):
        raise ValueError(f"does not begin with postgresql://; it has the form {_SHAPE}")
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError(f"has brackets that are not those of an IPv6 address such as [::1]; {_ENCODE}") from None


def _require_one_at_sign(parts: SplitResult) -> None:
    if parts.netloc.count("@") > 1:
        raise ValueError(f"has more than one @ before its path; {_ENCODE}")
    if "@" in parts.path or "@" in parts.fragment:
        raise ValueError(f"has an @ after its host, so {_LOGIN} seems to hold a special character; {_ENCODE}")


def _parameters(query: str) -> dict[str, str]:
    try:
        found = {name: values[-1] for name, values in parse_qs(query, strict_parsing=True).items()} if query else {}
    except ValueError:
        raise ValueError(f"has a ? that name=value pairs do not follow; if {_LOGIN} holds it: {_ENCODE}") from None
    for position, (name, value) in enumerate(found.items(), 1):
        if not _is_known(name):
            known = ", ".join(sorted(DRIVER_PARAMETERS))
            raise ValueError(
                f"has an unknown parameter, number {position} after the ?; known are {known}, and settings of the "
                f"server such as application_name; remove it, or if {_LOGIN} holds a ?: {_ENCODE}"
            )
        if "@" in value and name not in _WITH_AT_SIGN:
            raise ValueError(f"has an @ in a parameter, so {_LOGIN} seems to hold a ?; {_ENCODE}")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"has a wrong {name}; it is one of {', '.join(_CHOICES[name])}")
    return found


def _is_known(name: str) -> bool:
    # A name with a dot is a setting of an extension.
    return name in DRIVER_PARAMETERS or name.lower() in SERVER_PARAMETERS or "." in name


def _require_hosts(parts: SplitResult, parameters: dict[str, str]) -> None:
    hosts = parts.netloc.rpartition("@")[2]
    if not hosts:
        _require_host_elsewhere(parameters)
        return
    for element in hosts.split(","):
        match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", _decoded(element))
        host, port = (match[1], match[2]) if match else (element, "")
        if port and not is_port(port):
            raise ValueError(
                f"has a wrong port; it is a number from 1 to 65535. Where it seems right, {_LOGIN} holds a special "
                f"character: {_ENCODE}; an IPv6 address stands in brackets, such as [::1]"
            )
        if not host:
            raise ValueError(f"has an empty host; it has the form {_SHAPE}")
        if not _HOST.fullmatch(host):
            raise ValueError(f"has a host that is no name and no address; {_ENCODE}")


def _require_host_elsewhere(parameters: dict[str, str]) -> None:
    if parameters.get("host") or parameters.get("service"):
        return
    if os.environ.get("PGHOST") or os.environ.get("PGSERVICE"):
        return
    if not any(path.exists() for folder in _SOCKET_FOLDERS for path in Path(folder).glob(".s.PGSQL.*")):
        raise ValueError(f"has no host, and there is no Postgres socket on this machine; it has the form {_SHAPE}")


def _require_text(parts: SplitResult, parameters: dict[str, str]) -> None:
    values = (_decoded(parts.netloc), _decoded(parts.path), *parameters.values())
    if any("\0" in value for value in values):
        raise ValueError("holds a zero byte (%00), which Postgres takes nowhere; remove it")


def _decoded(part: str) -> str:
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeError:
        raise ValueError(f"has percent-encoded bytes that are not UTF-8; {_ENCODE}") from None


def _unusable(parameters: dict[str, str]) -> str:
    if parameters.keys() & {"port", "host"}:
        return "has a wrong host or port among its parameters; give both before the path"
    return (
        "cannot be used as it is; see that the files of sslrootcert, sslcert, sslkey and sslcrl exist and can be read, "
        "and that the variables PGHOST, PGPORT, PGSSLMODE, PGTARGETSESSIONATTRS and their like are right or not set"
    )
