"""`ingestor-admin topic` and `ingestor-admin topic create`."""

import click
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_admin.failures import Failure, plain_failures, settings
from ingestor_admin.group import Member, committed, members
from ingestor_admin.settings import AdminSettings
from ingestor_admin.table import Cell, table
from ingestor_admin.topic_creation import KAFKA_SECONDS, TopicPlan, create, differences
from ingestor_common.kafka import about, client_config, describe_topic, log_ends, log_starts


@click.group("topic", invoke_without_command=True)
@click.pass_context
def topic_group(context: click.Context) -> None:
    """Show the topic: its partitions, their offsets, the group's members and lag."""
    if context.invoked_subcommand is None:
        chosen = settings()
        with plain_failures(chosen):
            click.echo(_describe(chosen, _admin(chosen)))


@topic_group.command("create")
@click.option("--partitions", default=3, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--replication-factor", default=1, show_default=True, type=click.IntRange(1, 100))
@click.option("--retention-hours", default=168, show_default=True, type=click.IntRange(1, 1_000_000))
def create_command(partitions: int, replication_factor: int, retention_hours: int) -> None:
    """Make the topic and its dead-letter topic where they are missing.

    Exits with 1 if one exists with other settings, which are then named and left alone.
    """
    chosen = settings()
    wanted = [
        TopicPlan(chosen.kafka_topic, partitions, replication_factor, retention_hours),
        TopicPlan.for_dead_letters(chosen.dead_letter_topic, replication_factor),
    ]
    with plain_failures(chosen):
        admin = _admin(chosen)
        different = False
        for plan in wanted:
            try:
                found = None if create(admin, plan) else differences(admin, plan)
            except KafkaException as error:
                raise about(f"topic {plan.name}", error) from None
            if found is None:
                click.echo(f"created {plan}")
                continue
            different = different or bool(found)
            click.echo(f"{plan.name} exists" + "".join(f"; {difference}" for difference in found))
    if different:
        click.echo("nothing was changed: change a topic by its own tools, knowing that partitions cannot decrease")
        raise SystemExit(Failure.exit_code)


def _admin(settings: AdminSettings) -> AdminClient:
    return AdminClient(client_config(settings, "ingestor-admin") | {"log_level": 0})


def _describe(settings: AdminSettings, admin: AdminClient) -> str:
    facts = describe_topic(admin, settings.kafka_topic, KAFKA_SECONDS)
    starts = log_starts(admin, facts.name, facts.partitions, KAFKA_SECONDS)
    ends = log_ends(admin, facts.name, facts.partitions, KAFKA_SECONDS)
    # The members first: who may not look at the group is told so here, and only runs out of time below.
    group = members(settings)
    offsets = committed(settings, facts)
    rows = [
        _row(partition, starts[partition], ends[partition], offsets.get(partition), group.members)
        for partition in facts.partitions
    ]
    heading = f"topic {facts.name} ({facts.topic_id}), group {settings.kafka_group}: {group.state}"
    titles = ("partition", "log start", "log end", "committed", "lag", "member")
    return f"{heading}\n{table(titles, rows)}"


def _row(partition: int, start: int, end: int, offset: int | None, group: tuple[Member, ...]) -> list[Cell]:
    member = next((member.name for member in group if partition in member.partitions), None)
    return [partition, start, end, offset, None if offset is None else end - offset, member]
