"""How many consumers there should be: pure functions over what was observed; no client is imported here."""

from ingestor_operator.scaling.attention import next_look
from ingestor_operator.scaling.decision import decide
from ingestor_operator.scaling.explain import dump_decision, explain, load_decision, readable_decisions, told_time
from ingestor_operator.scaling.memory import dump_memory, load_memory
from ingestor_operator.scaling.observation import (
    UNCOMMITTED,
    GroupState,
    LagState,
    Member,
    Observation,
    PartitionOffsets,
)
from ingestor_operator.scaling.reasons import Direction, Reason
from ingestor_operator.scaling.spec import ScalingSpec
from ingestor_operator.scaling.state import ScalingState
from ingestor_operator.scaling.verdict import Decision, Inputs

__all__ = [
    "UNCOMMITTED",
    "Decision",
    "Direction",
    "GroupState",
    "Inputs",
    "LagState",
    "Member",
    "Observation",
    "PartitionOffsets",
    "Reason",
    "ScalingSpec",
    "ScalingState",
    "decide",
    "dump_decision",
    "dump_memory",
    "explain",
    "load_decision",
    "load_memory",
    "next_look",
    "readable_decisions",
    "told_time",
]
