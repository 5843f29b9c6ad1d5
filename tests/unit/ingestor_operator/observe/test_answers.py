"""Pods say on /readyz what they see of their database; the operator asks few of them, and believes little."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.observe.answers import (
    ASKED,
    Address,
    Answer,
    Outage,
    addresses,
    consumers_outage,
    database_outage,
    read_answer,
)

ADDRESS = Address("quiz-consumer-1", "u", "consumer", "10.0.0.1", 9090)
UP = Answer("a", "api", "", "up")
DOWN = Answer("c", "consumer", "", "down: ConnectionRefusedError: refused")
UNKNOWN = Answer("b", "consumer", "", "not looked at yet")


def pod(name: str, *, ready: bool = True, **status: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {
        "metadata": {"name": name, "uid": f"u-{name}", "labels": {"app.kubernetes.io/component": "consumer"}},
        "spec": {
            "containers": [
                {"name": "proxy"},
                {"name": "consumer", "ports": [{"name": "metrics", "containerPort": 9191}]},
            ]
        },
        "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": conditions, **status},
    }


def test_a_pod_is_asked_at_its_port_for_metrics() -> None:
    assert addresses([pod("a")], "consumer") == [Address("a", "u-a", "consumer", "10.0.0.1", 9191)]


def test_those_that_do_not_run_or_have_no_port_are_not_asked() -> None:
    without = pod("a")
    without["spec"]["containers"].pop()
    assert addresses([without, pod("b", phase="Pending"), pod("c", podIP=None)], "consumer") == []


def test_of_many_pods_those_that_are_not_ready_are_asked_first() -> None:
    many = [pod(f"ready-{number:02}") for number in range(40)] + [pod("unready", ready=False)]
    asked = addresses(many, "consumer")
    assert (len(asked), asked[0].pod) == (ASKED, "unready")


@pytest.mark.parametrize(
    ("body", "reason", "database"),
    [
        ({"status": "ok", "database": "up"}, "", "up"),
        ({"status": "failing", "reason": "no way\nworks.", "database": "down: X"}, "no way works", "down: X"),
        ({"status": "ok"}, "", ""),
        ({"status": "ok", "database": {"a": 1}, "reason": 5}, "", ""),
    ],
)
def test_an_answer_is_read(body: dict[str, Any], reason: str, database: str) -> None:
    answer = read_answer(ADDRESS, json.dumps(body).encode())
    assert answer == Answer("quiz-consumer-1", "consumer", reason, database)


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode)
    # As deep as fits.
    | st.integers(1, 16_000).map(lambda levels: b"[" * levels)
    | st.integers(1, 2_700).map(lambda levels: b'{"a":' * levels)
    | st.integers(1, 8_000).map(lambda levels: b"[" * levels + b"]" * levels)
    | st.sampled_from([b'{"reason": "\\ud800"}', b'{"a": 1' + b"0" * 5_000 + b"}", b"\xff\xfe{\x00}\x00"])
)
def test_anything_else_is_no_answer(body: bytes) -> None:
    assert read_answer(ADDRESS, body) is None


@pytest.mark.parametrize(
    ("answers", "words", "consumers"),
    [
        ([], None, None),
        ([UNKNOWN], None, None),
        ([UP], None, None),
        ([DOWN], "pod c: ConnectionRefusedError: refused", "pod c: ConnectionRefusedError: refused"),
        ([UNKNOWN, DOWN], "pod c: ConnectionRefusedError: refused", "pod c: ConnectionRefusedError: refused"),
        # The database is there: one pod does not get to it.
        ([UP, DOWN], None, "pod c: ConnectionRefusedError: refused"),
    ],
)
def test_the_database_is_out_where_nobody_reaches_it(
    answers: list[Answer], words: str | None, consumers: str | None
) -> None:
    found = {f"u-{answer.pod}": answer for answer in answers}
    outage = Outage(len(answers), len(answers), words) if words else None
    assert database_outage([pod(answer.pod) for answer in answers], found) == outage
    assert consumers_outage(answers) == consumers


@given(silent=st.lists(st.booleans(), max_size=6))
def test_one_that_does_not_reach_it_is_no_outage_while_one_that_is_ready_is_silent(silent: list[bool]) -> None:
    pods = [pod("c", ready=False), *(pod(f"silent-{number}", ready=ready) for number, ready in enumerate(silent))]
    outage = database_outage(pods, {"u-c": DOWN})
    assert outage == (None if any(silent) else Outage(1 + len(silent), 1, "pod c: ConnectionRefusedError: refused"))


@given(silent=st.lists(st.booleans(), max_size=6))
def test_an_outage_does_not_end_by_silence(silent: list[bool]) -> None:
    pods = [pod("c", ready=False), *(pod(f"silent-{number}", ready=ready) for number, ready in enumerate(silent))]
    assert database_outage(pods, {"u-c": DOWN}, goes_on=True) is not None
    up = replace(DOWN, pod="d", database="up")
    assert database_outage([*pods, pod("d")], {"u-c": DOWN, "u-d": up}, goes_on=True) is None


def test_pods_that_are_not_asked_need_not_answer() -> None:
    pods = [pod("c", ready=False), pod("starting", ready=False, phase="Pending")]
    assert database_outage(pods, {"u-c": DOWN}) == Outage(1, 1, "pod c: ConnectionRefusedError: refused")


def test_who_else_stores_is_read() -> None:
    body = json.dumps({"database": "up", "database_shared_with": "consumer group b\nfrom topic c"}).encode()
    answer = read_answer(ADDRESS, body)
    assert answer is not None
    assert answer.shared_with == "consumer group b from topic c"


@given(st.text())
def test_what_a_pod_says_is_one_bounded_line(words: str) -> None:
    outage = Answer("c", "consumer", "", f"down: {words}").outage
    assert outage is not None
    assert outage.isprintable()
    assert len(outage) < 500
