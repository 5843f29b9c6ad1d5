"""The command `ingestor-consumer`: settings, logs, and the service."""

import sys

import structlog
import uvloop

from ingestor_common import logs
from ingestor_common.command_line import take_no_arguments
from ingestor_common.kafka import require_usable
from ingestor_common.metrics import announce_build
from ingestor_common.probes import PortTaken
from ingestor_common.settings import load_or_exit
from ingestor_consumer import service
from ingestor_consumer.settings import ConsumerSettings

log = structlog.get_logger(__name__)


def main() -> None:
    """Run until SIGTERM or SIGINT. Exit codes: 0 stopped, 1 failed, 2 wrong settings."""
    take_no_arguments("ingestor-consumer", "Store what is in Kafka in Postgres, each event once.")
    settings = load_or_exit(ConsumerSettings, require_usable)
    logs.configure("consumer", settings.log_level)
    announce_build("consumer")
    try:
        uvloop.run(service.run(settings))
    except PortTaken as error:
        sys.exit(str(error))
    except Exception:
        log.exception("the consumer failed")
        sys.exit(1)
