"""What the service says when it cannot start."""

from pathlib import Path

import pytest
from services import Api


def test_with_a_short_secret_it_does_not_start(tmp_path: Path) -> None:
    with Api({"JWT_SECRET": "a secret of 31 bytes, too short"}, tmp_path / "log") as api:
        assert api.wait() == 2
        assert "JWT_SECRET" in api.output()
        assert "openssl rand" in api.output()
        assert "a secret of 31 bytes" not in api.output()


def test_a_taken_port_is_a_message_that_names_the_port_and_the_variable(api: Api, tmp_path: Path) -> None:
    for variable, port in (("PORT", api.port), ("METRICS_PORT", int(api.probes.rpartition(":")[2]))):
        with Api({variable: str(port)}, tmp_path / variable) as second:
            assert second.wait() != 0
            assert f"{variable} {port}" in second.output()


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("nohost.invalid", id="a name that does not resolve"),
        pytest.param("192.0.2.1", id="an address that is not this machine's"),
    ],
)
def test_a_host_that_cannot_be_listened_on_is_said_to_be_the_host(host: str, tmp_path: Path) -> None:
    with Api({"HOST": host}, tmp_path / "log") as api:
        assert api.wait() == 1
        assert f"cannot listen on HOST {host}" in api.output()
        assert api.output().endswith("; choose another HOST\n")


def test_a_taken_port_is_said_to_be_the_port(api: Api, tmp_path: Path) -> None:
    with Api({"PORT": str(api.port)}, tmp_path / "log") as second:
        assert second.wait() == 1
        assert second.output().endswith("; choose another PORT\n")
