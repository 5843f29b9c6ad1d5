"""The fields of the spec as a Markdown table, for the documentation."""

from collections.abc import Iterator

from ingestor_operator.crd.described import bounds, text
from ingestor_operator.crd.structural import Schema, structural
from ingestor_operator.model.spec import Spec

BEGIN, END = "<!-- fields: written by `ingestor-operator fields` -->", "<!-- end of fields -->"


def field_table() -> str:
    """One row a field, in the order of the spec."""
    rows = [f"| `{path}` | {default} | {meaning} |" for path, default, meaning in _rows("", structural(Spec))]
    return "\n".join(["| field | default | meaning |", "| --- | --- | --- |", *rows])


def with_field_table(page: str) -> str:
    """The page with the table between its marks written anew."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{field_table()}\n{END}{after}"


def _rows(prefix: str, schema: Schema) -> Iterator[tuple[str, str, str]]:
    required = schema.get("required", [])
    for name, inner in schema["properties"].items():
        path = f"{prefix}{name}"
        if inner.get("properties"):
            if "default" not in inner:
                yield path, "required" if name in required else "absent", inner["description"]
            yield from _rows(f"{path}.", inner | _with_defaults(inner))
        else:
            yield path, _default(inner, name in required), _meaning(inner)


def _with_defaults(schema: Schema) -> Schema:
    """The schema's properties with the defaults that the object around them gives."""
    given = schema.get("default") or {}
    properties = {
        name: inner | ({"default": given[name]} if name in given else {})
        for name, inner in schema["properties"].items()
    }
    return {"properties": properties}


def _default(schema: Schema, required: bool) -> str:
    if required:
        return "required"
    if "default" not in schema:
        return "absent"
    return f"`{text(schema['default'])}`"


def _meaning(schema: Schema) -> str:
    meaning: str = schema["description"]
    choices = schema.get("enum")
    if choices:
        return f"{meaning} One of {', '.join(f'`{choice}`' for choice in choices)}."
    return meaning + bounds(schema)
