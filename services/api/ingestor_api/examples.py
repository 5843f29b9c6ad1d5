"""Examples in the OpenAPI and AsyncAPI documents; a test holds them valid."""

from typing import Any, Final

Example = dict[str, Any]

_SESSION: Final = {
    "session_id": "900e8400-e29b-41d4-a716-446655440000",
    "quiz_id": "900e8400-e29b-41d4-a716-446655440010",
    "classroom_id": "900e8400-e29b-41d4-a716-446655440020",
    "question_id": "900e8400-e29b-41d4-a716-446655440030",
}

QUESTION: Final[Example] = {
    "event_id": "test-001",
    "event_type": "QUESTION_PUBLISHED",
    "timestamp": "2026-09-01T08:30:00Z",
    **_SESSION,
    "teacher_id": "900e8400-e29b-41d4-a716-446655440040",
    "timer_sec": 60,
}

ANSWER: Final[Example] = {
    "event_id": "test-002",
    "event_type": "ANSWER_SUBMITTED",
    "timestamp": "2026-09-01T08:30:12.4Z",
    **_SESSION,
    "student_id": "900e8400-e29b-41d4-a716-446655440050",
    "answer": "B",
    "response_time_ms": 12400,
}

KAFKA_ACCEPTED: Final[Example] = {
    "message": "event accepted",
    "event_id": "test-001",
    "timestamp": "2026-09-01T08:30:00Z",
    "mode": "kafka",
    "receipt": {"topic": "quiz-events", "partition": 1, "offset": 42},
}

BATCH_ACCEPTED: Final[Example] = {
    "message": "batch accepted in part",
    "user_id": "0b2f6f0a-7b52-4a51-8f5e-2f5f3f0f9d11",
    "processed_count": 1,
    "total_events": 2,
    "mode": "kafka",
    "errors": ["Event test-002: invalid event: answer is required for ANSWER_SUBMITTED"],
    "rejected": [
        {
            "index": 1,
            "event_id": "test-002",
            "reason": "invalid event: answer is required for ANSWER_SUBMITTED",
        }
    ],
}

ERROR: Final[Example] = {
    "error": "invalid event: session_id is required",
    "request_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "details": [{"field": "session_id", "reason": "session_id is required"}],
}
