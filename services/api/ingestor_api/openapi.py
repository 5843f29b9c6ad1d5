"""The OpenAPI document: FastAPI's own, plus the event routes that it does not see, from their msgspec types."""

from functools import cache
from importlib.metadata import version
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from ingestor_api.batch import MAX_BATCH_EVENTS, Batch, BatchAccepted
from ingestor_api.errors import ErrorBody
from ingestor_api.examples import ANSWER, BATCH_ACCEPTED, KAFKA_ACCEPTED, QUESTION
from ingestor_api.operation_errors import errors_of
from ingestor_api.schemas import components
from ingestor_api.single import DirectAccepted, KafkaAccepted, Single
from ingestor_common.events import Event

VERSION: Final = version("ingestor-api")

Document = dict[str, Any]


def install(app: FastAPI) -> None:
    """Serve /openapi.json, which /docs shows, and make it describe the whole service.

    FastAPI's own route writes the document anew for each that asks.
    """

    def openapi() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    # The way that FastAPI documents for extending the document.
    app.openapi = openapi  # type: ignore[method-assign]

    @cache
    def written() -> bytes:
        return msgspec.json.encode(openapi())

    async def document(_: Request) -> Response:
        return Response(written(), media_type="application/json")

    app.add_route("/openapi.json", document, include_in_schema=False)


def _document(app: FastAPI) -> Document:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="Takes classroom quiz events, makes them durable before it answers, and reports on them",
        routes=app.routes,
    )
    (event, kafka, direct, batch, error), schemas = components(
        Event, KafkaAccepted, DirectAccepted, BatchAccepted, ErrorBody
    )
    accepted = {"oneOf": [kafka, direct]}
    document["components"]["schemas"] |= schemas
    document["paths"] = _event_paths(event, accepted, batch) | document["paths"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _describe_errors(path, method, operation, error)
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document


def _event_paths(event: Document, accepted: Document, batch: Document) -> Document:
    many = {"type": "array", "items": event, "minItems": 1, "maxItems": MAX_BATCH_EVENTS}
    return {
        Single.route: {
            "post": _operation(
                "Make one event durable",
                "201 is sent only once the event is durable: `mode` kafka means acknowledged by all in-sync replicas, "
                "`direct` committed to Postgres. Sending an event again changes nothing.",
                event,
                {"question published": QUESTION, "answer submitted": ANSWER},
                accepted,
                {"through Kafka": KAFKA_ACCEPTED},
            )
        },
        Batch.route: {
            "post": _operation(
                "Make many events durable, each on its own",
                "201 if at least one is durable; `rejected` names the others, `retry` those to send again as they are.",
                many,
                {"two events": [QUESTION, ANSWER]},
                batch,
                {"accepted in part": BATCH_ACCEPTED},
            )
        },
    }


def _operation(
    summary: str, description: str, request: Document, sent: Document, response: Document, received: Document
) -> Document:
    return {
        "tags": ["events"],
        "summary": summary,
        "description": description,
        "security": [{"HTTPBearer": []}],
        "requestBody": {"required": True, "content": _json(request, sent)},
        "responses": {"201": {"description": "Durable", "content": _json(response, received)}},
    }


def _describe_errors(path: str, method: str, operation: Document, error: Document) -> None:
    """Every error has one body, and bad input is 400, never the framework's 422."""
    responses = operation["responses"]
    responses.pop("422", None)
    for status, description, example in errors_of(path, method, operation):
        examples = {} if example is None else {"error": example}
        responses.setdefault(status, {"description": description})["content"] = _json(error, examples)


def _json(schema: Document, examples: Document) -> Document:
    named = {name: {"value": value} for name, value in examples.items()}
    return {"application/json": {"schema": schema, "examples": named}}
