"""What every model of the resource shares: camelCase on the wire, immutable, unknown fields refused."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """One object of the resource; names are snake_case here and camelCase in Kubernetes."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
    )


def rules(*validations: tuple[str, str]) -> dict[str, Any]:
    """Config extra that puts CEL rules on a model: pairs of a rule and the sentence shown when it fails."""
    return {"x-kubernetes-validations": [{"rule": rule, "message": message} for rule, message in validations]}


def unless_kept(rule: str, field: str, message: str) -> dict[str, Any]:
    """A CEL rule that a field of the object may break while it stays what it was, for instance after a rollback."""
    kept = f"oldSelf.hasValue() && has(oldSelf.value().{field}) && oldSelf.value().{field} == self.{field}"
    return {"rule": f"{rule} || ({kept})", "message": message, "optionalOldSelf": True}


def unless_unchanged(rule: str, message: str) -> dict[str, Any]:
    """A CEL rule that a field may break while it stays what it was, as an earlier release stored it."""
    kept = f"{rule} || (oldSelf.hasValue() && oldSelf.value() == self)"
    return {"rule": kept, "message": message, "optionalOldSelf": True}


def immutable(name: str) -> dict[str, Any]:
    """Field extra that refuses every change of the field after creation."""
    message = f"{name} cannot be changed; create another IngestorDeployment instead"
    return rules(("self == oldSelf", message))
