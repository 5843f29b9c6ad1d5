"""Which monthly partitions there have to be."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingestor_common.store.partitions import Month, months_ahead, months_of

times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda time: time.replace(tzinfo=UTC))


@given(times)
def test_a_time_lies_in_its_month_or_in_a_common_partition_before_2015_or_from_2100(time: datetime) -> None:
    months = months_of([time])
    if not 2015 <= time.year < 2100:
        assert months == set()
    else:
        (month,) = months
        assert month.start <= time < month.next.start


def test_months_are_made_ahead_over_the_turn_of_a_year() -> None:
    assert months_ahead(datetime(2026, 11, 23, tzinfo=UTC), 2) == {Month(2026, 11), Month(2026, 12), Month(2027, 1)}


def test_a_partition_is_named_by_its_month() -> None:
    assert Month(2026, 3).partition == "events_2026_03"
