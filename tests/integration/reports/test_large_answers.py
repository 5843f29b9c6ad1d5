"""However much there is to tell, an answer has a bound in bytes; what is beyond it says what to ask instead."""

import json
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from integration.reports.query.asking import ask
from integration.reports.served import Reports
from integration.reports.told import tell_anew
from oracle.strategies import CLASSROOMS, NOW, QUIZZES, SESSIONS
from oracle.world import Event
from unit.ingestor_api.reports.worked_examples import PARAMETERS

from ingestor_api.reports.session.dropoff_analysis import MOST_QUESTIONS
from ingestor_api.reports.sizes import MAX_ANSWER_BYTES
from ingestor_common.store.pool import Pool

WIDEST = "\x01"
"""A character of which JSON needs six."""
LONGEST = 1024
BY_ANSWER = {"measures": ["total_answers"], "dimensions": ["answer_option"], "limit": 10_000}


def answers(texts: Iterable[str], *, to: int = 1) -> tuple[Event, ...]:
    """Each text, answered to as many questions in turn."""
    return tuple(
        Event(
            event_id=f"event-{number}",
            event_type="ANSWER_SUBMITTED",
            timestamp=NOW - timedelta(seconds=number),
            session_id=SESSIONS[0],
            quiz_id=QUIZZES[0],
            classroom_id=CLASSROOMS[0],
            question_id=str(UUID(int=number % to)),
            student_id=str(UUID(int=number)),
            answer=text,
        )
        for number, text in enumerate(texts)
    )


def longest(number: int) -> str:
    return f"{number:04}" + WIDEST * (LONGEST - 4)


async def test_rows_of_a_query_beyond_the_bound_are_refused_with_what_to_ask_for(reports: Reports, store: Pool) -> None:
    await tell_anew(store, [answers(map(longest, range(1_500)))])
    status, body = await ask(reports, BY_ANSWER)
    assert (status, body["details"][0]["field"]) == (400, "limit")
    assert body["error"] == (
        "the answer's 1500 rows would be 8.9 MiB, and an answer is at most 8 MiB; "
        "ask for fewer rows by limit or filters, or for fewer dimensions"
    )
    status, body = await ask(reports, BY_ANSWER | {"limit": 1_000})
    assert (status, body["count"]) == (200, 1_000)
    assert [row["answer_option"] for row in body["data"]] == [longest(number) for number in range(1_000)]


async def test_rows_up_to_the_bound_are_given(reports: Reports, store: Pool) -> None:
    await tell_anew(store, [answers(map(longest, range(1_500)))])
    size = len(b'{"answer_option":"","total_answers":1},') + 4 + 6 * (LONGEST - 4)
    fitting = MAX_ANSWER_BYTES // size
    assert (await ask(reports, BY_ANSWER | {"limit": fitting}))[0] == 200
    assert (await ask(reports, BY_ANSWER | {"limit": fitting + 1}))[0] == 400


async def test_any_text_is_given_as_it_was_answered(reports: Reports, store: Pool) -> None:
    texts = sorted(['"', "\\", "\n\r\t\b\f", "\x01\x1f\x7f", "\u2028</script>", "{0}%s", "ß\U0001f600", "\ufeff"])
    await tell_anew(store, [answers(texts)])
    status, body = await ask(reports, BY_ANSWER)
    assert (status, [row["answer_option"] for row in body["data"]]) == (200, texts)


async def test_a_page_of_questions_beyond_the_bound_is_refused_with_what_to_ask_for(
    reports: Reports, store: Pool
) -> None:
    await tell_anew(store, [answers(map(longest, range(1_500)), to=30)])
    answer = await reports.get("quiz-questions-list", {"quiz_id": QUIZZES[0]})
    assert (answer.status, answer.body["details"][0]["field"]) == (400, "page_size")
    assert answer.body["error"] == (
        "the answers given to this page's questions would be 8.8 MiB, and an answer is at most 8 MiB; "
        "ask for a smaller page_size"
    )
    answer = await reports.get("quiz-questions-list", {"quiz_id": QUIZZES[0], "page_size": 20})
    assert answer.status == 200
    assert [len(question["answer_distribution"]) for question in answer.body["questions"]] == [50] * 20


def publications(count: int) -> tuple[Event, ...]:
    """So many questions of one session, one after the other."""
    return tuple(
        Event(
            event_id=f"event-{number}",
            event_type="QUESTION_PUBLISHED",
            timestamp=NOW - timedelta(hours=1) + timedelta(milliseconds=number),
            session_id=SESSIONS[0],
            quiz_id=QUIZZES[0],
            classroom_id=CLASSROOMS[0],
            question_id=str(UUID(int=count - number)),
        )
        for number in range(count)
    )


async def test_dropoff_is_told_of_the_first_questions_however_many_are_published(reports: Reports, store: Pool) -> None:
    asked = {"session_id": SESSIONS[0]}
    await tell_anew(store, [publications(MOST_QUESTIONS)])
    all_of_them = (await reports.get("dropoff-analysis", asked)).body["dropoff_points"]
    assert [point["question_order"] for point in all_of_them] == list(range(1, MOST_QUESTIONS + 1))
    more = publications(3 * MOST_QUESTIONS)
    await tell_anew(store, [more])
    first = (await reports.get("dropoff-analysis", asked)).body["dropoff_points"]
    assert [point["question_id"] for point in first] == [event.question_id for event in more[:MOST_QUESTIONS]]


async def test_no_report_is_longer_for_what_strangers_publish(reports: Reports, store: Pool) -> None:
    sizes = []
    for count in (MOST_QUESTIONS, 4 * MOST_QUESTIONS):
        await tell_anew(store, [publications(count)])
        sizes.append({name: await size_of(reports, name) for name in PARAMETERS})
    few, many = sizes
    # Numbers have a digit more, and a page is a page.
    assert [name for name in PARAMETERS if many[name] > few[name] + 100] == []


async def size_of(reports: Reports, name: str) -> int:
    ids = {"session_id": SESSIONS[0], "quiz_id": QUIZZES[0], "classroom_id": CLASSROOMS[0]}
    asked = {field: ids.get(field, value) for field, value in PARAMETERS[name].items()}
    answer = await reports.get(name, asked)
    assert answer.status == 200
    return len(json.dumps(answer.body))
