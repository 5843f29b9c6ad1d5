"""Identifiers in paths, parameters and bodies, read as in an event."""

from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator

from ingestor_common.ids import parse_id

Identifier = Annotated[UUID, BeforeValidator(parse_id, json_schema_input_type=UUID)]
