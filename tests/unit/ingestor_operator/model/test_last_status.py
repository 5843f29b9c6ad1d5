"""What another release has written is read as far as it can be."""

from typing import Any

import pytest

from ingestor_operator.model.resource import last_status

WRITTEN: dict[str, Any] = {
    "observedGeneration": 3,
    "release": "9.9.9",
    "migration": {"job": "quiz-migrate-1", "completedAt": "2026-11-01T08:00:00Z"},
    "scaling": {"version": 1, "ratePerReplica": 950.0},
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "reason": "AllReady",
            "message": "",
            "lastTransitionTime": "2026-11-01T08:00:00Z",
            "observedGeneration": 3,
        }
    ],
}
READ = last_status({"status": WRITTEN}).model_dump(by_alias=True, exclude_unset=True)


def test_all_of_it_is_read() -> None:
    assert READ.keys() == WRITTEN.keys()


@pytest.mark.parametrize("where", ["", "migration", "conditions"])
def test_a_field_of_a_newer_release_is_passed_over(where: str) -> None:
    part = {"": WRITTEN, "migration": WRITTEN["migration"], "conditions": WRITTEN["conditions"][0]}[where]
    added = part | {"newer": {"a": 1}}
    status = {"": added, "migration": WRITTEN | {where: added}, "conditions": WRITTEN | {where: [added]}}[where]
    assert last_status({"status": status}).model_dump(by_alias=True, exclude_unset=True) == READ


@pytest.mark.parametrize("name", WRITTEN)
def test_a_field_of_another_form_leaves_the_others(name: str) -> None:
    read = last_status({"status": WRITTEN | {name: [[1]]}}).model_dump(by_alias=True, exclude_unset=True)
    others = WRITTEN.keys() - {name}
    assert {k: read[k] for k in others} == {k: READ[k] for k in others}


@pytest.mark.parametrize("status", [None, "", [], 3])
def test_what_is_no_object_is_nothing(status: Any) -> None:
    assert last_status({"status": status}).conditions == []
