"""The dimensions that facts are grouped and chosen by."""

from collections.abc import Mapping
from typing import Final

from ingestor_api.reports import bands
from ingestor_api.reports.query.vocabulary import Dimension, Owner, Part, Projection

_UTC: Final = "{at} AT TIME ZONE 'UTC'"


_OF_SESSION: Final = (
    Dimension(
        name="session_id",
        title="Session",
        description="The session.",
        owner=Owner.SESSION,
        sql="s.session_id",
        format="uuid",
        stored=True,
    ),
    Dimension(
        name="quiz_id",
        title="Quiz",
        description="The quiz of the session, as its earliest event names it.",
        owner=Owner.SESSION,
        sql="s.quiz_id",
        format="uuid",
        stored=True,
    ),
    Dimension(
        name="classroom_id",
        title="Classroom",
        description="The classroom of the session, as its earliest event names it.",
        owner=Owner.SESSION,
        sql="s.classroom_id",
        format="uuid",
        stored=True,
    ),
    Dimension(
        name="teacher_id",
        title="Teacher",
        description="The teacher of the session, as the earliest event that names one does; null where none does.",
        owner=Owner.SESSION,
        sql="s.teacher_id",
        format="uuid",
        stored=True,
    ),
    Dimension(
        name="classroom_name",
        title="Classroom name",
        description="From the catalog; empty where it has none.",
        owner=Owner.SESSION,
        sql="s.classroom_name",
        needs=frozenset({Part.TITLES}),
    ),
    Dimension(
        name="quiz_title",
        title="Quiz title",
        description="From the catalog; empty where it has none.",
        owner=Owner.SESSION,
        sql="s.quiz_title",
        needs=frozenset({Part.TITLES}),
    ),
    Dimension(
        name="engagement_level",
        title="Engagement level",
        description="Word for the session's participation: from 90 % excellent, 75 % good, 60 % moderate, else low; "
        "unknown without a roster.",
        owner=Owner.SESSION,
        sql="s.engagement_level",
        values=(*bands.engagement_level.words, bands.UNKNOWN),
        needs=frozenset({Part.ATTENDANCE, Part.ENGAGEMENT_LEVEL}),
    ),
    Dimension(
        name="session_duration_category",
        title="Session duration",
        description="Short under 30 minutes, Medium under 60, else Long.",
        owner=Owner.SESSION,
        sql="CASE WHEN s.duration < interval '30 minutes' THEN 'Short'"
        " WHEN s.duration < interval '60 minutes' THEN 'Medium' ELSE 'Long' END",
        values=("Short", "Medium", "Long"),
    ),
)

_OF_TIME: Final = (
    Dimension(
        name="event_date",
        title="Date",
        description="Day in UTC.",
        owner=Owner.TIME,
        sql=f"({_UTC})::date",
        shown="to_char({key}, 'YYYY-MM-DD')",
        format="YYYY-MM-DD",
    ),
    Dimension(
        name="event_hour",
        title="Hour",
        description="Hour of the day in UTC, 0 to 23.",
        owner=Owner.TIME,
        sql=f"extract(hour FROM {_UTC})::integer",
        type="integer",
        most=23,
        recurs=True,
    ),
    Dimension(
        name="event_week",
        title="Week",
        description="ISO 8601 week in UTC.",
        owner=Owner.TIME,
        sql=f"date_trunc('week', {_UTC})::date",
        shown="to_char({key}, 'IYYY-\"W\"IW')",
        format="YYYY-Www",
    ),
    Dimension(
        name="event_month",
        title="Month",
        description="Month in UTC.",
        owner=Owner.TIME,
        sql=f"date_trunc('month', {_UTC})::date",
        shown="to_char({key}, 'YYYY-MM')",
        format="YYYY-MM",
    ),
    Dimension(
        name="event_day_of_week",
        title="Day of the week",
        description="1 (Monday) to 7, in UTC.",
        owner=Owner.TIME,
        sql=f"extract(isodow FROM {_UTC})::integer",
        type="integer",
        least=1,
        most=7,
        recurs=True,
    ),
    Dimension(
        name="time_bucket",
        title="Time of day",
        description="Morning before 12:00 UTC, Afternoon before 17:00, else Evening.",
        owner=Owner.TIME,
        sql=f"CASE WHEN extract(hour FROM {_UTC}) < 12 THEN 'Morning'"
        f" WHEN extract(hour FROM {_UTC}) < 17 THEN 'Afternoon' ELSE 'Evening' END",
        values=("Morning", "Afternoon", "Evening"),
        recurs=True,
    ),
)

