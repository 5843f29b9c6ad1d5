from dataclasses import replace

from ingestor_dev.sim.latency import Percentiles
from ingestor_dev.sim.progress import progress_line
from ingestor_dev.sim.tally import Snapshot

_NOW = Snapshot(
    sent=90,
    repeats=3,
    accepted={"kafka": 50, "direct": 10},
    retried={},
    trouble=None,
    refused=0,
    refusals=(),
    catalog=7,
    in_flight=2,
    latency=Percentiles(0.0021, 0.004, None),
    seconds=10.0,
)


def test_a_line_says_what_was_sent_what_is_durable_by_path_and_how_fast() -> None:
    assert progress_line(_NOW) == (
        "10 s: 7 catalog entries, 90 events and 3 repeats sent; durable: 10 direct, 50 kafka (6/s); "
        "latency p50 2.1 ms, p99 -"
    )


def test_the_rate_is_that_since_the_line_before() -> None:
    before = replace(_NOW, seconds=8.0, accepted={"kafka": 20})
    assert "(20/s)" in progress_line(_NOW, before)


def test_what_was_sent_again_is_said_with_the_last_reason_and_refusals_are_counted() -> None:
    troubled = replace(_NOW, retried={"503": 4, "no answer": 2}, trouble="Connection refused", refused=1)
    assert progress_line(troubled).endswith("; sent again: 4 503, 2 no answer, last: Connection refused; REFUSED: 1")
