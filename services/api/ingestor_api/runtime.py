"""What the process holds while it runs: connections, the two durable ways, tokens. Opened and closed in one place."""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from ingestor_api import metrics, upkeep
from ingestor_api.auth.accounts import Accounts
from ingestor_api.auth.jwks import ExternalTokens, Jwks
from ingestor_api.auth.tokens import OwnTokens
from ingestor_api.auth.verifier import Verifier
from ingestor_api.auth.withdrawal import Withdrawal
from ingestor_api.background import Background
from ingestor_api.breaker import Breaker, State
from ingestor_api.direct import CONCURRENT_TRANSACTIONS, DEADLINE_SECONDS, LOCK_SECONDS, DirectWriter
from ingestor_api.expiry import Expiry
from ingestor_api.health import LOOK_SECONDS, Health
from ingestor_api.ingest import Ingest
from ingestor_api.producer import KafkaPath
from ingestor_api.reports.reader import open_reader
from ingestor_api.rollout import rollout_of
from ingestor_api.settings import MINIMUM_SECRET_BYTES, ApiSettings
from ingestor_api.topic_logs import LogWatch
from ingestor_api.unstored import UnstoredWatch
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.writer import Writer

log = structlog.get_logger(__name__)

QUERY_CONNECTIONS: Final = 7
HEALTH_CONNECTIONS: Final = 1
QUERY_SECONDS: Final = 15.0

# With Postgres to fall back on, one event at a time finds out whether Kafka works again; without, all may as well.
_TRIALS_WITH_FALLBACK: Final = 1


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything the routes need. `queries` is the pool of lookup, catalog and accounts."""

    settings: ApiSettings
    ingest: Ingest
    verifier: Verifier
    own_tokens: OwnTokens | None
    accounts: Accounts
    queries: Pool
    reports: Pool
    health: Health
    logs: LogWatch


@asynccontextmanager
async def open_runtime(settings: ApiSettings) -> AsyncIterator[Runtime]:
    """Open what `settings` ask for. Works while Kafka and Postgres are down; on the way out everything accepted is
    flushed and drained."""
    async with AsyncExitStack() as stack:
        dsn = settings.database_url.get_secret_value()
        writes = await open_pool(
            dsn,
            max_size=CONCURRENT_TRANSACTIONS,
            application_name="ingestor-api direct",
            command_timeout=DEADLINE_SECONDS,
        )
        stack.callback(writes.terminate)
        queries = await open_pool(
            dsn,
            max_size=QUERY_CONNECTIONS,
            application_name="ingestor-api",
            command_timeout=QUERY_SECONDS + 1,
            statement_timeout=QUERY_SECONDS,
        )
        stack.callback(queries.terminate)
        looks = await open_pool(
            dsn, max_size=HEALTH_CONNECTIONS, application_name="ingestor-api health", command_timeout=LOOK_SECONDS
        )
        stack.callback(looks.terminate)
        reports = await open_reader(dsn)
        stack.callback(reports.terminate)
        expiry = Expiry()
        withdrawal = Withdrawal()
        for step in (upkeep.regrade, upkeep.make_months, upkeep.fold_addresses, expiry.look):
            stack.push_async_callback(Background(queries, step, upkeep.AGAIN_SECONDS).stop)
        # By a connection that no request can keep busy: whoever was disabled shall not be able to put that off.
        stack.push_async_callback(Background(looks, withdrawal.look, upkeep.AGAIN_SECONDS).stop)
        direct = DirectWriter(Writer(writes, LOCK_SECONDS))
        stack.push_async_callback(direct.stop)
        kafka = _open_kafka(settings)
        if kafka is not None:
            stack.push_async_callback(kafka.stop)
            stack.push_async_callback(UnstoredWatch(settings, queries).stop)
        health = Health(settings, kafka.breaker if kafka is not None else None, looks, (writes, queries, reports))
        stack.push_async_callback(health.stop)
        own = _own_tokens(settings)
        ingest = Ingest(kafka, direct, rollout_of(settings), settings.kafka_fallback, expiry)
        yield Runtime(
            settings,
            ingest,
            Verifier(own, _external_tokens(settings), withdrawal=withdrawal),
            own,
            Accounts(queries),
            queries,
            reports,
            health,
            LogWatch(settings),
        )


def _open_kafka(settings: ApiSettings) -> KafkaPath | None:
    if not settings.kafka_enabled:
        return None
    trials = _TRIALS_WITH_FALLBACK if settings.kafka_fallback == "direct" else settings.max_in_flight
    breaker = Breaker(time.monotonic, trials)
    kafka = KafkaPath(settings, breaker)
    metrics.failover_active.set_function(lambda: breaker.state is State.OPEN)
    metrics.producer_in_flight.set_function(kafka.in_flight)
    return kafka


def _own_tokens(settings: ApiSettings) -> OwnTokens | None:
    secret = settings.jwt_secret.get_secret_value()
    if secret:
        return OwnTokens(secret)
    if settings.jwt_jwks_url:
        return None
    log.warning("JWT_SECRET is not set; tokens are signed with one made up now, and end with this process")
    return OwnTokens(secrets.token_urlsafe(MINIMUM_SECRET_BYTES))


def _external_tokens(settings: ApiSettings) -> ExternalTokens | None:
    if not settings.jwt_jwks_url:
        return None
    return ExternalTokens(Jwks(settings.jwt_jwks_url), settings.jwt_issuer, settings.jwt_audience)
