"""What was read under a holding that is over is not taken for the present one's."""

from ingestor_consumer.assignment import Assignment


def test_a_partition_that_comes_back_has_another_epoch() -> None:
    assignment = Assignment()
    assignment.give([0, 1])
    before = assignment.unopened()
    assignment.take([0])
    assert not assignment.holds(0, before[0])
    assignment.give([0])
    assert not assignment.holds(0, before[0])
    assert assignment.holds(0, assignment.unopened()[0])
    assert assignment.holds(1, before[1])


def test_a_partition_waits_until_it_is_opened() -> None:
    assignment = Assignment()
    assignment.give([0, 1])
    assignment.opened(0, assignment.unopened()[0])
    assert set(assignment.unopened()) == {1}
    assert assignment.partitions() == (0, 1)


def test_opening_a_holding_that_is_over_opens_nothing() -> None:
    assignment = Assignment()
    assignment.give([0])
    over = assignment.unopened()[0]
    assignment.reopen(0, over)
    assignment.opened(0, over)
    assert set(assignment.unopened()) == {0}
    assert not assignment.holds(0, over)


def test_starting_over_a_holding_that_is_over_changes_nothing() -> None:
    assignment = Assignment()
    assignment.give([0])
    over = assignment.unopened()[0]
    assignment.take([0])
    assignment.reopen(0, over)
    assert assignment.partitions() == ()


def test_a_member_without_partitions_is_a_member_until_it_leaves() -> None:
    assignment = Assignment()
    seen = [assignment.member]
    assignment.give([])
    seen.append(assignment.member)
    assignment.give([2])
    assignment.leave()
    seen.append(assignment.member)
    assert seen == [False, True, False]
    assert assignment.partitions() == ()
