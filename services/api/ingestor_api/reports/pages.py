"""Pages of a list. A statement gives every row its place in the whole list, so that pages never overlap.

It returns the page's rows with `total`, the length of the whole list, beside each; an empty page is one row with
nothing but the total in it.
"""

from collections.abc import Callable, Mapping, Sequence

from pydantic import Field

from ingestor_api.reports.parameters import Paged, PagedT
from ingestor_api.reports.report import Body, BodyT, Report, Row


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


def paged_report(
    of: str,
    *,
    name: str,
    title: str,
    asked: type[PagedT],
    body: type[BodyT],
    statement: str,
    parts: Callable[[Sequence[Row]], Mapping[str, object]],
) -> Report[PagedT, BodyT]:
    """A page of the list of one thing, whose id is the parameter `of` and the statement's $1; $2 and $3 are the places
    before the page and of its last row.

    The body says the id again, and its pagination; `parts` gives its other fields, and its docstring describes the
    report to its readers.
    """

    def build(page: PagedT, rows: Sequence[Row]) -> BodyT:
        about = {of: getattr(page, of), "pagination": pagination(page, rows)}
        return body.model_validate({**about, **parts(rows)})

    build.__doc__ = parts.__doc__
    return Report(
        name=name,
        title=title,
        asked=asked,
        body=body,
        statement=statement,
        arguments=lambda page, now: (getattr(page, of), page.after, page.up_to),
        build=build,
    )
