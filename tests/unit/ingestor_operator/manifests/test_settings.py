"""A variable's value in a pod is what the spec says, and never another variable's."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.manifests.settings import kafka_environment, literal


def expanded(value: str) -> str:
    """As Kubernetes makes a container's variable of a value: $$ is $, and $(NAME) another variable.

    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    return re.sub(r"\$\$|\$\([^)]*\)", lambda found: "$" if found[0] == "$$" else "SECRET", value)


@given(st.text("$()aDATABASE_URL", max_size=12) | st.sampled_from(["$(DATABASE_URL)", "$$(DATABASE_URL)", "$"]))
def test_a_text_stays_as_it_is_whatever_looks_like_a_variable_in_it(text: str) -> None:
    assert expanded(literal(text)) == text


def test_a_user_name_reads_no_other_variable(make_resource: Any) -> None:
    sasl = {"username": "$(DATABASE_URL)", "secretRef": {"name": "kafka-login"}}
    name, _ = kafka_environment(make_resource("minimal", {"kafka.sasl": sasl}).spec.kafka)
    assert name == {"name": "KAFKA_SASL_USERNAME", "value": "$$(DATABASE_URL)"}
    assert expanded(name["value"]) == "$(DATABASE_URL)"
