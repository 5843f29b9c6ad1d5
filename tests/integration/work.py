"""What statements cost, as the server itself counts it: every row that a step of a plan gave, or looked at in vain.

Rows instead of seconds: a plan that costs the product of two tables is found on a small database and a busy machine.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

_SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
}
_PLAN = re.compile(r"LOG:  duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)")
_ROWS = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")


@dataclass(frozen=True)
class Executed:
    """One statement, and the rows that its plan went through."""

    text: str
    rows: float
    searched: frozenset[str]
    """What it searches through anew for each value of an expression, unless Postgres expects that to fit into memory:
    IN (SELECT ...) as a value, say. On small tables it always fits, so that the rows do not tell."""


class WorkLog:
    """Reads from the server's log what was executed in databases that `count_work` was called for."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = log.stat().st_size

    def executed(self) -> list[Executed]:
        """All statements since the last call."""
        with self._log.open("rb") as file:
            file.seek(self._read)
            text = file.read().decode(errors="replace")
            self._read = file.tell()
        plans = [json.loads(found[1]) for found in _PLAN.finditer(text)]
        return [
            Executed(plan["Query Text"], sum(map(_rows, _nodes(plan["Plan"]))), frozenset(_searched(plan["Plan"])))
            for plan in plans
        ]

    def most(self) -> Executed:
        """The dearest statement since the last call."""
        return max(self.executed(), key=lambda executed: executed.rows)


async def count_work(dsn: str) -> None:
    """Have the work of all statements logged, on connections that are made from now on."""
    connection = await asyncpg.connect(dsn)
    try:
        name = await connection.fetchval("SELECT current_database()")
        for setting, value in _SETTINGS.items():
            await connection.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'")
    finally:
        await connection.close()


def _searched(plan: Any, *, is_value: bool = False) -> Iterator[str]:
    """Tables, indexes and common table expressions that are read through in the plan of an expression's value."""
    if plan.get("Parent Relationship") in ("SubPlan", "InitPlan"):
        # An InitPlan is there once, and a common table expression is one.
        is_value = plan["Parent Relationship"] == "SubPlan"
    read = next((plan[kind] for kind in ("CTE Name", "Index Name", "Relation Name") if kind in plan), None)
    if is_value and read is not None and "Index Cond" not in plan and plan["Node Type"] != "Bitmap Heap Scan":
        yield read
    for child in plan.get("Plans", ()):
        yield from _searched(child, is_value=is_value)


def _rows(node: Any) -> float:
    return float(node["Actual Loops"] * sum(node.get(kind, 0) for kind in _ROWS))


def _nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
