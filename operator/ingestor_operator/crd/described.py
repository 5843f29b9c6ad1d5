"""Descriptions that name bounds and defaults: `kubectl explain` shows nothing else of a field."""

import json
from typing import Any

from ingestor_operator.crd.structural import Schema


def described(schema: Schema) -> Schema:
    """The schema with bounds and defaults in the descriptions of its fields, at every depth."""
    return _described(schema, schema.get("default"))


def bounds(schema: Schema) -> str:
    """A number's bounds, as something to follow its description."""
    return f" {schema['minimum']} to {schema['maximum']}." if {"minimum", "maximum"} <= schema.keys() else ""


def text(value: Any) -> str:
    """A value as people would write it."""
    return value if isinstance(value, str) else json.dumps(value)


def _described(schema: Schema, default: Any) -> Schema:
    out = dict(schema)
    if "properties" in schema:
        # An object's default may be the default of its fields, as with the resources of a container. The operator
        # fills those in: the API server would store them, and they would stand beside a field that is changed later.
        given = default or {}
        if given:
            out["default"] = {}
        out["properties"] = {
            name: _described(field, given.get(name, field.get("default")))
            for name, field in schema["properties"].items()
        }
    else:
        ending = "" if default is None else f" Default: {text(default)}."
        out["description"] = schema["description"] + bounds(schema) + ending
    return out
