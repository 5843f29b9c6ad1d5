"""An address that can never be reached is refused with the resource, before a pod is started with it."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from ingestor_operator.model.resource import Resource

ISSUER = {"auth.issuer": "https://a", "auth.audience": "quiz"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            ("kafka.bootstrapServers", value)
            for value in ("kafka", "kafka:0", "kafka:65536", "[::1:9092", ":9092", " ")
        ),
        *(
            ("auth.jwksUrl", value)
            for value in ("http://", "http://[::1", "http://h:99999/", "https://h:0/", "https://a b/", " ")
        ),
        ("auth.issuer", " "),
        ("auth.audience", " \t"),
    ],
)
def test_what_can_never_be_reached_is_refused(make_resource: Callable[..., Resource], field: str, value: str) -> None:
    changes: dict[str, Any] = ISSUER | {"auth.jwksUrl": "https://a/k"} | {field: value}
    with pytest.raises(ValidationError, match=field.split(".")[1]):
        make_resource("minimal", changes)


@pytest.mark.parametrize("servers", ["k:1", "[::1]:65535,b.example.:9092", "10.0.0.1:9092"])
def test_brokers_by_name_and_by_address_are_taken(make_resource: Callable[..., Resource], servers: str) -> None:
    assert make_resource("minimal", {"kafka.bootstrapServers": servers}).spec.kafka.bootstrap_servers == servers