_OF_QUESTION: Final = (
    Dimension(
        name="question_id",
        title="Question",
        description="The question.",
        owner=Owner.QUESTION,
        sql="{asked}.question_id",
        format="uuid",
        projection=Projection.QUESTIONS,
    ),
    Dimension(
        name="difficulty_level",
        title="Difficulty",
        description="Word for the question's accuracy over all sessions: from 90 % too_easy, 70 % appropriate, 50 % "
        "challenging, else too_difficult; unknown without a graded answer.",
        owner=Owner.QUESTION,
        sql=f"coalesce(d.level, '{bands.UNKNOWN}')",
        values=(*bands.difficulty.words, bands.UNKNOWN),
        needs=frozenset({Part.DIFFICULTY}),
        projection=Projection.QUESTIONS,
    ),
    Dimension(
        name="timer_duration_category",
        title="Timer",
        description="Of the publication answered to: Short up to 30 s, Medium up to 60 s, else Long; null for an "
        "answer that came before any publication.",
        owner=Owner.QUESTION,
        sql="CASE WHEN {asked}.timer_sec <= 30 THEN 'Short' WHEN {asked}.timer_sec <= 60 THEN 'Medium'"
        " WHEN {asked}.timer_sec > 60 THEN 'Long' END",
        values=("Short", "Medium", "Long"),
        needs=frozenset({Part.TIMER}),
    ),
)

_OF_ANSWER: Final = (
    Dimension(
        name="student_id",
        title="Student",
        description="The student.",
        owner=Owner.ANSWER,
        sql="a.student_id",
        format="uuid",
        projection=Projection.STUDENTS,
    ),
    Dimension(
        name="student_name",
        title="Student name",
        description="From the catalog; empty where it has none.",
        owner=Owner.ANSWER,
        sql="coalesce(n.name, '')",
        needs=frozenset({Part.STUDENT_NAMES}),
        projection=Projection.STUDENTS,
    ),
    Dimension(
        name="answer_option",
        title="Answer",
        description="The answer's text; null for a skip.",
        owner=Owner.ANSWER,
        sql="nullif(a.answer, '')",
    ),
    Dimension(
        name="performance_level",
        title="Performance",
        description="Correct or Incorrect; null where not graded.",
        owner=Owner.ANSWER,
        sql="CASE a.correct WHEN true THEN 'Correct' WHEN false THEN 'Incorrect' END",
        values=("Correct", "Incorrect"),
    ),
    Dimension(
        name="correctness_flag",
        title="Correct",
        description="Whether the answer is correct; null where not graded.",
        owner=Owner.ANSWER,
        sql="a.correct",
        type="boolean",
        values=(True, False),
    ),
    Dimension(
        name="response_speed_category",
        title="Response speed",
        description="Fast under 30 s, Medium under 60 s, else Slow; null where the response time is not known.",
        owner=Owner.ANSWER,
        sql="CASE WHEN a.response_ms < 30000 THEN 'Fast' WHEN a.response_ms < 60000 THEN 'Medium'"
        " WHEN a.response_ms >= 60000 THEN 'Slow' END",
        values=("Fast", "Medium", "Slow"),
    ),
)

DIMENSIONS: Final[Mapping[str, Dimension]] = {
    dimension.name: dimension for dimension in (*_OF_SESSION, *_OF_TIME, *_OF_QUESTION, *_OF_ANSWER)
}
