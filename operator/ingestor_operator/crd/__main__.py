"""`python -m ingestor_operator.crd` prints the CRD."""

from ingestor_operator.crd.definition import definition_yaml

print(definition_yaml(), end="")
