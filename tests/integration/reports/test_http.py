"""The reports over HTTP: who may read them, what is refused, and what an outage looks like."""

from collections.abc import Iterable
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

from integration.reports.served import Answer, Reports, serving, token
from integration.reports.told import tell
from oracle.small_session import CLASSROOM, SESSION, SMALL_SESSION
from unit.ingestor_api.reports.hostile import HOSTILE
from unit.ingestor_api.reports.worked_examples import PARAMETERS, written

from ingestor_api.reports.registry import REPORTS
from ingestor_common.store.pool import Pool, open_pool

PAGED = [report.name for report in REPORTS if "page" in report.asked.model_fields]

_RANGE = "a whole number from 1 with s, m, h or d, up to 3660d: 90s, 60m, 24h, 7d"
NO_DIGITS = ("1_0", "+5", " 5", "5 ", "05", "5.0", "5e1", "0x5", "\u0665")
"""What int() or pydantic would take for a number, and what resembles one."""
OUT_OF_BOUNDS = {
    "page": (("0", "-1", "x", "1.5", "1000000001", "", *NO_DIGITS), "a whole number from 1 to 1000000000"),
    "page_size": (("0", "1001", "x", *NO_DIGITS), "a whole number from 1 to 1000"),
    "time_range": (("0m", "7w", "", "9999d"), _RANGE),
    "date_range": (("0d", "-7d", "d", "3661d"), _RANGE),
}


async def test_a_reader_gets_every_report_as_documented(reports: Reports) -> None:
    for name, parameters in PARAMETERS.items():
        answer = await reports.get(name, parameters)
        assert (answer.status, answer.body) == (200, written(name))


async def test_a_report_needs_a_token_with_scope_read(reports: Reports) -> None:
    for name, parameters in PARAMETERS.items():
        nobody = await reports.get(name, parameters, {"Authorization": ""})
        writer = await reports.get(name, parameters, token("writer"))
        assert (nobody.status, writer.status) == (401, 403)


async def test_an_id_that_is_unknown_gives_an_empty_report(reports: Reports) -> None:
    for name, parameters in PARAMETERS.items():
        answer = await reports.get(name, dict.fromkeys(_ids(parameters), str(uuid4())))
        assert answer.status == 200


async def test_an_id_that_is_missing_or_no_uuid_is_named(reports: Reports) -> None:
    for name, given in PARAMETERS.items():
        for field in _ids(given):
            rest = {key: value for key, value in given.items() if key != field}
            for parameters, reason in (
                (rest, f"{field} is required"),
                (rest | {field: ""}, f"{field} is required"),
                (rest | {field: "7"}, f"invalid {field} format"),
            ):
                answer = await reports.get(name, parameters)
                assert (answer.status, answer.body["error"]) == (400, reason)
                assert answer.body["details"] == [{"field": field, "reason": reason}]
                assert answer.body["request_id"]


async def test_a_value_out_of_bounds_is_refused_with_what_is_allowed(reports: Reports) -> None:
    for report in REPORTS:
        for field in OUT_OF_BOUNDS.keys() & report.asked.model_fields.keys():
            values, allowed = OUT_OF_BOUNDS[field]
            for value in values:
                answer = await reports.get(report.name, PARAMETERS[report.name] | {field: value})
                assert (answer.status, answer.body["error"]) == (400, f"{field} must be {allowed}")


async def test_hostile_parameters_do_nothing(reports: Reports, store: Pool) -> None:
    texts = cycle(HOSTILE)
    for report in REPORTS:
        for field in report.asked.model_fields:
            for text in islice(texts, 3):
                answer = await reports.get(report.name, PARAMETERS[report.name] | {field: text})
                assert answer.status == 400
                assert text not in answer.body["error"]
    assert await store.fetchval("SELECT count(*) FROM sessions") == 1


async def test_pages_make_up_the_whole_list_and_do_not_overlap(reports: Reports) -> None:
    for name in PAGED:
        rows = _rows(await reports.get(name, PARAMETERS[name] | {"page_size": 1000}))
        found = []
        for page in range(1, len(rows) + 2):
            answer = await reports.get(name, PARAMETERS[name] | {"page": page, "page_size": 1})
            assert answer.body["pagination"]["has_more"] == (page < len(rows))
            found += _rows(answer)
        assert found == rows


def _ids(parameters: Iterable[str]) -> list[str]:
    return [name for name in parameters if name.endswith("_id")]


def _rows(answer: Answer) -> list[Any]:
    (rows,) = (value for value in answer.body.values() if isinstance(value, list))
    return rows


async def test_a_report_that_takes_too_long_is_ended_and_says_so(migrated_database: str, store: Pool) -> None:
    impatient = await open_pool(
        migrated_database, max_size=1, application_name="test", command_timeout=30, statement_timeout=0.05
    )
    async with (
        serving(migrated_database, impatient) as reports,
        store.acquire() as connection,
        connection.transaction(),
    ):
        # Whoever reads sessions now waits.
        await connection.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
        answer = await reports.get("classroom-overview", {"classroom_id": CLASSROOM})
    await impatient.close()
    assert answer.status == 504
    assert "took longer than" in answer.body["error"]
    assert "SELECT" not in answer.body["error"]


async def test_a_database_that_is_down_is_said_to_be_and_when_to_come_again() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    pool = await open_pool(nowhere, max_size=1, application_name="test", command_timeout=5)
    async with serving(nowhere, pool) as reports:
        answer = await reports.get("completion-rate", {"session_id": SESSION})
    await pool.close()
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "127.0.0.1" not in answer.body["error"]


async def test_what_the_product_was_told_late_is_in_the_report(
    migrated_database: str, store: Pool, reader: Pool
) -> None:
    *others, last = SMALL_SESSION.events
    async with serving(migrated_database, reader) as reports:
        await tell(store, [tuple(reversed(others))])
        await tell(store, [(last,), SMALL_SESSION.catalog])
        for name, parameters in PARAMETERS.items():
            assert (await reports.get(name, parameters)).body == written(name)
