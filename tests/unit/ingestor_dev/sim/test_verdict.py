from ingestor_dev.sim.comparison import Comparison, Fault, FaultKind
from ingestor_dev.sim.verdict import Verdict


def _with(*faults: Fault) -> Comparison:
    return Comparison(told=10, absorbed=2, in_doubt=1, in_doubt_stored=1, faults=faults)


def test_when_all_is_well_one_line_says_so_with_the_counts() -> None:
    verdict = Verdict([_with(), _with()])
    assert verdict.passed
    assert verdict.lines() == [
        "ok: 20 events of 2 sessions told durable, 4 repeats absorbed, 2 in doubt (2 of them stored); "
        "none lost, doubled, altered or unknown"
    ]


def test_faults_are_counted_by_kind_and_the_first_of_each_kind_are_shown() -> None:
    lost = [Fault(FaultKind.LOST, "s1", f"e{number}", "told durable by kafka") for number in range(9)]
    altered = Fault(FaultKind.ALTERED, "s2", "e77", "answer: sent 'A', stored 'B'")
    verdict = Verdict([_with(*lost), _with(altered)])
    assert not verdict.passed
    lines = verdict.lines()
    assert lines[0].startswith("FAILED: ")
    assert lines[0].endswith("9 lost, 0 doubled, 1 altered, 0 unknown")
    assert lines[1] == "lost: event e0 of session s1: told durable by kafka"
    assert lines[6:] == ["altered: event e77 of session s2: answer: sent 'A', stored 'B'"]
