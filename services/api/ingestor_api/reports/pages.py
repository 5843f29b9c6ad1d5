"""Pages of a list. A statement gives every row its place in the whole list, so that pages never overlap.

It returns the page's rows with `total`, the length of the whole list, beside each; an empty page is one row with
nothing but the total in it.
"""

from collections.abc import Sequence

from pydantic import Field

from ingestor_api.reports.parameters import Paged
from ingestor_api.reports.report import Body, Row


class Pagination(Body):
    """Where in the whole list this page is."""

    page: int = Field(description="This page, from 1.")
    page_size: int = Field(description="Rows a page.")
    total_count: int = Field(description="Rows of the whole list.")
    total_pages: int = Field(description="Pages of the whole list; 0 when it is empty.")
    has_more: bool = Field(description="Whether there is a page after this one.")
    has_previous: bool = Field(description="Whether this is not the first page.")


def pagination(asked: Paged, rows: Sequence[Row]) -> Pagination:
    """Where the page is."""
    total = rows[0]["total"]
    pages = -(-total // asked.page_size)
    return Pagination(
        page=asked.page,
        page_size=asked.page_size,
        total_count=total,
        total_pages=pages,
        has_more=asked.page < pages,
        has_previous=asked.page > 1,
    )


def listed(rows: Sequence[Row]) -> list[Row]:
    """The rows of the page."""
    return [row for row in rows if row["place"] is not None]
