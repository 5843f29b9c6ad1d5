"""Who has a report need not fetch it again until something in it changes."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from integration.reports.served import Answer, Reports
from integration.reports.told import tell
from oracle.small_session import DAN, Q2, Q3, QUIZ, SESSION, STARTED, event
from unit.ingestor_api.reports.worked_examples import PARAMETERS

from ingestor_common.store import catalog
from ingestor_common.store.pool import Pool

OF_SESSION = {"session_id": SESSION}


async def _again(reports: Reports, name: str, known: Answer) -> Answer:
    return await reports.get(name, PARAMETERS[name], {"If-None-Match": known.headers["etag"]})


async def test_a_report_that_is_known_is_not_sent_again(reports: Reports) -> None:
    for name, parameters in PARAMETERS.items():
        first = await reports.get(name, parameters)
        again = await _again(reports, name, first)
        assert (again.status, again.body) == (304, None)
        assert again.headers["etag"] == first.headers["etag"]


async def test_a_tag_is_found_in_a_list_weak_or_as_anything(reports: Reports) -> None:
    tag = (await reports.get("completion-rate", OF_SESSION)).headers["etag"]
    for known in (f'"other", {tag}', f"W/{tag}", "*"):
        assert (await reports.get("completion-rate", OF_SESSION, {"If-None-Match": known})).status == 304
    assert (await reports.get("completion-rate", OF_SESSION, {"If-None-Match": '"other"'})).status == 200


async def test_a_report_must_be_asked_for_each_time_and_is_for_its_reader_alone(reports: Reports) -> None:
    answer = await reports.get("completion-rate", OF_SESSION)
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_a_late_answer_changes_the_tag_of_a_session_that_has_ended(reports: Reports, store: Pool) -> None:
    first = await reports.get("completion-rate", OF_SESSION)
    at = STARTED + timedelta(minutes=9)
    late = event("late", "ANSWER_SUBMITTED", at, question_id=Q2, student_id=DAN, answer="C")
    also = replace(late, event_id="late too", question_id=Q3)
    await tell(store, [(late, also)])
    again = await _again(reports, "completion-rate", first)
    assert again.status == 200
    assert again.body["completed_students"] == first.body["completed_students"] + 1


async def test_an_answer_key_changes_the_tag_of_a_session_that_has_ended(reports: Reports, store: Pool) -> None:
    first = await reports.get("session-student-rankings", OF_SESSION)
    async with store.acquire() as connection:
        await catalog.put_question(connection, UUID(Q3), UUID(QUIZ), None, "3/4")
    again = await _again(reports, "session-student-rankings", first)
    assert again.status == 200
    assert sum(row["correct_answers"] for row in again.body["rankings"]) == 6
