"""The ad-hoc query over HTTP: what it answers, what it refuses and how, and that no field of it carries SQL."""

from itertools import product

from integration.reports.query.asking import Asking, ask, model_of
from integration.reports.served import Reports, token
from oracle.query_dimensions import DIMENSIONS
from oracle.query_measures import MEASURES
from oracle.small_session import ADA, SMALL_SESSION

from ingestor_common.store.pool import Pool

INJECTIONS = (
    "'; DROP TABLE events; --",
    'accuracy_rate" FROM events; --',
    "total_answers); DELETE FROM sessions; --",
    "$1",
    "1 OR 1=1",
    "pg_sleep(60)",
    "events\u0000",
    "{at}",
    "\\'; TRUNCATE events",
)

REFUSED: tuple[tuple[Asking, str, str], ...] = (
    ({"measures": []}, "measures", "accuracy_rate"),
    ({"measures": ["speed"]}, "measures", "response_time_avg"),
    ({"measures": ["student_id"]}, "measures", "accuracy_rate"),
    ({"dimensions": ["school"]}, "dimensions", "classroom_id"),
    ({"filters": {"school": "x"}}, "filters", "classroom_id"),
    ({"measures": ["total_answers", "total_answers"]}, "measures", "twice"),
    ({"dimensions": ["quiz_id", "quiz_id"]}, "dimensions", "twice"),
    ({"order_by": [{"field": "accuracy_rate"}]}, "order_by", "total_answers"),
    ({"order_by": [{"field": "total_answers", "order": "UP"}]}, "order_by.0.order", "'ASC' or 'DESC'"),
    ({"order_by": [{"field": "total_answers"}] * 2}, "order_by", "twice"),
    ({"limit": 0}, "limit", "1"),
    ({"limit": 10_001}, "limit", "10000"),
    ({"limit": "many"}, "limit", "integer"),
    ({"limit": True}, "limit", "integer"),
    ({"time_range": {"start": "2026-03-02T10:00:00"}}, "time_range.start", "offset"),
    ({"time_range": {"end": 1_760_000_000}}, "time_range.end", "offset"),
    ({"time_range": {"start": "0001-01-01T00:00:00+14:00"}}, "time_range.start", "offset"),
    (
        {"time_range": {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T12:00:00+02:00"}},
        "time_range",
        "before",
    ),
    ({"filters": {"quiz_id": []}}, "filters.quiz_id", "leave it out"),
    ({"filters": {"quiz_id": "urn:uuid:8d1f0f5e-3c55-4b44-9f0b-6e6f0c3f7a11"}}, "filters.quiz_id", "a UUID"),
    ({"filters": {"quiz_id": ["x"]}}, "filters.quiz_id", "UUID"),
    ({"filters": {"event_date": "2026-02-30"}}, "filters.event_date", "YYYY-MM-DD"),
    ({"filters": {"event_date": "2026-3-2"}}, "filters.event_date", "YYYY-MM-DD"),
    ({"filters": {"event_date": ["2026-03-02", "banana"]}}, "filters.event_date", "YYYY-MM-DD"),
    ({"filters": {"event_week": "2026-W99"}}, "filters.event_week", "YYYY-Www"),
    ({"filters": {"event_month": "2026-13"}}, "filters.event_month", "YYYY-MM"),
    ({"filters": {"event_hour": "9"}}, "filters.event_hour", "from 0 to 23"),
    ({"filters": {"event_hour": 2**70}}, "filters.event_hour", "from 0 to 23"),
    ({"filters": {"event_hour": True}}, "filters.event_hour", "from 0 to 23"),
    ({"filters": {"event_day_of_week": 0}}, "filters.event_day_of_week", "from 1 to 7"),
    ({"filters": {"correctness_flag": "true"}}, "filters.correctness_flag", "true or false"),
    ({"filters": {"correctness_flag": 1}}, "filters.correctness_flag", "true or false"),
    ({"filters": {"time_bucket": "Night"}}, "filters.time_bucket", "Evening"),
    ({"filters": {"answer_option": {"a": 1}}}, "filters.answer_option", "text"),
    ({"filters": {"answer_option": 1}}, "filters.answer_option", "text"),
    ({"filters": {"answer_option": "\ud800"}}, "filters.answer_option", "text"),
    ({"group_by": ["quiz_id"]}, "group_by", "is not known here"),
)
"""What cannot be asked, the field that is named for it, and words of what is said."""

ALLOWED_TEXTS = ("classroom_name", "quiz_title", "student_name", "answer_option")


async def test_it_answers_with_the_query_the_rows_their_number_and_sql_without_values(reports: Reports) -> None:
    status, body = await ask(
        reports,
        {"measures": ["total_answers", "accuracy_rate"], "dimensions": ["student_id"], "filters": {"student_id": ADA}},
    )
    assert status == 200
    assert body["query"] == {
        "measures": ["total_answers", "accuracy_rate"],
        "dimensions": ["student_id"],
        "filters": {"student_id": ADA},
        "time_range": None,
        "limit": 1000,
        "order_by": [],
    }
    assert body["data"] == [{"student_id": ADA, "total_answers": 3, "accuracy_rate": 100.0}]
    assert body["count"] == 1
    assert "$1" in body["generated_sql"]
    assert ADA not in body["generated_sql"]


async def test_the_model_lists_every_measure_and_dimension(reports: Reports) -> None:
    status, model = await model_of(reports)
    assert status == 200
    assert {measure["name"] for measure in model["measures"]} == set(MEASURES)
    assert {dimension["name"] for dimension in model["dimensions"]} == set(DIMENSIONS)
    for each in (*model["measures"], *model["dimensions"]):
        assert each["title"]
        assert each["type"] in ("string", "integer", "number", "boolean")


async def test_every_name_of_the_model_can_be_asked_for_at_once(reports: Reports) -> None:
    status, model = await model_of(reports)
    names = [dimension["name"] for dimension in model["dimensions"]]
    status, body = await ask(
        reports, {"measures": [measure["name"] for measure in model["measures"]], "dimensions": names}
    )
    assert status == 200
    assert body["count"] > 0


async def test_what_cannot_be_asked_is_refused_by_field_with_what_can(reports: Reports) -> None:
    for query, field, words in REFUSED:
        status, body = await ask(reports, {"measures": ["total_answers"]} | query)
        assert (status, body["details"][0]["field"]) == (400, field), query
        assert words in body["error"], query


async def test_a_query_without_measures_is_told_which_there_are(reports: Reports) -> None:
    without: list[Asking] = [{}, {"measures": []}, {"dimensions": ["quiz_id"]}]
    for query in without:
        status, body = await ask(reports, query)
        assert (status, body["details"][0]["field"]) == (400, "measures"), query
        assert all(name in body["error"] for name in MEASURES), query


async def test_no_field_carries_sql(reports: Reports, store: Pool) -> None:
    for text in INJECTIONS:
        asked: list[Asking] = [
            {"measures": [text]},
            {"dimensions": [text]},
            {"filters": {text: "x"}},
            {"filters": {"classroom_id": text}},
            {"filters": {"event_hour": [text]}},
            {"order_by": [{"field": text}]},
            {"order_by": [{"field": "total_answers", "order": text}]},
            {"limit": text},
            {"time_range": {"start": text}},
            {"time_range": {"end": text}},
            {"time_range": text},
            {text: 1},
        ]
        for query in asked:
            status, body = await ask(reports, {"measures": ["total_answers"]} | query)
            assert status == 400, query
            assert "SELECT" not in body["error"], query
    assert await store.fetchval("SELECT count(*) FROM events") == len(set(SMALL_SESSION.events))


async def test_a_filter_on_text_takes_any_text_as_a_value(reports: Reports) -> None:
    for text, name in product([one for one in INJECTIONS if "\0" not in one], ALLOWED_TEXTS):
        status, body = await ask(reports, {"measures": ["total_answers"], "filters": {name: [text]}})
        assert (status, body["data"]) == (200, [{"total_answers": 0}]), (name, text)
        assert text == "$1" or text not in body["generated_sql"]


async def test_it_needs_a_readers_token(reports: Reports) -> None:
    status, _ = await ask(reports, {"measures": ["total_answers"]}, token("writer"))
    assert status == 403
    status, _ = await ask(reports, {"measures": ["total_answers"]}, {"Authorization": ""})
    assert status == 401


async def test_a_query_that_takes_too_long_is_504_and_says_what_to_do(reports: Reports, store: Pool) -> None:
    async with store.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        status, body = await ask(reports, {"measures": ["total_answers", "response_time_p95"]})
        divided, told = await ask(reports, {"measures": ["total_answers"], "dimensions": ["event_hour"]})
    assert status == 504
    assert "no projection tells response_time_p95" in body["error"]
    assert divided == 504
    assert "each session that lies only partly in one event_hour" in told["error"]
    assert "shorter time_range" in body["error"]
