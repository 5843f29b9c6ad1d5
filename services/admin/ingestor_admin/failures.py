"""Failures as one line and an exit status, instead of a traceback.

Statuses: 1 the answer is no (the books do not balance, the user exists, records are gone), 2 wrong usage or settings,
3 Kafka or Postgres cannot be reached or refuses, 130 interrupted by Ctrl-C.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import click
from confluent_kafka import KafkaException

from ingestor_admin.connection_errors import is_silence, why_unreachable
from ingestor_admin.settings import AdminSettings
from ingestor_common.database_url import describe, describe_servers
from ingestor_common.kafka import TopicMissing, require_usable, words
from ingestor_common.kafka_log.leader import LeaderFault
from ingestor_common.network_faults import network_fault
from ingestor_common.settings import SettingsError, load
from ingestor_common.store.errors import CONNECTION_LOST
from ingestor_common.store.migrate import MigrationError


class Failure(click.ClickException):
    """The answer is no. Ends the command with the message on stderr."""

    exit_code = 1


class WrongUsage(Failure):
    """The command or its settings cannot be right."""

    exit_code = 2


class Unreachable(Failure):
    """Kafka or Postgres does not answer, or refuses."""

    exit_code = 3


def settings() -> AdminSettings:
    """The settings from the environment; a wrong one is a Failure that names the variable."""
    try:
        found = load(AdminSettings)
        require_usable(found)
        return found
    except SettingsError as error:
        raise WrongUsage(f"wrong settings:\n{error}") from None


def require_text(what: str, value: str) -> str:
    """The value as it is. Raises WrongUsage for bytes of the command line that are no text."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise WrongUsage(f"{what} is not UTF-8") from None
    return value


@contextmanager
def plain_failures(settings: AdminSettings) -> Iterator[None]:
    """What Kafka and Postgres raise, as Failures that name the server."""
    try:
        yield
    except TopicMissing as error:
        raise Failure(str(error)) from None
    except KafkaException as error:
        why = why_unreachable(settings) if is_silence(error) else None
        said = "; ".join(filter(None, (_kafka_words(settings, error), why)))
        raise Unreachable(f"Kafka at {settings.kafka_brokers}: {said}") from None
    except LeaderFault as error:
        raise Unreachable(f"Kafka at {settings.kafka_brokers}: {error}") from None
    except MigrationError as error:
        raise Failure(str(error)) from None
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise Unreachable(f"{_database(settings)}: {error}; run: ingestor-admin migrate") from None
    except TimeoutError:
        # Waiting for Kafka ends in KafkaException.
        raise Unreachable(f"{_database(settings)}: no answer in time") from None
    except asyncpg.PostgresError as error:
        raise Unreachable(f"Postgres at {describe_servers(_url(settings))}: {error}") from None
    except CONNECTION_LOST as error:
        raise Unreachable(f"{_database(settings)}: {error}") from None
    except OSError as error:
        raise Unreachable(f"{_database(settings)}: {network_fault(error)}") from None


def _kafka_words(settings: AdminSettings, error: KafkaException) -> str:
    said = words(error)
    if "Cluster authorization failed" in said:
        # What brokers say to an idempotent producer that may write to no topic.
        return f"{said} (sending needs the right Write on topic {settings.kafka_topic})"
    return said


def _database(settings: AdminSettings) -> str:
    return f"Postgres at {describe(_url(settings))}"


def _url(settings: AdminSettings) -> str:
    return settings.database_url.get_secret_value()
