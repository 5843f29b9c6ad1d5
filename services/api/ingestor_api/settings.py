"""The API's settings from the environment."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from ingestor_common.events import EVENT_TYPES
from ingestor_common.listening import EVERY_INTERFACE
from ingestor_common.network_addresses import parse_host, parse_proxies, parse_web_address
from ingestor_common.settings import CommaSeparated, DatabaseSettings, KafkaSettings, MetricsSettings

MINIMUM_SECRET_BYTES = 32
CLAIMS = ("issuer", "audience")
"""What an external issuer's tokens have to name, each by the setting JWT_<CLAIM>."""


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _known_names(value: object, spell: Callable[[str], str], known: Sequence[str], kind: str, kinds: str) -> object:
    """The names in a comma-separated text, each spelled as the known ones are. Raises ValueError for others."""
    if not isinstance(value, str):
        return value
    names = tuple(name for part in value.split(",") if (name := spell(part.strip())))
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"unknown {kind} {', '.join(unknown)}; the {kinds} are {', '.join(known)}")
    return names


Fallback = Annotated[Literal["direct", "none"], BeforeValidator(_lower)]
# Empty for every interface.
Host = Annotated[str, AfterValidator(lambda text: text and parse_host(text))]
# Empty for none.
Proxies = Annotated[str, AfterValidator(lambda text: text and parse_proxies(text))]
WebAddress = Annotated[str, AfterValidator(lambda text: text and parse_web_address(text))]
Claim = Annotated[str, StringConstraints(strip_whitespace=True)]
Signup = Annotated[Literal["open", "closed"], BeforeValidator(_lower)]


class ApiSettings(DatabaseSettings, KafkaSettings, MetricsSettings):
    """What the API is told. It listens on every interface unless HOST says otherwise, as a container must."""

    host: Host = EVERY_INTERFACE
    port: int = Field(default=8080, ge=0, le=65535, description="0 picks a free port")
    drain_seconds: float = Field(default=0, ge=0, le=3600, description="served on after SIGTERM, for clients to leave")
    forwarded_allow_ips: Proxies = Field(default="", description="proxies whose X-Forwarded-For is believed")

    kafka_enabled: bool = Field(default=False, description="false: every event is written to Postgres directly")
    kafka_rollout_percent: int = Field(default=100, ge=0, le=100, description="sessions that go through Kafka")
    kafka_event_types: CommaSeparated = Field(default=(), description="types that go through Kafka; empty: all")
    kafka_fallback: Fallback = Field(default="direct", description="none: 503 while Kafka is down")
    max_in_flight: int = Field(default=2048, ge=1, description="single events waiting to become durable; beyond: 429")

    jwt_jwks_url: WebAddress = ""
    jwt_secret: SecretStr = Field(default=SecretStr(""), description="not set: made up at each start")
    jwt_issuer: Claim = ""
    jwt_audience: Claim = ""
    jwt_unchecked_claims: CommaSeparated = Field(default=(), description="issuer, audience: not checked")
    auth_signup: Signup = Field(default="closed", description="open: anyone may sign up, as writer too")

    @field_validator("kafka_event_types", mode="before")
    @classmethod
    def _known_event_types(cls, value: object) -> object:
        return _known_names(value, str.upper, EVENT_TYPES, "event type", "types")

    @field_validator("jwt_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        length = len(secret.get_secret_value().encode())
        if 0 < length < MINIMUM_SECRET_BYTES:
            raise ValueError(
                f"needs at least {MINIMUM_SECRET_BYTES} bytes, has {length}; make one with: openssl rand -base64 48 "
                "(or set only JWT_JWKS_URL, for tokens of another issuer)"
            )
        return secret

    @field_validator("jwt_unchecked_claims", mode="before")
    @classmethod
    def _known_claims(cls, value: object) -> object:
        return _known_names(value, str.lower, CLAIMS, "claim", "claims")

    @model_validator(mode="after")
    def _checked_tokens(self) -> Self:
        """An issuer signs the tokens of all its applications with the same keys."""
        given = {"issuer": self.jwt_issuer, "audience": self.jwt_audience}
        missing = [claim for claim in CLAIMS if not given[claim] and claim not in self.jwt_unchecked_claims]
        if self.jwt_jwks_url and missing:
            names = " and ".join(f"JWT_{claim.upper()}" for claim in missing)
            raise ValueError(
                f"JWT_JWKS_URL needs {names}, else tokens that were made for other applications are taken too; where "
                f"that is wanted, set JWT_UNCHECKED_CLAIMS={','.join(missing)}"
            )
        return self
