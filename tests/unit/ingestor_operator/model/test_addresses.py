"""An address that can never be reached is refused with the resource, before a pod is started with it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ingestor_common.network_addresses import BROKERS, WEB_ADDRESS, parse_brokers, parse_web_address
from ingestor_operator.model.access import Auth
from ingestor_operator.model.kafka import Kafka
from ingestor_operator.model.resource import Resource

ISSUER = {"auth.issuer": "https://a", "auth.audience": "quiz"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            ("kafka.bootstrapServers", value)
            for value in (
                "kafka:0",
                "kafka:65536",
                "[::1:9092",
                ":9092",
                " ",
                ",",
                "k..x:1",
                f"{'l' * 64}:1",
                "[1.2.3.4]:9092",
                "[:::]:1",
                "http://k:1",
            )
        ),
        *(
            ("auth.jwksUrl", value)
            for value in (
                "http://",
                "http://[::1",
                "http://h:99999/",
                "https://h:0/",
                "https://a b/",
                " ",
                "https://k..x/",
                f"https://{'l' * 64}/",
                "https://[1.2.3.4]/",
                "https://[:::]/",
            )
        ),
        ("auth.issuer", " "),
        ("auth.audience", " \t"),
    ],
)
def test_what_can_never_be_reached_is_refused(make_resource: Callable[..., Resource], field: str, value: str) -> None:
    changes: dict[str, Any] = ISSUER | {"auth.jwksUrl": "https://a/k"} | {field: value}
    with pytest.raises(ValidationError, match=field.split(".")[1]):
        make_resource("minimal", changes)


@pytest.mark.parametrize(
    ("servers", "taken"),
    [
        ("k:1", "k:1"),
        ("[::1]:65535,b.example.:9092", "[::1]:65535,b.example.:9092"),
        ("10.0.0.1:9092", "10.0.0.1:9092"),
        ("SASL_SSL://k:9093", "SASL_SSL://k:9093"),
        ("PLAINTEXT://k:9092,plaintext://l", "PLAINTEXT://k:9092,plaintext://l"),
        ("[fe80::1%eth0]:09092", "[fe80::1%eth0]:09092"),
        (" k , l:9092,", "k,l:9092"),
    ],
)
def test_brokers_are_taken_as_the_services_take_them(
    make_resource: Callable[..., Resource], servers: str, taken: str
) -> None:
    assert make_resource("minimal", {"kafka.bootstrapServers": servers}).spec.kafka.bootstrap_servers == taken


def _is_taken(parse: Callable[[Any], object], value: object) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True


@given(
    st.from_regex(BROKERS.replace("^", "").replace("$", ""), fullmatch=True)
    | st.sampled_from(["SASL_SSL://k:9093", "k", "::1", "k:1,l"])
    | st.text("kS1:,./[]%_- \t\n\u00a0\u017f\u212a", min_size=1)
)
def test_brokers_are_judged_as_the_services_judge_them(servers: str) -> None:
    taken = _is_taken(Kafka.model_validate, {"bootstrapServers": servers})
    assert taken == (_is_taken(parse_brokers, servers) and len(servers) <= 2048)


@given(st.from_regex(WEB_ADDRESS, fullmatch=True) | st.text("kS1:,./[]%_- \n\u00a0").map("https://".__add__))
def test_a_key_set_is_judged_as_the_api_judges_it(address: str) -> None:
    body = {"jwksUrl": address, "issuer": "i", "audience": "a"}
    assert _is_taken(Auth.model_validate, body) == (_is_taken(parse_web_address, address) and len(address) <= 2048)
