"""Whoever is woken finds what the operator tells in a table at the top, with what to do."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import yaml
from operator_reasons import Said, is_warned_of, said

from ingestor_operator.kubernetes.missing_crd import SENTENCE
from ingestor_operator.model.resource import parse
from ingestor_operator.plan.ownership import YIELDS
from ingestor_operator.plan.scaling import scaling_spec
from ingestor_operator.scaling import Observation, Reason, ScalingState, decide
from ingestor_operator.status.scaling import active_verdict

REPOSITORY = Path(__file__).parents[3]


def rows(page: str) -> list[list[str]]:
    """The cells of the rows of a page's tables for the night."""
    text = (REPOSITORY / "docs/operations" / page).read_text()
    night = text.partition("## At night, first\n")[2].partition("\n## ")[0]
    lines = [line for line in night.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def named(page: str) -> set[str]:
    """What is between backquotes in the first cells."""
    return {word for row in rows(page) for word in row[0].split("`")[1::2]}


SAID = said()
ASKED = {what.reason for what in SAID if is_warned_of(what)} | YIELDS
"""Reasons that a person is told of by a Warning, and those by which nothing is done for a resource."""


def scaling_warnings() -> list[Reason]:
    """Reasons of ScalingActive that are a Warning."""
    body = yaml.safe_load((REPOSITORY / "k8s/samples/minimal.yaml").read_text())
    body["metadata"] |= {
        "namespace": "school",
        "uid": "1",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "generation": 1,
    }
    resource, noon = parse(body), datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
    decision, _ = decide(scaling_spec(resource), Observation(time=noon, replicas=1, ready=1), ScalingState())
    verdicts = {reason: active_verdict(msgspec.structs.replace(decision, reason=reason), resource) for reason in Reason}
    return [
        reason
        for reason, verdict in verdicts.items()
        if is_warned_of(Said(verdict.status, verdict.reason), "ScalingActive")
    ]


def test_the_sources_say_what_is_looked_for() -> None:
    assert {"SpecNotUnderstood", "ContainerCrashes", "KafkaLoginRefused", "MigrationSuspended"} <= ASKED
    assert "Created" not in ASKED
    assert Reason.FOREIGN_MEMBERS in scaling_warnings()


@pytest.mark.parametrize("reason", sorted(ASKED))
def test_what_a_person_is_asked_for_has_a_row(reason: str) -> None:
    assert reason in named("operator.md") | named("scaling.md")


@pytest.mark.parametrize("reason", scaling_warnings())
def test_what_holds_the_scaling_has_a_row(reason: str) -> None:
    assert reason in named("scaling.md")


def test_each_row_says_what_to_do() -> None:
    for row in rows("operator.md") + rows("scaling.md"):
        assert len(row) == 2, row
        assert row[1], row


def test_a_missing_crd_is_said_as_the_operator_says_it() -> None:
    assert SENTENCE.partition(":")[0] in named("operator.md")


def test_the_tables_first_part_ends_with_where_all_reasons_are() -> None:
    conditions = (REPOSITORY / "docs/operations/operator.md").read_text()
    [at] = [number for number, row in enumerate(rows("operator.md")) if row[0] == "any other reason"]
    assert rows("operator.md")[at + 1][0] == "alert"
    assert "(#conditions-and-their-reasons)" in rows("operator.md")[at][1]
    assert "## Conditions and their reasons" in conditions


def test_a_secret_is_blamed_for_the_words_alone_that_accuse_it() -> None:
    [said] = [row[1] for row in rows("operator.md") if "`Secret ... has changed`" in row[0]]
    source = (REPOSITORY / "services/common/ingestor_common/store/connecting.py").read_text()
    for refusal in ("refuses the user or the password", "refuses the user, the password"):
        assert f"`{refusal}`" in said
        assert f"the {'pooler' if ',' in refusal else 'server'} {refusal}" in source
    assert "`connection refused`" in said


def test_no_row_is_of_a_reason_that_nobody_says() -> None:
    reasons = {word for page in ("operator.md", "scaling.md") for word in named(page) if word.isalpha()}
    alerts = {word for word in reasons if word.startswith("Ingestor")}
    states = {"Terminating", "PAUSED"}
    assert reasons - alerts - states - {what.reason for what in SAID} - {str(reason) for reason in Reason} == set()
