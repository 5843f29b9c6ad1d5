"""The body of `POST /api/reports/query`, before its names are looked up."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr, model_validator

from ingestor_api.reports.query.dimensions import DIMENSIONS
from ingestor_api.reports.query.measures import MEASURES
from ingestor_common import times

MAX_LIMIT: Final = 10_000
DEFAULT_LIMIT: Final = 1000
MAX_FIELDS: Final = 20
"""Of one object: each that is not known is a fault, and finding half a million faults takes seconds."""


def _instant(value: object) -> datetime:
    # The same reading of RFC 3339 as for events; pydantic would also take numbers, and dates without a time.
    if isinstance(value, datetime):
        return value
    try:
        return times.parse_time(value).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{times.OUTSIDE}, by its offset") from None


Instant = Annotated[datetime, BeforeValidator(_instant, json_schema_input_type=datetime)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, value: object) -> object:
        if isinstance(value, dict) and len(value) > MAX_FIELDS:
            raise ValueError(f"has {len(value)} fields; leave out those that are not known here")
        return value


class TimeRange(_Part):
    """Facts whose own time t is start <= t < end."""

    start: Instant | None = Field(default=None, description="RFC 3339 with an offset; open without.")
    end: Instant | None = Field(default=None, description="RFC 3339 with an offset; open without.")


class OrderBy(_Part):
    field: StrictStr = Field(description="A measure or dimension of this query.")
    order: Literal["ASC", "DESC"] = "ASC"


_MeasureName = Annotated[StrictStr, Field(json_schema_extra={"enum": list(MEASURES)})]
_DimensionName = Annotated[StrictStr, Field(json_schema_extra={"enum": list(DIMENSIONS)})]


def _require_measures(schema: dict[str, Any]) -> None:
    schema["required"] = ["measures"]
    del schema["properties"]["measures"]["default"]
    schema["properties"]["measures"]["minItems"] = 1


class QueryRequest(_Part):
    """What is asked: measures of the facts that the filters and the time range choose, grouped by the dimensions."""

    model_config = ConfigDict(json_schema_extra=_require_measures)

    # asked.py refuses none with the names of all there are, which a list that is missing needs as much as an empty one.
    measures: list[_MeasureName] = Field(
        default=[], max_length=len(MEASURES), description="One or more, each once.", examples=[["accuracy_rate"]]
    )
    dimensions: list[_DimensionName] = Field(
        default=[], max_length=len(DIMENSIONS), description="None for one row over everything."
    )
    # Typed by the dimension: filters.py says what is wrong better than a union would.
    filters: dict[StrictStr, Any] = Field(
        default={},
        max_length=len(DIMENSIONS),
        description="By dimension: a value, or a list of values any of which will do; null for a missing one.",
        examples=[{"time_bucket": ["Morning", "Afternoon"], "performance_level": "Correct"}],
    )
    time_range: TimeRange | None = None
    limit: StrictInt = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Rows at most.")
    order_by: list[OrderBy] = Field(
        default=[],
        max_length=len(MEASURES) + len(DIMENSIONS),
        description="Unknown values come last in either order; then, and without, by the dimensions in turn.",
    )
