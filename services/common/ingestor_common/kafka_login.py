"""How a client logs in to Kafka: what the security protocol needs, and the files that TLS reads.

librdkafka would say the same when a client is made, in words that name none of our variables, and passes over what the
protocol does not use: who sets a certificate authority and forgets the protocol would send everything in plain text.
"""

import ssl
from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal, TypeAlias

SecurityProtocol: TypeAlias = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]

_PROTOCOL: Final = "KAFKA_SECURITY_PROTOCOL"
_LOGIN: Final = ("KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD")
_PAIR: Final = ("KAFKA_SSL_CERTIFICATE_LOCATION", "KAFKA_SSL_KEY_LOCATION")
_ANY_STRENGTH: Final = "ALL:@SECLEVEL=0"


def require_consistent(protocol: SecurityProtocol, given: Collection[str]) -> None:
    """Passes where `given`, the variables of KAFKA_SASL_* and KAFKA_SSL_* that are set, are what the protocol uses.

    Raises ValueError that names the variables.
    """
    of_sasl = [name for name in given if name.startswith("KAFKA_SASL_")]
    of_tls = [name for name in given if name.startswith("KAFKA_SSL_")]
    has_sasl, has_tls = protocol.startswith("SASL_"), protocol.endswith("SSL")
    unused = [*(of_sasl if not has_sasl else ()), *(of_tls if not has_tls else ())]
    if unused:
        wanted = _protocol(is_sasl=has_sasl or bool(of_sasl), is_tls=has_tls or bool(of_tls))
        raise ValueError(
            f"{_listed(unused)}: not used by {_PROTOCOL}={protocol}; set {_PROTOCOL}={wanted}, or remove what is unused"
        )
    if has_sasl and (missing := [name for name in _LOGIN if name not in given]):
        raise ValueError(f"{_PROTOCOL}={protocol} needs {_listed(missing)}")
    if len(lacking := [name for name in _PAIR if name not in given]) == 1:
        raise ValueError(f"{lacking[0]}: missing; a client certificate needs {_listed(_PAIR)}")


def require_certificates(location: str) -> None:
    """Passes where the file holds certificates. Raises ValueError saying why it does not."""
    _require_readable(location)
    try:
        _context().load_verify_locations(location)
    except ssl.SSLError:
        raise ValueError("the file holds no certificate in PEM") from None


def require_key(certificate: str, key: str) -> None:
    """Passes where the file holds the private key of the certificate. Raises ValueError saying why it does not."""
    _require_readable(key)
    try:
        # A key with a passphrase would make OpenSSL ask for it on the terminal.
        _context().load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(f"the key is not that of the certificate in {_PAIR[0]}") from None
        raise ValueError("the file holds no private key in PEM that needs no passphrase") from None


def _require_readable(location: str) -> None:
    # Without the path: whoever puts the key itself there shall not find it in a log.
    try:
        with Path(location).open("rb") as file:
            file.read(1)
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from None


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Which keys are strong enough is between librdkafka's OpenSSL and the brokers.
    context.set_ciphers(_ANY_STRENGTH)
    return context


def _protocol(*, is_sasl: bool, is_tls: bool) -> SecurityProtocol:
    if is_sasl:
        return "SASL_SSL" if is_tls else "SASL_PLAINTEXT"
    return "SSL" if is_tls else "PLAINTEXT"


def _listed(names: Collection[str]) -> str:
    return " and ".join(names)
