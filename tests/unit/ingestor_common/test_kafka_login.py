"""What a security protocol needs is demanded, what it does not use is refused, and its files are read at the start."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration.operator.certificates import Authority, Identity, make_authority
from pydantic import SecretStr, ValidationError

from ingestor_common.kafka import require_usable
from ingestor_common.settings import KafkaSettings, SettingsError

_SASL = ("kafka_sasl_username", "kafka_sasl_password")
_LOGIN = {"kafka_sasl_username": "ada", "kafka_sasl_password": SecretStr("QXZ7KWV8")}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("KAFKA_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="module")
def client(authority: Authority) -> Identity:
    return authority.issue("client")


def _files(authority: Authority, client: Identity) -> dict[str, object]:
    return {
        "kafka_ssl_ca_location": str(authority.certificate),
        "kafka_ssl_certificate_location": str(client.certificate),
        "kafka_ssl_key_location": str(client.key),
    }


def _refused(values: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as refused:
        KafkaSettings.model_validate(values)
    (fault,) = refused.value.errors(include_input=False)
    return f"{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
def test_what_the_protocol_uses_is_taken(authority: Authority, client: Identity, protocol: str) -> None:
    login = _LOGIN if protocol.startswith("SASL") else {}
    files = _files(authority, client)
    for given_files in ({}, {"kafka_ssl_ca_location": files["kafka_ssl_ca_location"]}, files):
        settings = KafkaSettings.model_validate({"kafka_security_protocol": protocol} | login | given_files)
        require_usable(settings)


@given(
    st.sampled_from(["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]),
    st.fixed_dictionaries(
        {},
        optional={
            "kafka_sasl_mechanism": st.just("PLAIN"),
            "kafka_sasl_username": st.sampled_from(["", "ada"]),
            "kafka_sasl_password": st.sampled_from(["", "QXZ7KWV8"]),
        },
    ),
)
def test_a_login_is_taken_whole_and_only_where_the_protocol_has_one(protocol: str, login: dict[str, object]) -> None:
    is_given = [name for name, value in login.items() if value]
    values = {"kafka_security_protocol": protocol} | login
    is_complete = all(name in is_given for name in _SASL)
    if is_complete if protocol.startswith("SASL_") else not is_given:
        KafkaSettings.model_validate(values)
        return
    said = _refused(values)
    assert "KAFKA_SECURITY_PROTOCOL" in said
    assert "QXZ7" not in said
    if protocol.startswith("SASL_"):
        assert [name for name in _SASL if name.upper() in said] == [name for name in _SASL if name not in is_given]
    else:
        assert f"set KAFKA_SECURITY_PROTOCOL=SASL_{'SSL' if protocol == 'SSL' else 'PLAINTEXT'}" in said


@pytest.mark.parametrize(("protocol", "wanted"), [("PLAINTEXT", "SSL"), ("SASL_PLAINTEXT", "SASL_SSL")])
def test_files_beside_a_protocol_in_plain_text_name_the_one_to_set(
    authority: Authority, protocol: str, wanted: str
) -> None:
    login = _LOGIN if protocol.startswith("SASL") else {}
    values = {"kafka_security_protocol": protocol, "kafka_ssl_ca_location": str(authority.certificate)} | login
    said = _refused(values)
    assert "KAFKA_SSL_CA_LOCATION" in said
    assert f"set KAFKA_SECURITY_PROTOCOL={wanted}," in said


@pytest.mark.parametrize("field", ["kafka_ssl_ca_location", "kafka_ssl_certificate_location", "kafka_ssl_key_location"])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read: Is a directory"),
        (lambda path: path.write_bytes(b""), "holds no"),
        (lambda path: path.write_bytes(b"\x30\x82\x01\x0a" + bytes(range(256))), "holds no"),
        (lambda path: path.write_text(path.read_text()[:200]), "holds no"),
    ],
    ids=["missing", "folder", "empty", "no PEM", "cut off"],
)
def test_a_file_that_is_no_use_is_named_by_its_variable(
    authority: Authority,
    client: Identity,
    tmp_path: Path,
    field: str,
    spoil: Callable[[Path], object],
    words: str,
) -> None:
    values = _files(authority, client) | {"kafka_security_protocol": "SSL"}
    copy = tmp_path / "copy.pem"
    copy.write_bytes(Path(str(values[field])).read_bytes())
    spoil(copy)
    said = _refused(values | {field: str(copy)})
    assert said.startswith(f"{field.upper()}: ")
    assert words in said
    assert "copy.pem" not in said


def test_a_key_of_another_certificate_or_with_a_passphrase_is_refused(
    authority: Authority, client: Identity, tmp_path: Path
) -> None:
    values = _files(authority, client) | {"kafka_security_protocol": "SSL"}
    assert "not that of the certificate" in _refused(
        values | {"kafka_ssl_key_location": str(authority.issue("another").key)}
    )
    locked = tmp_path / "locked.key"
    command = ["openssl", "pkcs8", "-topk8", "-in", str(client.key), "-out", str(locked), "-passout", "pass:secret"]
    subprocess.run(command, check=True, capture_output=True)
    assert "needs no passphrase" in _refused(values | {"kafka_ssl_key_location": str(locked)})


@pytest.mark.parametrize("left_out", ["kafka_ssl_certificate_location", "kafka_ssl_key_location"])
def test_a_client_certificate_needs_both_files(authority: Authority, client: Identity, left_out: str) -> None:
    values = _files(authority, client) | {"kafka_security_protocol": "SSL"}
    del values[left_out]
    assert f"{left_out.upper()}: missing" in _refused(values)


def test_what_librdkafka_alone_refuses_is_an_error_of_the_settings(
    tmp_path: Path,
) -> None:
    settings = KafkaSettings.model_validate({"kafka_security_protocol": "SSL"})
    unchecked = settings.model_copy(update={"kafka_ssl_ca_location": str(tmp_path / "gone")})
    with pytest.raises(SettingsError, match="KAFKA_SSL_"):
        require_usable(unchecked)
