"""The command `ingestor-admin`."""

from typing import Any

import click

from ingestor_admin.accounts import user_group
from ingestor_admin.dlq import dlq_group
from ingestor_admin.ledger import ledger_group
from ingestor_admin.migrate import migrate_command
from ingestor_admin.rebuild import rebuild_command
from ingestor_admin.replay import replay_command
from ingestor_admin.retention import retention_command
from ingestor_admin.topic import topic_group
from ingestor_admin.users import create_user_command
from ingestor_common.program import INTERRUPTED, is_interruption


class _Commands(click.Group):
    """Ends with a status of its own on Ctrl-C: click's is 1, which is an answer here (`failures.py`)."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, SystemError) as error:
            if not is_interruption(error):
                raise
            ctx.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ingestor-admin")
def main() -> None:
    """Operate the Analytics Ingestor. Kafka and the database are where KAFKA_BROKERS, KAFKA_TOPIC, KAFKA_GROUP and
    DATABASE_URL say, as for the services."""


COMMANDS = (
    migrate_command,
    create_user_command,
    user_group,
    ledger_group,
    topic_group,
    replay_command,
    dlq_group,
    rebuild_command,
    retention_command,
)
for command in COMMANDS:
    main.add_command(command)
