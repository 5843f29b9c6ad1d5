"""How the rows that belong to others are found: for some sessions one by one, by index; for all of them by joins.

Postgres chooses a join by how many rows it believes there are, and of a database that has just been filled it believes
anything. So nothing is left to choose: LATERAL ... OFFSET 0 is not turned into a join, and the condition inside is on
an index. See docs/adr/0056-plans-without-statistics.md.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Lookups:
    """`by_index`: the query is about some sessions, so that reading through a table never pays."""

    by_index: bool

    def part(self, name: str, select: str, *, is_stored: bool = False) -> str:
        """The common table expression `name`. One that looks rows up is computed by itself: what is joined to it would
        otherwise be joined again for each session.

        `is_stored`: the rows are there as they are. Where they are read twice, reading them is cheaper than a copy.
        """
        how = "MATERIALIZED " if self.by_index else "NOT MATERIALIZED " * is_stored
        return f"""
    {name} AS {how}({select})"""

    def rows(self, table: str, alias: str, condition: str) -> str:
        """Joins to what stands before it the rows of `table` for which `condition`, on an index of it, holds."""
        if self.by_index:
            return f"CROSS JOIN LATERAL (SELECT * FROM {table} {alias} WHERE {condition} OFFSET 0) {alias}"
        return f"JOIN {table} {alias} ON {condition}"

    def row_or_null(self, table: str, alias: str, condition: str) -> str:
        """The same, but what stands before it stays where there is no such row."""
        if self.by_index:
            return f"LEFT JOIN LATERAL (SELECT * FROM {table} {alias} WHERE {condition} OFFSET 0) {alias} ON true"
        return f"LEFT JOIN {table} {alias} ON {condition}"


BY_INDEX: Final = Lookups(by_index=True)
