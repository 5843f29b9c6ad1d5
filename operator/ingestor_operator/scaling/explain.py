"""Decisions told in plain sentences, for `ingestor-operator explain`."""

from collections.abc import Sequence

from ingestor_operator.scaling.decision import Decision


def explain(decisions: Sequence[Decision]) -> str:
    """Why the number of consumers is what it is: the newest decision with its inputs, then those before."""
    raise NotImplementedError


def dump_decision(decision: Decision) -> dict[str, object]:
    """A decision as plain JSON types with camelCase keys, for `status.decisions`."""
    raise NotImplementedError


def load_decision(raw: object) -> Decision:
    """The decision that was dumped. Raises ValueError where `raw` is not one."""
    raise NotImplementedError
