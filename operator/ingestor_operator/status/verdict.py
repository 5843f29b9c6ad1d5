"""One condition's content, before it is compared with what was said last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ingestor_operator.model.status import Condition, ConditionStatus, ConditionType
from ingestor_operator.observe.pods import flat

LONGEST: Final = 2_000
"""Characters of a condition's message: an API server's refusal of an object may be pages. Kubernetes takes 32,768."""


@dataclass(frozen=True)
class Verdict:
    """Status, reason and sentence of a condition."""

    status: ConditionStatus
    reason: str
    message: str

    @property
    def holds(self) -> bool:
        """Whether the condition is True."""
        return self.status == "True"


Verdicts = dict[ConditionType, Verdict]


def condition(
    kind: ConditionType, verdict: Verdict, previous: Condition | None, generation: int, now: datetime
) -> Condition:
    """The condition to write; its transition time moves only when its status does."""
    stays = previous is not None and previous.status == verdict.status
    moment = previous.last_transition_time if previous and stays else timestamp(now)
    return Condition(
        type=kind,
        status=verdict.status,
        reason=verdict.reason,
        message=flat(verdict.message, LONGEST),
        observed_generation=generation,
        last_transition_time=moment,
    )


def timestamp(moment: datetime) -> str:
    """A time as Kubernetes writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
