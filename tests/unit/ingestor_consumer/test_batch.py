"""A batch sheds parts that are not held and events that are refused, and keeps the rest as it is."""

from unit.ingestor_consumer.batches import batch, event, part

from ingestor_consumer.decoding import LONGEST_ERROR, NOT_JSON, Refusal

BOTH = batch(
    part(0, 0, 3, {0: event(1), 1: Refusal(NOT_JSON, "no"), 2: event(2)}),
    part(1, 7, 9, {8: event(3)}),
)


def test_only_the_parts_that_are_held_are_left() -> None:
    assert [each.partition for each in BOTH.only(lambda part: part.partition == 1).parts] == [1]
    assert BOTH.only(lambda part: True) is BOTH


def test_refused_events_become_letters_in_their_place() -> None:
    refusing = BOTH.refusing({1: "too odd", 2: "x" * 5_000})
    assert refusing.events() == [event(1)]
    letters = refusing.letters()
    assert [(letter.partition, letter.offset, letter.refusal.reason) for letter in letters] == [
        (0, 1, "not_json"),
        (0, 2, "refused_by_database"),
        (1, 8, "refused_by_database"),
    ]
    assert letters[1].refusal.error == "too odd"
    assert len(letters[2].refusal.error) == LONGEST_ERROR
    assert [(each.first, each.next) for each in refusing.parts] == [(0, 3), (7, 9)]
