"""`ingestor-admin topic` answers whatever the members of the group are."""

from uuid import uuid4

import pytest
from integration.admin.commands import admin
from raw_member import HOSTILE, joined

from ingestor_dev.embedded.kafka import EmbeddedKafka

UNREADABLE = "an assignment that cannot be read"


@pytest.mark.parametrize(
    ("protocol_type", "assignment", "kind"),
    [
        ("consumer", b"", None),
        *(("consumer", assignment, UNREADABLE) for assignment in HOSTILE),
        ("connect", HOSTILE[0], "protocol type connect"),
        ("c\x1b[2J\n", b"", "protocol type c?[2J?"),
    ],
)
async def test_the_members_of_any_kind_are_told_in_a_sentence(
    kafka: EmbeddedKafka, topic: str, protocol_type: str, assignment: bytes, kind: str | None
) -> None:
    group = uuid4().hex
    environment = {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic, "KAFKA_GROUP": group}
    async with joined(kafka.bootstrap, group, protocol_type, assignment):
        shown = admin(environment, "topic")
    assert (shown.returncode, shown.stderr) == (0, "")
    heading, _, *rows = shown.stdout.splitlines()
    assert heading.endswith(f"group {group}: stable, 1 member" + (f", some of another kind ({kind})" if kind else ""))
    assert [row.split()[-1] for row in rows] == ["-", "-", "-"]
