"""Every reason that the operator says, as its sources have them, and what becomes of each as an event."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

import ingestor_operator
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.model.status import Condition, ConditionStatus, ConditionType, Status
from ingestor_operator.status.events import Notice, notices

SOURCES: Final = Path(ingestor_operator.__file__).parent
_PROBLEMS: Final = ("Problem", "KafkaUnreachable")
"""What begins with its reason, and makes a condition False."""
_SCALING: Final = SOURCES / "status/scaling.py"
"""The verdicts on the number of consumers: their reasons are an enum, and False is no fault there."""


class Said(NamedTuple):
    """A condition's status and reason, or those of something that becomes a condition or an event."""

    status: ConditionStatus
    reason: str


def said() -> set[Said]:
    """Everything that the sources say in a condition or warn of; neither deeds nor the reasons of the scaling."""
    found: set[Said] = set()
    for path in SOURCES.rglob("*.py"):
        if path == _SCALING:
            continue
        tree = ast.parse(path.read_text())
        deeds = {id(node) for deed in _deeds(tree) for node in ast.walk(deed)}
        nodes = [node for node in ast.walk(tree) if id(node) not in deeds]
        if reasons := list(_reasons(nodes)):
            module = import_module(".".join(("ingestor_operator", *path.relative_to(SOURCES).with_suffix("").parts)))
            found |= {Said(status, word) for status, node in reasons for word in _words(node, module)}
    return found


def told(what: Said, kind: ConditionType = "TopicReady") -> list[Notice]:
    """The events of a condition that was well and turns to what is said."""
    before = Status(conditions=[_condition(kind, Said("True", "TopicsReady"))])
    return notices(before, Status(conditions=[_condition(kind, what)]), Outcome())


def is_warned_of(what: Said, kind: ConditionType = "TopicReady") -> bool:
    """Whether the operator has a person look at it."""
    return any(notice.type == "Warning" for notice in told(what, kind))


def passes_by_itself(what: Said) -> bool:
    """Whether the operator tells nobody of what is not well."""
    return what.status == "False" and not told(what)


def _condition(kind: ConditionType, what: Said) -> Condition:
    return Condition(
        type=kind,
        status=what.status,
        reason=what.reason,
        message="A sentence.",
        observed_generation=1,
        last_transition_time="2026-01-01T00:00:00Z",
    )


def _deeds(tree: ast.Module) -> Iterator[ast.AST]:
    """What was done: Outcome(done=...)."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "done")


def _reasons(nodes: list[ast.AST]) -> Iterator[tuple[ConditionStatus, ast.expr]]:
    """Expressions of reasons, with the status that they are said with."""
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name("Verdict"), args=[ast.Constant("True" | "False" as status), reason, *_]):
                yield status, reason
            case ast.Call(func=ast.Name(name), args=[reason, *_]) if name in _PROBLEMS:
                yield "False", reason
            case ast.Call(func=ast.Name("Notice"), args=[ast.Constant("Warning"), reason, *_]):
                yield "False", reason
            case ast.Dict(keys=[ast.Attribute(value=ast.Name("Cause")), *_], values=reasons):
                yield from (("False", reason) for reason in reasons)


def _words(node: ast.expr, module: ModuleType) -> list[str]:
    """What the expression may be; nothing for what was made, and so is found, elsewhere."""
    match node:
        case ast.Constant(str() as word):
            return [word]
        case ast.Name(name):
            constant = getattr(module, name, None)
            return [constant] if isinstance(constant, str) else []
        case ast.IfExp(body=body, orelse=other):
            return [*_words(body, module), *_words(other, module)]
    return []
