"""Times the reports at two sizes side by side.

At the service's layer: the parameters' model is given, the statement runs through the reports' own pool, its rows
become the body, and that becomes JSON. HTTP, its router and the token's check are left out: they cost the same at any
size.
"""

import time
from collections import defaultdict
from typing import Final

from bench.reports.calls import Call, Ids, shuffled

from ingestor_api.reports.reader import read
from ingestor_common.store.pool import Pool

_MILLISECONDS: Final = 1000.0

Times = dict[str, list[float]]
"""Milliseconds of each call, by the report's name."""


async def time_side_by_side(sizes: list[tuple[Pool, list[Ids]]]) -> list[Times]:
    """The times at each size, for each of its ids.

    Warm: everything is asked once before it is timed. A round asks every report at every size before the next begins,
    so that whatever else the machine does falls on all alike.
    """
    await _round_by_round(sizes)
    return await _round_by_round(sizes)


async def _round_by_round(sizes: list[tuple[Pool, list[Ids]]]) -> list[Times]:
    times: list[Times] = [defaultdict(list) for _ in sizes]
    for turn in range(min(len(ids) for _, ids in sizes)):
        for report in shuffled(turn):
            for (pool, ids), found in zip(sizes, times, strict=True):
                found[report.name].append(await _time(pool, ids[turn].call(report)))
    return times


async def _time(pool: Pool, call: Call) -> float:
    started = time.perf_counter()
    body = await read(pool, call.report, call.asked, call.now)
    body.model_dump_json().encode()
    return _MILLISECONDS * (time.perf_counter() - started)


def p95(times: list[float]) -> float:
    """The smallest time that 95 % of the calls did not exceed."""
    ordered = sorted(times)
    return ordered[-(-95 * len(ordered) // 100) - 1]
