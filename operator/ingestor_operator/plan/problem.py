"""Something that stands between the spec and the world, in the words of a condition."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`reason` is one word for programs, `message` a sentence for people that says what to do."""

    reason: str
    message: str
