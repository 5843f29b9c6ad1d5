"""The CRD in k8s/crd is the one the models say."""

from pathlib import Path
from typing import Any

from ingestor_operator.crd.definition import definition, definition_yaml
from ingestor_operator.model.consumer import UNPINNED

REPOSITORY = Path(__file__).parents[4]


def version() -> dict[str, Any]:
    found: dict[str, Any] = definition()["spec"]["versions"][0]
    return found


def test_the_checked_in_crd_is_what_the_models_generate() -> None:
    written = (REPOSITORY / "k8s/crd/ingestordeployments.yaml").read_text()
    assert written == definition_yaml(), "write it anew: ingestor-operator crd > k8s/crd/ingestordeployments.yaml"


def test_people_can_say_ingd_and_find_it_in_its_category() -> None:
    names = definition()["spec"]["names"]
    assert names["shortNames"] == ["ingd"]
    assert names["categories"] == ["ingestor"]


def test_printer_columns_read_from_left_to_right() -> None:
    shown = [column["name"] for column in version()["additionalPrinterColumns"] if column["priority"] == 0]
    assert shown == ["Ready", "Reason", "Paused", "Partitions", "Replicas", "Pinned", "Lag", "Age"]


def test_printer_columns_have_descriptions() -> None:
    assert [column["name"] for column in version()["additionalPrinterColumns"] if not column["description"]] == []


def test_scaling_writes_the_pin_and_reads_the_status() -> None:
    assert version()["subresources"]["scale"] == {
        "specReplicasPath": ".spec.consumer.replicas.pinned",
        "statusReplicasPath": ".status.replicas",
        "labelSelectorPath": ".status.selector",
    }


def test_the_scale_subresource_finds_its_fields_always() -> None:
    # Where the field of its spec is absent, the API server answers 500.
    spec = version()["schema"]["openAPIV3Schema"]["properties"]["spec"]
    consumer = spec["properties"]["consumer"]
    assert consumer["default"] == consumer["properties"]["replicas"]["default"] == {}
    assert consumer["properties"]["replicas"]["properties"]["pinned"]["default"] == UNPINNED


def test_every_field_of_the_spec_is_described() -> None:
    schema = version()["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert _undescribed("spec", schema) == []


def _undescribed(path: str, schema: dict[str, Any]) -> list[str]:
    missing = [] if schema.get("description") else [path]
    for name, inner in schema.get("properties", {}).items():
        missing += _undescribed(f"{path}.{name}", inner)
    return missing
