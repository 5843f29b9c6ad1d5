from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_dev.sim.comparison import Comparison, FaultKind, Known, compare
from ingestor_dev.sim.events import ANSWER_SUBMITTED, QUESTION_PUBLISHED, Event

_SESSION = "0a0a0a0a-0000-5000-8000-00000000000a"


def _id(number: int) -> str:
    return str(UUID(int=number))


def _event(number: int) -> Event:
    return Event(
        event_id=f"event-{number}",
        event_type=ANSWER_SUBMITTED if number % 3 else QUESTION_PUBLISHED,
        timestamp=datetime(2026, 9, 1, 8, 0, number % 60, 123456, tzinfo=UTC),
        session_id=_SESSION,
        quiz_id=_id(1),
        classroom_id=_id(2),
        question_id=_id(number),
        student_id=_id(number + 1000) if number % 3 else None,
        timer_sec=None if number % 3 else 30,
        answer="B" if number % 3 else None,
    )


def _known(number: int, told: int = 1) -> Known:
    return Known(_event(number), ["kafka"] * told)


def _faults(comparison: Comparison) -> Counter[tuple[FaultKind, str]]:
    return Counter((fault.kind, fault.event_id) for fault in comparison.faults)


_FATES = st.lists(
    st.sampled_from(["whole", "repeated", "lost", "doubled", "altered", "doubtful", "doubtful stored", "unknown"])
)


@given(_FATES, st.randoms(use_true_random=False))
def test_exactly_the_lost_doubled_altered_and_unknown_events_are_found(fates: list[str], rng: Random) -> None:
    known, stored = [], []
    expected: Counter[tuple[FaultKind, str]] = Counter()
    for number, fate in enumerate(fates):
        event = _event(number)
        if fate != "unknown":
            known.append(_known(number, {"repeated": 3, "doubtful": 0, "doubtful stored": 0}.get(fate, 1)))
        if fate == "altered":
            stored.append(msgspec.structs.replace(event, answer="C"))
        elif fate not in ("lost", "doubtful"):
            stored += [event] * (2 if fate == "doubled" else 1)
        if fate in ("lost", "doubled", "altered", "unknown"):
            expected[FaultKind(fate), event.event_id] += 1
    rng.shuffle(known)
    rng.shuffle(stored)
    found = compare(known, stored)
    assert _faults(found) == expected
    counts = Counter(fates)
    assert found.told == sum(counts[fate] for fate in ("whole", "repeated", "lost", "doubled", "altered"))
    assert found.absorbed == 2 * counts["repeated"]
    assert (found.in_doubt, found.in_doubt_stored) == (
        counts["doubtful"] + counts["doubtful stored"], counts["doubtful stored"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": datetime(2026, 9, 1, 8, 0, 1, 123457, tzinfo=UTC)},
        {"event_type": "SESSION_ENDED"},
        {"quiz_id": _id(7)},
        {"classroom_id": _id(7)},
        {"question_id": None},
        {"teacher_id": _id(7)},
        {"student_id": _id(7)},
        {"timer_sec": 60},
        {"answer": ""},
        {"answer": None},
        {"response_time_ms": 0},
        {"correct_answer": "B"},
    ],
)
def test_a_change_of_any_field_is_an_alteration_that_names_the_field(changes: dict[str, object]) -> None:
    (fault,) = compare([_known(1)], [msgspec.structs.replace(_event(1), **changes)]).faults
    assert fault.kind is FaultKind.ALTERED
    assert fault.detail.startswith(f"{next(iter(changes))}: sent ")


def test_a_doubled_event_in_doubt_is_doubled_all_the_same() -> None:
    assert _faults(compare([_known(1, told=0)], [_event(1)] * 2)) == {(FaultKind.DOUBLED, "event-1"): 1}


def test_other_ways_to_write_the_same_event_are_no_alterations() -> None:
    sent = msgspec.structs.replace(
        _event(3),
        timestamp=_event(3).timestamp.astimezone(timezone(timedelta(hours=5, minutes=30))),
        question_id="{00000000-0000-0000-0000-00000000ABCD}",
        timer_sec=None,
    )
    stored = msgspec.structs.replace(_event(3), question_id="00000000-0000-0000-0000-00000000abcd", timer_sec=60)
    assert compare([replace(_known(3), event=sent)], [stored]).faults == ()
