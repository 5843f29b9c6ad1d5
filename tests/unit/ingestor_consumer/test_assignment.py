"""What is assigned is held until it is revoked."""

from ingestor_consumer.assignment import Assignment


def test_assigned_partitions_are_held_until_they_are_revoked() -> None:
    assignment = Assignment()
    assignment.assign([2, 0])
    assignment.assign([1])
    assert assignment.partitions() == (0, 1, 2)
    assignment.revoke([0, 5])
    assert assignment.partitions() == (1, 2)


def test_a_member_without_partitions_is_a_member_until_it_leaves() -> None:
    assignment = Assignment()
    seen = [assignment.member]
    assignment.assign([])
    seen.append(assignment.member)
    assignment.assign([2])
    assignment.leave()
    seen.append(assignment.member)
    assert seen == [False, True, False]
    assert assignment.partitions() == ()
