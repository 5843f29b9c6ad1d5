"""Hypothesis strategies: ways in which projections could come to be wrong."""

from hypothesis import strategies as st
from integration.store.lessons import QUESTIONS, SESSIONS, START, STUDENTS

_STRAY = "99999999-9999-4999-8999-999999999999"

DAMAGES = (
    "UPDATE sessions SET events = events + 1",
    f"UPDATE sessions SET quiz_id = '{_STRAY}', named_by = 'nobody'",
    "UPDATE sessions SET teacher_id = NULL",
    "UPDATE sessions SET first_event_at = last_event_at",
    "UPDATE sessions SET last_event_at = first_event_at, ended_at = NULL",
    f"DELETE FROM sessions WHERE session_id = '{SESSIONS[0]}'",
    f"DELETE FROM publications WHERE question_id = '{QUESTIONS[0]}'",
    "UPDATE publications SET timer_sec = 86400, correct_answer = 'Z'",
    "UPDATE session_questions SET answers = answers + 1, response_ms = 0",
    "UPDATE session_questions SET last_answer_at = NULL",
    "UPDATE answer_counts SET answers = 77",
    "UPDATE answer_counts SET answer = 'another'",
    "DELETE FROM answer_counts WHERE answer = 'A'",
    f"DELETE FROM answered_questions WHERE student_id = '{STUDENTS[0]}'",
    f"INSERT INTO answered_questions VALUES ('{SESSIONS[0]}', '{_STRAY}', '{_STRAY}')",
    f"INSERT INTO answered_questions VALUES ('{_STRAY}', '{_STRAY}', '{_STRAY}')",
    f"DELETE FROM session_questions WHERE question_id = '{QUESTIONS[1]}'",
    "UPDATE session_students SET questions_answered = 9, graded = 0",
    f"DELETE FROM session_students WHERE student_id = '{STUDENTS[0]}'",
    f"UPDATE session_students SET student_id = '{_STRAY}' WHERE student_id = '{STUDENTS[1]}'",
    "UPDATE answer_keys SET answer = answer || '?'",
    "DELETE FROM answer_keys",
    f"INSERT INTO answer_keys VALUES ('{_STRAY}', 'A')",
    f"INSERT INTO session_students (session_id, student_id, answers) VALUES ('{_STRAY}', '{STUDENTS[0]}', 3)",
    "INSERT INTO sessions (session_id, quiz_id, classroom_id, named_at, named_by, first_event_at, last_event_at)"
    f" VALUES ('{_STRAY}', '{_STRAY}', '{_STRAY}', '{START}', 'x', '{START}', '{START}')",
)

damages = st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=5, unique=True)
"""SQL that makes some rows wrong, missing or superfluous; on some stores it may change nothing."""
