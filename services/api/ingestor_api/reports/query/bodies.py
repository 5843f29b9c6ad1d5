"""What the query's routes answer with."""

from typing import Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from ingestor_api.reports.query.dimensions import DIMENSIONS
from ingestor_api.reports.query.measures import MEASURES
from ingestor_api.reports.query.request import QueryRequest
from ingestor_api.reports.query.running import Rows
from ingestor_api.reports.query.statement import Statement
from ingestor_api.reports.query.vocabulary import Aggregate, Dimension, Format, Grain, MeanOf, Measure, Type, Value


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class QueryAnswer(_Body):
    """The rows, and how they were asked for."""

    query: QueryRequest = Field(description="The query, with its defaults.")
    data: list[dict[str, Any]] = Field(
        description="A row a group: the dimensions, then the measures, by their names. Numbers that are not counts "
        "are rounded to 2 decimals, written without zeros at the end (100, 62.5), and null where unknown."
    )
    generated_sql: str = Field(description="The statement, with parameters in place of values.")
    count: int = Field(description="Rows of data.")


def answer_of(asked: QueryRequest, rows: Rows, statement: Statement) -> bytes:
    """A QueryAnswer as JSON."""
    return b'{"query":%b,"data":[%b],"generated_sql":%b,"count":%d}' % (
        asked.model_dump_json().encode(),
        rows.json,
        msgspec.json.encode(statement.sql),
        rows.count,
    )


class DescribedMeasure(_Body):
    """A measure that can be asked for."""

    name: str
    title: str
    description: str
    type: Type
    format: Format
    grains: list[Grain] = Field(description="What it is an aggregate of.")


class DescribedDimension(_Body):
    """A dimension that can be grouped and filtered by."""

    name: str
    title: str
    description: str
    type: Type
    format: str | None
    grains: list[Grain] = Field(description="What has it itself; others have it through the answers given to them.")
    values: list[Value] | None = Field(description="All values, where they are few; it may be null beside.")


class QueryModel(_Body):
    """Everything that can be asked for."""

    measures: list[DescribedMeasure]
    dimensions: list[DescribedDimension]


def _grains_of(measure: Measure) -> list[Grain]:
    if isinstance(measure.of, Aggregate):
        return [measure.of.grain]
    return [grain for part in _parts(measure.of) for grain in _grains_of(part)]


def _parts(mean: MeanOf) -> tuple[Measure, Measure]:
    return MEASURES[mean.first], MEASURES[mean.second]


def _measure(measure: Measure) -> DescribedMeasure:
    return DescribedMeasure(
        name=measure.name,
        title=measure.title,
        description=measure.description,
        type=measure.type,
        format=measure.format,
        grains=_grains_of(measure),
    )


def _dimension(dimension: Dimension) -> DescribedDimension:
    return DescribedDimension(
        name=dimension.name,
        title=dimension.title,
        description=dimension.description,
        type=dimension.type,
        format=dimension.format,
        grains=list(dimension.grains),
        values=list(dimension.values) or None,
    )


MODEL: Final = QueryModel(
    measures=[_measure(measure) for measure in MEASURES.values()],
    dimensions=[_dimension(dimension) for dimension in DIMENSIONS.values()],
)
