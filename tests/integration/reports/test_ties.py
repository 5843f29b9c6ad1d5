"""Thresholds that are met exactly, and sessions that start together, are decided as the oracle decides them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from integration.reports.told import tell
from oracle.pages import Body
from oracle.reports import REPORTS as ORACLE
from oracle.small_session import CATALOG, NOW, Q1, Q2, QUIZ, SESSION, STARTED, event
from oracle.world import Catalog, Event, World

from ingestor_api.reports.reader import read
from ingestor_api.reports.registry import REPORTS
from ingestor_common.store.pool import Pool

OTHER_QUIZ = "20000000-0000-4000-8000-000000000009"


def _answers(question: str, right: int, wrong: int) -> list[Event]:
    return [
        event(
            f"{question}-{number}",
            "ANSWER_SUBMITTED",
            STARTED + timedelta(seconds=number),
            question_id=question,
            student_id=str(UUID(int=number)),
            answer="B" if number < right else "A",
        )
        for number in range(right + wrong)
    ]


async def test_nine_of_ten_is_too_easy_and_one_of_two_is_not_too_hard(store: Pool, reader: Pool) -> None:
    questions = dict(CATALOG.questions) | {Q2: replace(CATALOG.questions[Q2], correct_answer="B")}
    events = (*_answers(Q1, right=9, wrong=1), *_answers(Q2, right=1, wrong=1))
    world = World(events, replace(CATALOG, questions=questions), NOW)
    await tell(store, [world.events, world.catalog])
    body = await _agreed(reader, "content-effectiveness", world, quiz_id=QUIZ)
    assert body["content_analysis"]["optimization_suggestions"] == [
        "Make 1 of 3 questions harder: at least 90 % of their answers are correct."
    ]


async def test_of_sessions_that_start_together_the_last_by_id_names_the_quiz_of_a_question(
    store: Pool, reader: Pool
) -> None:
    published = event("p", "QUESTION_PUBLISHED", STARTED, question_id=Q1)
    elsewhere = replace(published, session_id=SESSION.replace("5", "e", 1), quiz_id=OTHER_QUIZ)
    for events in ((published, elsewhere), (elsewhere, published)):
        world = World(events, Catalog(), NOW)
        await tell(store, [events])
        body = await _agreed(reader, "question-analysis", world, question_id=Q1)
        assert body["quiz_id"] == OTHER_QUIZ


async def _agreed(reader: Pool, name: str, world: World, **parameters: str) -> Body:
    (report,) = (report for report in REPORTS if report.name == name)
    found = await read(reader, report, report.asked.model_validate(parameters), world.now)
    body: Body = found.model_dump(mode="json")
    assert body == ORACLE[name](world, **parameters)
    return body
