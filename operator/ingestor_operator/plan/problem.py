"""Something that stands between the spec and the world, in the words of a condition."""

from dataclasses import dataclass

from ingestor_operator.observe.pods import one_line

OBJECT_TERMINATES = "ObjectTerminates"
"""Reason where an object's deletion is waited for before it is made anew."""


@dataclass(frozen=True)
class Problem:
    """`reason` is one word for programs, `message` a sentence for people that says what to do."""

    reason: str
    message: str


def cause(error: Exception) -> str:
    """The error's type and words, of a defect: a report of it needs both."""
    return f"{type(error).__name__}: {one_line(error)}".removesuffix(": ")


def own_fault(error: Exception) -> Problem:
    """The operator itself fails on the resource."""
    return Problem(
        "OperatorFailed",
        f"The operator itself fails on this resource ({cause(error)}); what runs goes on as"
        " it is, and nothing is changed or scaled. Its log has the details: report them, and try another release.",
    )
