"""What is said of a container's resources changes the defaults, and removes only what it says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.model.api import API_RESOURCES
from ingestor_operator.model.pods import Resources, completed
from ingestor_operator.model.quantity import quantity

REQUESTS, LIMITS = {"cpu": "250m", "memory": "256Mi"}, {"memory": "512Mi"}
QUANTITIES = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(["cpu", "memory", "ephemeral-storage"]),
        st.none() | st.sampled_from(["1m", "100m", "1", 2, "64Mi", "300Mi", "1Gi", "2G"]),
    ),
)


@pytest.mark.parametrize(
    ("said", "requests", "limits"),
    [
        ({}, REQUESTS, LIMITS),
        ({"requests": {"cpu": "1"}}, REQUESTS | {"cpu": "1"}, LIMITS),
        ({"limits": {"cpu": "2"}}, REQUESTS, LIMITS | {"cpu": "2"}),
        ({"limits": {}}, REQUESTS, {}),
        ({"requests": {}}, {}, LIMITS),
        ({"limits": {"memory": None}}, REQUESTS, {}),
        ({"limits": {"memory": None, "cpu": "2"}}, REQUESTS, {"cpu": "2"}),
        ({"requests": {"cpu": None}}, {"memory": "256Mi"}, LIMITS),
        # Defaults give way.
        ({"requests": {"memory": "1Gi"}}, REQUESTS | {"memory": "1Gi"}, {"memory": "1Gi"}),
        ({"limits": {"memory": "128Mi"}}, REQUESTS | {"memory": "128Mi"}, {"memory": "128Mi"}),
        ({"limits": {"cpu": "100m"}}, REQUESTS | {"cpu": "100m"}, LIMITS | {"cpu": "100m"}),
        # What contradicts itself is the API server's to refuse.
        (
            {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}},
            REQUESTS | {"memory": "2Gi"},
            {"memory": "1Gi"},
        ),
    ],
)
@pytest.mark.parametrize("component", ["api", "consumer"])
def test_what_is_not_named_keeps_its_default(
    make_resource: Any, component: str, said: dict[str, Any], requests: dict[str, Any], limits: dict[str, Any]
) -> None:
    spec = make_resource("minimal", {f"{component}.resources": said}).spec
    assert getattr(spec, component).resources.model_dump() == {"requests": requests, "limits": limits}


@given(QUANTITIES, QUANTITIES)
def test_what_is_said_is_kept_and_no_default_contradicts_it(
    requests: dict[str, Any] | None, limits: dict[str, Any] | None
) -> None:
    found = completed(Resources(requests=requests, limits=limits), API_RESOURCES)
    for said, effective in ((requests, found.requests), (limits, found.limits)):
        assert effective is not None
        for name, value in (said or {}).items():
            assert effective.get(name) == value
    assert found.requests is not None
    assert found.limits is not None
    for name in found.requests.keys() & found.limits.keys():
        if name not in (requests or {}) or name not in (limits or {}):
            asked, allowed = quantity(found.requests[name]), quantity(found.limits[name])
            assert asked is not None
            assert allowed is not None
            assert asked <= allowed
