"""Settings from the environment: one typed class a service, composed from the parts here.

A value is read from `NAME`, or from the file that `NAME_FILE` names (mounted secrets). A wrong value stops the start
with a message that names the variable: see `load`.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError as SourceError

from ingestor_common.database_url import require_usable
from ingestor_common.kafka_login import SecurityProtocol, require_certificates, require_consistent, require_key
from ingestor_common.network_addresses import parse_brokers
from ingestor_common.topic_names import LONGEST, parse_topic
from ingestor_common.validation_words import words_of_fault

DEVELOPMENT_DATABASE_URL = "postgresql://ingestor:ingestor@localhost:5432/ingestor"

_WORDS: Final = {
    "bool_parsing": "say true or false",
    "int_parsing": "say a whole number",
    "float_parsing": "say a number",
}
"""Instead of the library's, which speak of input and parsing."""

CommaSeparated = Annotated[tuple[str, ...], NoDecode]
Brokers = Annotated[str, AfterValidator(parse_brokers)]
TopicName = Annotated[str, AfterValidator(parse_topic)]


class FromFiles(EnvSettingsSource):
    """Values from the files that `<NAME>_FILE` variables name, without the trailing line break."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable}: cannot read {path}: {error}") from None


class SettingsError(ValueError):
    """The environment does not make a usable configuration; the message names the variables."""


class ServiceSettings(BaseSettings):
    """What every service has. Empty variables count as not set."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True, case_sensitive=False)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FromFiles(settings_cls)


class DatabaseSettings(ServiceSettings):
    """Where the store is."""

    database_url: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_DATABASE_URL),
        description="Postgres connection URL: postgresql://user:password@host:port/database",
    )

    @field_validator("database_url")
    @classmethod
    def _usable(cls, url: SecretStr) -> SecretStr:
        require_usable(url.get_secret_value())
        return url


class KafkaSettings(ServiceSettings):
    """Where Kafka is, how to log in, and the names of topics and group."""

    kafka_brokers: Brokers = Field(default="localhost:9092", description="host:port, comma-separated")
    kafka_topic: TopicName = "quiz-events"
    kafka_group: str = Field(default="analytics-event-processors", min_length=1)
    kafka_dlq_topic: TopicName | None = Field(default=None, description="default: <topic>.dlq")
    kafka_security_protocol: SecurityProtocol = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str = ""
    kafka_sasl_password: SecretStr = SecretStr("")
    kafka_ssl_ca_location: str = ""
    kafka_ssl_certificate_location: str = ""
    kafka_ssl_key_location: str = ""

    @property
    def dead_letter_topic(self) -> str:
        return self.kafka_dlq_topic or f"{self.kafka_topic}.dlq"

    @field_validator("kafka_ssl_ca_location", "kafka_ssl_certificate_location")
    @classmethod
    def _certificates(cls, location: str) -> str:
        if location:
            require_certificates(location)
        return location

    @field_validator("kafka_ssl_key_location")
    @classmethod
    def _key(cls, location: str, info: ValidationInfo) -> str:
        certificate = info.data.get("kafka_ssl_certificate_location")
        if location and certificate:
            require_key(certificate, location)
        return location

    @model_validator(mode="after")
    def _topics_apart(self) -> Self:
        if self.dead_letter_topic == self.kafka_topic:
            raise ValueError("KAFKA_DLQ_TOPIC: must differ from KAFKA_TOPIC: dead letters would be read as events")
        if len(self.dead_letter_topic) > LONGEST:
            raise ValueError(
                f"KAFKA_DLQ_TOPIC: set it: KAFKA_TOPIC with .dlq is longer than the {LONGEST} that Kafka takes"
            )
        return self

    @model_validator(mode="after")
    def _consistent_login(self) -> Self:
        # The mechanism has a default, which nobody has set; what is empty counts as not set.
        given = [name.upper() for name in _LOGIN_FIELDS if name in self.model_fields_set and getattr(self, name)]
        require_consistent(self.kafka_security_protocol, given)
        return self


_LOGIN_FIELDS: Final = tuple(
    name for name in KafkaSettings.model_fields if name.startswith(("kafka_sasl_", "kafka_ssl_"))
)


class MetricsSettings(ServiceSettings):
    """Where metrics and the probes of a service without an HTTP API of its own are served."""

    metrics_port: int = Field(default=9090, ge=0, le=65535, description="0 picks a free port")

    @property
    def metrics_port_is_chosen(self) -> bool:
        """Whether somebody asked for this port; the default one may give way to a free one."""
        return "metrics_port" in self.model_fields_set


Settings = TypeVar("Settings", bound=ServiceSettings)


def load(settings: type[Settings]) -> Settings:
    """The service's settings from the environment.

    Raises SettingsError with a line for each variable at fault. The value itself is never printed: it may be a secret.
    """
    try:
        return settings()
    except SourceError as error:
        # The library wraps what a source raises; ours says which file could not be read.
        raise SettingsError(str(error.__cause__ or error)) from None
    except ValidationError as error:
        raise SettingsError("\n".join(_fault(detail) for detail in error.errors(include_input=False))) from None


def load_or_exit(settings: type[Settings], check: Callable[[Settings], None] | None = None) -> Settings:
    """`load` for a program's start: prints the faults and exits with 2. `check` may raise SettingsError too."""
    try:
        found = load(settings)
        if check is not None:
            check(found)
        return found
    except SettingsError as error:
        sys.exit(_exit_message(str(error)))


def _exit_message(text: str) -> int:
    print(f"configuration error:\n{text}", file=sys.stderr)
    return 2


def _fault(detail: Any) -> str:
    words = _WORDS.get(detail["type"]) or words_of_fault(detail["type"], detail["msg"])
    variable = "_".join(str(part) for part in detail["loc"]).upper()
    # What several variables have to do with each other names them itself.
    return f"  {variable}: {words}" if variable else f"  {words}"
