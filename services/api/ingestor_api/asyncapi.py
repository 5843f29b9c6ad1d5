"""The AsyncAPI 3 document for teams that read or write the topics.

Made by `python -m ingestor_api.asyncapi > docs/asyncapi.yaml` from the code that defines the record, so that the two
cannot drift apart; a test compares them.
Specification: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import sys
from importlib.metadata import version
from typing import Any, Final

import yaml

from ingestor_api.examples import ANSWER, QUESTION
from ingestor_api.schemas import components
from ingestor_common import records
from ingestor_common.events import EVENT_TYPES, Event

Document = dict[str, Any]

TOPIC: Final = "quiz-events"
DEAD_LETTER_TOPIC: Final = f"{TOPIC}.dlq"

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "string", "pattern": "^[0-9]+$"}

_KEY: Final[Document] = {
    "type": "string",
    "description": "The session_id as text, so that a session stays in one partition. The API partitions by murmur2, "
    "as Kafka's Java client does.",
}

_HEADERS: Final[Document] = {
    records.EVENT_TYPE_HEADER: {"type": "string", "enum": list(EVENT_TYPES), "description": "As in the payload."},
    records.SCHEMA_HEADER: {"type": "string", "const": records.SCHEMA_VERSION, "description": "Payload version."},
    records.REQUEST_ID_HEADER: _TEXT | {"description": "The HTTP request that brought the event."},
    records.TRACEPARENT_HEADER: _TEXT | {"description": "W3C trace context."},
}

_DEAD_LETTER_HEADERS: Final[Document] = {
    records.DLQ_REASON_HEADER: _TEXT | {"description": "One word: why it could not be stored."},
    records.DLQ_ERROR_HEADER: _TEXT | {"description": "What exactly was wrong."},
    records.DLQ_TOPIC_HEADER: _TEXT | {"description": "Where the record came from."},
    records.DLQ_PARTITION_HEADER: _NUMBER,
    records.DLQ_OFFSET_HEADER: _NUMBER,
    records.DLQ_TIME_HEADER: {"type": "string", "format": "date-time", "description": "When it was given up."},
}

# Letters of older versions do not say it.
_OPTIONAL_DEAD_LETTER_HEADERS: Final[Document] = {
    records.DLQ_TIMESTAMP_HEADER: {
        "type": "string",
        "pattern": "^(-1|[0-9]+)$",
        "description": "When the record was accepted: its own timestamp, in milliseconds since 1970; -1 for none.",
    },
}


def document() -> Document:
    """The whole document."""
    (event,), schemas = components(Event)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Analytics Ingestor",
            "version": version("ingestor-api"),
            "description": "Classroom quiz events in Kafka. A producer needs only key and value; headers are optional. "
            "A consumer may rely on key and value alone.",
        },
        "defaultContentType": "application/json",
        "channels": {"quizEvents": _events_channel(), "deadLetters": _dead_letters_channel()},
        "operations": _operations(),
        "components": {
            "messages": {"quizEvent": _event_message(event), "deadLetter": _dead_letter()},
            "schemas": schemas,
        },
    }


def _events_channel() -> Document:
    return {
        "address": TOPIC,
        "description": "At-least-once; an event is the same event by event_id, session_id and timestamp, however often "
        "it comes. Kept 168 hours, 3 partitions by default.",
        "messages": {"quizEvent": {"$ref": "#/components/messages/quizEvent"}},
        "bindings": {"kafka": {"topic": TOPIC, "partitions": 3, "bindingVersion": "0.5.0"}},
    }


def _dead_letters_channel() -> Document:
    return {
        "address": DEAD_LETTER_TOPIC,
        "description": "Records that could not be stored, with their own bytes and headers, and why.",
        "messages": {"deadLetter": {"$ref": "#/components/messages/deadLetter"}},
        "bindings": {"kafka": {"topic": DEAD_LETTER_TOPIC, "partitions": 1, "bindingVersion": "0.5.0"}},
    }


def _operations() -> Document:
    return {
        "acceptEvents": _operation("receive", "quizEvents", "The consumer stores what any producer writes here."),
        "publishEvents": _operation("send", "quizEvents", "The API writes here what it accepts over HTTP."),
        "publishDeadLetters": _operation("send", "deadLetters", "The consumer writes here what it cannot store."),
    }


def _operation(action: str, channel: str, summary: str) -> Document:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _event_message(payload: Document) -> Document:
    return {
        "name": "quizEvent",
        "contentType": "application/json",
        "payload": payload,
        "headers": {"type": "object", "properties": _HEADERS},
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": "0.5.0"}},
        "examples": [
            {"name": "questionPublished", "payload": QUESTION},
            {"name": "answerSubmitted", "payload": ANSWER},
        ],
    }


def _dead_letter() -> Document:
    properties = _HEADERS | _DEAD_LETTER_HEADERS | _OPTIONAL_DEAD_LETTER_HEADERS
    return {
        "name": "deadLetter",
        "contentType": "application/octet-stream",
        "payload": {"description": "The record's value as it was found; possibly no JSON at all."},
        "headers": {"type": "object", "properties": properties, "required": list(_DEAD_LETTER_HEADERS)},
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": "0.5.0"}},
    }


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice out twice: references of YAML's own would confuse readers and tools."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def rendered() -> str:
    """The document as YAML."""
    return yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def main() -> None:
    """Print the document."""
    sys.stdout.write(rendered())


if __name__ == "__main__":
    main()
