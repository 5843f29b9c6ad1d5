"""JSON schemas of the msgspec types, for the OpenAPI and AsyncAPI documents."""

from typing import Any, Final

import msgspec

from ingestor_common.events import REQUIRED_BY_TYPE

Schema = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/{name}"


def components(*types: type[msgspec.Struct]) -> tuple[tuple[Schema, ...], dict[str, Schema]]:
    """References to `types`, in order, and the schemas they refer to, by name."""
    references, schemas = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    if "Event" in schemas:
        # What depends on the event's type is checked by `parse`, beyond what its fields' types say.
        schemas["Event"]["allOf"] = [_needs(kind, needed) for kind, needed in REQUIRED_BY_TYPE.items() if needed]
    return tuple(references), schemas


def _needs(event_type: str, fields: tuple[str, ...]) -> Schema:
    needed = {"required": list(fields), "properties": {name: {"not": {"type": "null"}} for name in fields}}
    return {"if": {"properties": {"event_type": {"const": event_type}}}, "then": needed}
