"""A person's pod template is merged over the generated one."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.manifests.pods import overlaid, template

JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def test_containers_merge_by_name_and_others_are_added() -> None:
    base = {"containers": [{"name": "api", "image": "a", "env": [{"name": "A", "value": "1"}]}]}
    overlay = {
        "containers": [
            {"name": "api", "env": [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}]},
            {"name": "proxy", "image": "p"},
        ]
    }
    assert overlaid(base, overlay) == {
        "containers": [
            {
                "name": "api",
                "image": "a",
                "env": [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}],
            },
            {"name": "proxy", "image": "p"},
        ]
    }


def test_null_takes_a_key_away() -> None:
    assert overlaid({"a": 1, "b": 2}, {"a": None}) == {"b": 2}


@given(JSON)
def test_an_empty_overlay_changes_nothing(base: Any) -> None:
    assert overlaid({"pod": base}, {}) == {"pod": base}


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3))
def test_an_overlay_laid_twice_is_as_one_laid_once(overlay: dict[str, Any]) -> None:
    base = {"a": {"b": 1}, "c": [{"name": "x"}]}
    assert overlaid(overlaid(base, overlay), overlay) == overlaid(base, overlay)


def test_the_selector_survives_any_overlay(make_resource: Any) -> None:
    overlay = {"metadata": {"labels": {"app.kubernetes.io/instance": "other", "team": "a"}}}
    built = template(make_resource(), "api", {}, overlay, annotations={})
    assert built["metadata"]["labels"]["app.kubernetes.io/instance"] == "quiz"
    assert built["metadata"]["labels"]["team"] == "a"
