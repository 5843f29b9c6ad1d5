"""The bounds of a package: its constants of certain names."""

import ast
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

_BOUND = re.compile(r"(MAX|MOST|LONGEST|LARGEST|WAITING)(_[A-Z_]+)?|[A-Z][A-Z_]*_AT_ONCE")


def bounds_of(package: ModuleType) -> set[str]:
    """`module.NAME` of each bound that the package's modules define."""
    found = set()
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        source = Path(import_module(info.name).__file__ or "")
        for statement in ast.parse(source.read_text()).body:
            for name in _assigned(statement):
                if _BOUND.fullmatch(name):
                    found.add(f"{info.name.rpartition('.')[2]}.{name}")
    return found


def names_in(test: Path) -> set[str]:
    """`module.NAME` of each that a test speaks of."""
    nodes = ast.walk(ast.parse(test.read_text()))
    attributes = (node for node in nodes if isinstance(node, ast.Attribute))
    return {f"{node.value.id}.{node.attr}" for node in attributes if isinstance(node.value, ast.Name)}


def _assigned(statement: ast.stmt) -> list[str]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    return [target.id for target in targets if isinstance(target, ast.Name)]
