"""What can be said to `make up`, by variables as make passes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

API_PORT = 8080
KAFKA_PORT = 9092
POSTGRES_PORT = 5432
METRICS_PORT = 9090

_NO = {"off", "false", "no", "0"}
_YES = {"on", "true", "yes", "1"}


class OptionError(ValueError):
    """A variable has a value that means nothing; the message names it."""


@dataclass(frozen=True, slots=True)
class Options:
    """`port` and the other ports: None where nobody chose, so that a taken default may give way (not the API's)."""

    traffic: bool = True
    rate: float | None = None
    answers: Path | None = None
    kafka: bool = True
    port: int = API_PORT
    kafka_port: int | None = None
    postgres_port: int | None = None
    metrics_port: int | None = None


def read(environment: Mapping[str, str]) -> Options:
    """The options that the variables give. Raises OptionError naming the variable at fault."""
    return Options(
        traffic=_switch(environment, "TRAFFIC", True),
        rate=_rate(environment),
        answers=_file(environment, "ANSWERS"),
        kafka=_switch(environment, "KAFKA_ENABLED", True),
        port=_port(environment, "PORT") or API_PORT,
        kafka_port=_port(environment, "KAFKA_PORT"),
        postgres_port=_port(environment, "POSTGRES_PORT"),
        metrics_port=_port(environment, "METRICS_PORT"),
    )


def _switch(environment: Mapping[str, str], name: str, default: bool) -> bool:
    value = environment.get(name, "").strip().lower()
    if not value:
        return default
    if value not in _YES | _NO:
        raise OptionError(f"{name}={value}: say on or off")
    return value in _YES


def _rate(environment: Mapping[str, str]) -> float | None:
    value = environment.get("RATE", "").strip()
    if not value:
        return None
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise OptionError(f"RATE={value}: say how many events a second, more than 0")
    return rate


def _file(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name, "").strip()
    if not value:
        return None
    path = Path(value).expanduser()
    if not path.is_file():
        raise OptionError(f"{name}={value}: there is no such file")
    return path


def _port(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name, "").strip()
    if not value:
        return None
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise OptionError(f"{name}={value}: a port is a number from 1 to 65535")
    return int(value)
