"""The Kafka rights that docs/operations/security.md gives to each component."""

import re
from collections.abc import Mapping
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs/operations/security.md"

Rights = dict[tuple[str, str], list[str]]
"""Operations by the kind and name of a resource."""


def documented_rights(who: str, names: Mapping[str, str] | None = None) -> Rights:
    """What the table gives to `who`, on topics and groups of other names where `names` has them."""
    table = DOCUMENT.read_text().split("<!-- rights:")[1].split("<!-- end of rights -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    rights: Rights = {}
    for component, resource, operations, _ in rows[2:]:
        if component == who:
            kind, name = resource.split()
            rights[kind, (names or {}).get(name, name)] = re.split(r",\s*", operations)
    assert rights, f"the document gives {who} nothing"
    return rights


def without(rights: Rights, kind: str, name: str, operation: str) -> Rights:
    """The same but for one."""
    assert operation in rights[kind, name]
    return rights | {(kind, name): [each for each in rights[kind, name] if each != operation]}
