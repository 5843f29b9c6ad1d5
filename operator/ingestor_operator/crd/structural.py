"""Structural OpenAPI v3 schemas, the subset that Kubernetes takes, from pydantic's JSON schemas.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

_KEPT = {
    "type", "description", "default", "enum", "format", "pattern", "required",
    "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "maxProperties",
    "x-kubernetes-validations", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
}  # fmt: skip


def structural(model: type[BaseModel]) -> Schema:
    """The structural schema of the model: references resolved, null taken out, defaults at every depth.

    An optional object without required fields defaults to {}, for the API server applies the defaults of
    inner fields only where the object around them exists.
    """
    schema = model.model_json_schema(by_alias=True)
    return _convert(schema, schema.get("$defs", {}))


def _convert(schema: Schema, definitions: Schema) -> Schema:
    schema = _resolved(_without_null(_resolved(schema, definitions)), definitions)
    out: Schema = {key: value for key, value in schema.items() if key in _KEPT and value is not None}
    if out.get("x-kubernetes-int-or-string"):
        out.pop("type", None)
    if "properties" in schema:
        required = schema.get("required", [])
        out["properties"] = {
            name: _property(inner, definitions, optional=name not in required)
            for name, inner in schema["properties"].items()
        }
    elif isinstance(schema.get("additionalProperties"), dict):
        inner = schema["additionalProperties"]
        # As a value of a map null is something said; without this the API server would drop it.
        out["additionalProperties"] = _convert(inner, definitions) | ({"nullable": True} if _nullable(inner) else {})
    if "items" in schema:
        out["items"] = _convert(schema["items"], definitions)
    return out


def _property(schema: Schema, definitions: Schema, *, optional: bool) -> Schema:
    converted = _convert(schema, definitions)
    if optional and not _nullable(schema) and "default" not in converted:
        if converted.get("type") == "object" and not converted.get("required"):
            converted["default"] = {}
        elif converted.get("type") == "array":
            converted["default"] = []
    return converted


def _nullable(schema: Schema) -> bool:
    return any(branch.get("type") == "null" for branch in schema.get("anyOf", []))


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """The schema with its reference replaced by what it names; what stands beside the reference wins."""
    if "$ref" not in schema:
        return schema
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**definitions[schema["$ref"].rsplit("/", 1)[1]], **beside}


def _without_null(schema: Schema) -> Schema:
    """`anyOf: [X, null]` as X: in Kubernetes an absent field says the same."""
    branches = [branch for branch in schema.get("anyOf", []) if branch.get("type") != "null"]
    if len(branches) != 1:
        return schema
    beside = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**branches[0], **beside}
