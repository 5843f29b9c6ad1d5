"""Pages count from 1 and know whether there is more."""

import pytest

from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import Paged


@pytest.mark.parametrize(
    ("page", "total", "pages", "has_more", "has_previous"),
    [(1, 0, 0, False, False), (1, 10, 1, False, False), (1, 11, 2, True, False), (2, 11, 2, False, True)],
)
def test_a_page_says_where_it_is_in_the_whole_list(
    page: int, total: int, pages: int, has_more: bool, has_previous: bool
) -> None:
    assert pagination(Paged(page=page, page_size=10), [{"total": total}]) == Pagination(
        page=page,
        page_size=10,
        total_count=total,
        total_pages=pages,
        has_more=has_more,
        has_previous=has_previous,
    )


def test_pages_follow_each_other_without_overlap() -> None:
    first, second = Paged(page=1, page_size=10), Paged(page=2, page_size=10)
    assert (first.after, first.up_to, second.after, second.up_to) == (0, 10, 10, 20)


def test_an_empty_page_lists_nothing() -> None:
    assert listed([{"total": 5, "place": None}]) == []
