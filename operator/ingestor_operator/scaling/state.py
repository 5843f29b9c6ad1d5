"""What the scaling remembers between two decisions."""

from dataclasses import dataclass
from typing import Self

import msgspec


@dataclass(frozen=True, slots=True)
class ScalingState:
    """Everything learned so far; `ScalingState()` knows nothing yet."""

    def dump(self) -> dict[str, object]:
        """Plain JSON types, for instance for the status of the resource. `load` gives an equal state."""
        result: dict[str, object] = msgspec.to_builtins(self)
        return result

    @classmethod
    def load(cls, raw: object) -> Self:
        """The state that was dumped; what cannot be understood (None, another version) gives a new one."""
        try:
            return msgspec.convert(raw, cls)
        except msgspec.ValidationError:
            return cls()
