"""A resource that is being deleted goes, and its topics with it, whatever is in the annotation that kopf writes."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC
from types import SimpleNamespace
from typing import cast

import kopf
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kopf._cogs.structs.bodies import Body
from kopf._cogs.structs.patches import Patch
from kopf._core.actions.execution import Handler, Outcome
from kopf._core.actions.progression import State

from ingestor_operator.run.progress import Progress

KEY = "ingestor.dev/release"
PROGRESS = Progress(prefix="ingestor.dev")
RELEASE = kopf.HandlerId("release")
HANDLERS = [cast(Handler, SimpleNamespace(id="release"))]
HOUR = 3600.0

TIMES = st.one_of(
    st.datetimes(timezones=st.none() | st.just(UTC)).flatmap(
        lambda moment: st.sampled_from([moment.isoformat(), moment.isoformat(timespec="microseconds"), str(moment)])
    ),
    st.sampled_from(["", "2099", "2026-W01-1T00:00:00+00:00", "20260101T000000Z", "0001-01-01T00:00:00+14:00"]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | TIMES | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("started", "stopped", "delayed", "purpose", "retries", "success", "failure", "message", "subrefs")
LIKELY: dict[str, st.SearchStrategy[object]] = {
    "started": TIMES,
    "delayed": TIMES,
    "retries": st.integers(),
    "purpose": st.just("delete"),
    "message": st.text(),
}
RECORDS = st.fixed_dictionaries({}, optional={field: LIKELY.get(field, JSON) | JSON for field in FIELDS})
TEXTS = st.text() | (JSON | RECORDS).map(json.dumps)


def body(text: str | None) -> Body:
    """A resource that is being deleted, with the annotation and one that is not kopf's."""
    annotations = {KEY: text} if text is not None else {}
    return Body({"metadata": {"annotations": annotations | {"ingestor.dev/adopt-topic": "true"}}})


def stored(state: State, of: Body) -> str | None:
    """The annotation after kopf has stored the state; as it is where kopf writes nothing."""
    patch = Patch()
    state.store(body=of, patch=patch, storage=PROGRESS)
    written: dict[str, str] = patch.get("metadata", {}).get("annotations", {})
    return written.get(KEY, of.metadata.annotations.get(KEY))


def read(text: str | None) -> State:
    """What kopf makes of the annotation once the deletion is asked for."""
    state = State.from_storage(body=body(text), storage=PROGRESS, handlers=HANDLERS)
    return state.with_purpose("delete").with_handlers(HANDLERS)


def attempted(state: State, delay: float | None, exception: Exception | None) -> State:
    """The state after an attempt, the last one where it is not put off."""
    return state.with_outcomes({RELEASE: Outcome(final=delay is None, delay=delay, exception=exception)})


def in_a_loop(check: Callable[[], None]) -> None:
    async def run() -> None:
        check()

    asyncio.run(run())


@given(TEXTS)
@example("garbage")
@example("[" * 100_000)
@example("1" * 5_000)
@example('{"success":true}')
@example('{"failure":true}')
@example('{"retries":1000000000000,"delayed":"2099-01-01T00:00:00+00:00"}')
@example('{"delayed":"2099"}')
@example('{"subrefs":["adopt-topic"]}')
def test_whatever_the_annotation_says_the_topics_are_looked_at_within_the_longest_interval(text: str) -> None:
    def check() -> None:
        state = read(text)
        found = state[RELEASE]
        assert not state.done
        assert (state.delay or 0) <= HOUR
        assert 0 <= found.retries <= 1_000_000
        # It is written anew once: a write at each event would be answered by an event.
        once = stored(state, body(text))
        assert stored(read(once), body(once)) == once
        patch = Patch()
        attempted(state, None, None).purge(body=body(text), patch=patch, storage=PROGRESS, handlers=HANDLERS)
        assert set(patch["metadata"]["annotations"]) == {KEY}

    in_a_loop(check)


@given(st.lists(st.floats(0.001, 10), min_size=1, max_size=5))
def test_what_kopf_has_written_is_kept(delays: list[float]) -> None:
    def check() -> None:
        text = None
        for number, delay in enumerate(delays, 1):
            text = stored(attempted(read(text), min(delay, 2.0 * number), OSError("no")), body(text))
            assert text is not None
            assert PROGRESS.fetch(key=RELEASE, body=body(text)) == json.loads(text)
            assert read(text)[RELEASE].retries == number
            assert stored(read(text), body(text)) == text

    in_a_loop(check)


@pytest.mark.parametrize("final", [None, OSError("no")])
def test_kopf_keeps_no_record_of_the_last_attempt(final: Exception | None) -> None:
    """So a success that is found there is nobody's who has deleted topics."""

    def check() -> None:
        text = stored(attempted(read(None), 1.0, OSError("no")), body(None))
        before, patch = body(text), Patch()
        ended = attempted(read(text), None, final)
        ended.store(body=before, patch=patch, storage=PROGRESS)
        assert ended.done
        ended.purge(body=before, patch=patch, storage=PROGRESS, handlers=HANDLERS)
        assert patch["metadata"]["annotations"][KEY] is None

    in_a_loop(check)
