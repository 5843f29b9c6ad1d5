"""The sample of a Kafka user has the rights that docs/operations/security.md lists, and no others."""

from pathlib import Path

import yaml
from integration.rights import documented_rights

SAMPLE = Path(__file__).parents[3] / "k8s/samples/platform/strimzi-user.yaml"
IMPLIED = {"Read": {"Describe"}, "Write": {"Describe"}, "Alter": {"Describe"}, "AlterConfigs": {"DescribeConfigs"}}
"""What a broker's authorizer takes an operation to include."""


def _with_implied(operations: set[str]) -> set[str]:
    return operations.union(*(IMPLIED.get(operation, set()) for operation in operations))


def test_the_sample_is_the_sum_of_all_components() -> None:
    wanted: dict[tuple[str, str], set[str]] = {}
    for who in ("API", "consumer", "operator", "admin"):
        for resource, operations in documented_rights(who).items():
            wanted.setdefault(resource, set()).update(operations)
    rules = yaml.safe_load(SAMPLE.read_text())["spec"]["authorization"]["acls"]
    given = {(rule["resource"]["type"], rule["resource"]["name"]): set(rule["operations"]) for rule in rules}
    assert {resource: _with_implied(operations) for resource, operations in given.items()} == {
        resource: _with_implied(operations) for resource, operations in wanted.items()
    }
