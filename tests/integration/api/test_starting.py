"""What the service says when it cannot start."""

from pathlib import Path

from services import Api


def test_with_a_short_or_missing_secret_it_does_not_start(tmp_path: Path) -> None:
    for number, secret in enumerate(["", "a secret of 31 bytes, too short"]):
        with Api({"JWT_SECRET": secret}, tmp_path / f"log-{number}") as api:
            assert api.wait(20) == 2
            assert "JWT_SECRET" in api.output()
            assert "openssl rand" in api.output()


def test_a_taken_port_is_a_message_that_names_the_port_and_the_variable(api: Api, tmp_path: Path) -> None:
    for variable, port in (("PORT", api.port), ("METRICS_PORT", int(api.probes.rpartition(":")[2]))):
        with Api({variable: str(port)}, tmp_path / variable) as second:
            assert second.wait(20) != 0
            assert f"{variable} {port}" in second.output()
